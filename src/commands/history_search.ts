/**
 * `chatnode history search`.
 *
 * @module
 */
import { boolean, integer, text } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import type { SearchQuery, SearchResult } from "../history/contract.ts";
import { HistoryError } from "../history/errors.ts";
import { readDevice } from "../history/keys.ts";
import { parseQuery } from "../history/search_query.ts";
import { searchReader } from "../history/search_reader.ts";
import { visible } from "../text.ts";
import { action, type Invocation, option, optionalFlag } from "./command.ts";
import { printHits } from "./history_hits.ts";
import { roomFlag, senderKind, sinceFlag, untilFlag, withReader } from "./history_options.ts";
import { stylesOf } from "./output.ts";
import { progress } from "./progress.ts";

/** As a search has printed it. */
const cursorKind = () =>
  text({ placeholder: "CURSOR", wants: "a cursor", pattern: /^[a-z0-9.-]{1,80}$/ });

const options = {
  room: roomFlag,
  sender: optionalFlag(senderKind(), "Only by this address, name@node."),
  since: sinceFlag,
  until: untilFlag,
  limit: option(integer(1, 200), "At most so many messages.", 20),
  cursor: optionalFlag(cursorKind(), "Go on where another search ended."),
  json: option(boolean(), "Print each message as a line of JSON.", false),
};

export const searchAction = action({
  name: "search",
  summary: "Find messages by their words",
  reads: "history",
  description:
    'All words have to match, whatever their case and accents; "quoted words" must stand together, ' +
    "and a star opens the end of a word: meet*. Newest messages first. A message is found by what " +
    "it says now: edited ones by their new text, redacted ones not at all.",
  examples: [
    { line: "history search invoice --room accounting", does: "A word in one room." },
    {
      line: `history search '"see you" tomorrow' --since 2026-01-01`,
      does: "A phrase and a word, this year.",
    },
  ],
  positionals: { usage: "WORD...", help: "What to look for.", least: 1, most: 64 },
  options,
  async run(invocation) {
    const { io, settings, options: { room, json, since, until }, positionals } = invocation;
    if (since !== undefined && until !== undefined && since >= until) {
      throw new UsageError("usage/span", "Cannot search: --since is not before --until");
    }
    const query = queryOf(invocation, positionals.join(" "));
    const result = await withReader(
      settings.data,
      room,
      (reader) => search(reader, query, invocation),
    );
    const styles = stylesOf(io.stdout, io.environment);
    const phrases = parseQuery(query.text);
    await printHits(result.hits, {
      output: io.stdout,
      form: json ? "json" : "text",
      styles,
      phrases,
    });
    await sayEnd(result, invocation);
  },
});

type Search = Invocation<typeof options>;

/** @throws {UsageError} when there is nothing to look for */
function queryOf({ options }: Search, text: string): SearchQuery {
  const { room, sender, since, until, limit, cursor } = options;
  try {
    parseQuery(text);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new UsageError("usage/query", error.message, hintOf(error));
  }
  return {
    text,
    limit,
    ...(room === undefined ? {} : { room }),
    ...(sender === undefined ? {} : { sender }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function hintOf({ hint }: HistoryError): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

async function search(
  reader: Parameters<typeof searchReader>[0],
  query: SearchQuery,
  { io: { stderr, clock }, signal }: Search,
): Promise<SearchResult> {
  let shown: ReturnType<typeof progress> | undefined;
  try {
    return await searchReader(reader, query, {
      device: (await readDevice(reader.layout))?.id,
      onProgress: (done, total) => {
        signal.throwIfAborted();
        shown ??= progress({ label: "Indexing", total, unit: "bytes", output: stderr, clock });
        shown.update(done);
      },
    });
  } finally {
    await shown?.finish();
  }
}

/** What else could be looked for, or where the search goes on. Not for programs. */
async function sayEnd({ hits, next }: SearchResult, { io, options }: Search): Promise<void> {
  if (hits.length === 0) {
    const { room, sender, since, until } = options;
    const narrowed = [
      ...(room === undefined ? [] : [`in ${visible(room)}`]),
      ...(sender === undefined ? [] : [`by ${visible(sender)}`]),
      ...(since === undefined && until === undefined ? [] : ["in that time"]),
    ];
    const where = narrowed.length === 0 ? "" : ` ${narrowed.join(" ")}`;
    const advice = narrowed.length > 0
      ? "Leave a filter out to look further."
      : "Words are whole: a star opens the end, as in meet*.";
    await io.stderr.write(`Nothing found${where}. ${advice}\n`);
  } else if (next !== undefined) {
    await io.stderr.write(`There is more: --cursor ${next}\n`);
  }
}
