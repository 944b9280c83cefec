/**
 * `chatnode history export`.
 *
 * @module
 */
import { resolve } from "node:path";
import { boolean, choice, path } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { exportLines, selectedRooms } from "../history/export.ts";
import type { TranscriptFormat } from "../history/export_format.ts";
import { htmlFormat } from "../history/export_html.ts";
import { markdownFormat } from "../history/export_markdown.ts";
import { textFormat } from "../history/export_text.ts";
import { exportTranscripts } from "../history/export_transcripts.ts";
import { exportDeviceRecords } from "../history/import.ts";
import { readDevice } from "../history/keys.ts";
import type { HistoryReader } from "../history/reader.ts";
import type { Clock } from "../clock.ts";
import { action, option, optionalFlag } from "./command.ts";
import { writeBeside } from "./history_output.ts";
import { roomFlag, sinceFlag, untilFlag, withReader } from "./history_options.ts";
import { progress } from "./progress.ts";

const TRANSCRIPTS: Readonly<Record<string, TranscriptFormat>> = {
  markdown: markdownFormat,
  html: htmlFormat,
  text: textFormat,
};

/** Characters gathered before they are written. */
const CHUNK = 64 * 1024;

export const exportAction = action({
  name: "export",
  summary: "Write messages as signed lines, or to be read",
  reads: "history",
  description: "jsonl is every event as it is stored and signed: what import reads, and what " +
    "anybody can verify. With --output FILE the public records of the devices that signed are " +
    "written to FILE.keys. The other formats are for people: in the order of time, edits and " +
    "redactions applied, times in UTC.",
  examples: [
    { line: "history export --output backup.jsonl", does: "Everything, with its signatures." },
    { line: "history export --room lobby --format html --output lobby.html", does: "A page." },
    { line: "history export --room lobby --format text --since 2026-01-31", does: "To stdout." },
  ],
  options: {
    room: roomFlag,
    since: sinceFlag,
    until: untilFlag,
    format: option(choice("jsonl", "markdown", "html", "text"), "How to write it.", "jsonl"),
    output: optionalFlag(path("file"), "Write to this file instead of stdout."),
    force: option(boolean(), "Replace the file when it exists.", false),
  },
  async run({ io, settings, options, signal }) {
    const { room, since, until, format, output, force } = options;
    if (since !== undefined && until !== undefined && since >= until) {
      throw new UsageError("usage/range", "Cannot export: --since is not before --until");
    }
    const selection = {
      ...(room === undefined ? {} : { room }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    };
    await withReader(settings.data, room, async (reader) => {
      const shown = progress({
        label: "Exporting",
        total: selectedRooms(reader, selection).events,
        unit: "events",
        output: io.stderr,
        clock: io.clock,
      });
      const onEvent = () => {
        signal.throwIfAborted();
        shown.advance(1);
      };
      const pieces = gathered(
        await piecesOf(reader, { format, selection, clock: io.clock, onEvent }),
      );
      try {
        if (output === undefined) {
          for await (const piece of pieces) await io.stdout.write(piece);
        } else {
          const path = resolve(io.cwd, output);
          await writeBeside(path, pieces, force ? "replace" : "keep");
          if (format === "jsonl") {
            const records = [await exportDeviceRecords(reader.layout)];
            await writeBeside(`${path}.keys`, records, "replace");
          }
        }
      } finally {
        await shown.finish();
      }
    });
  },
});

interface PiecesOptions {
  readonly format: string;
  readonly selection: Parameters<typeof exportLines>[1];
  readonly clock: Clock;
  readonly onEvent: () => void;
}

async function piecesOf(
  reader: HistoryReader,
  { format, selection, clock, onEvent }: PiecesOptions,
): Promise<AsyncIterable<string>> {
  const device = await readDevice(reader.layout);
  const transcript = TRANSCRIPTS[format];
  if (transcript === undefined) return exportLines({ reader, device }, selection, onEvent);
  const made = clock.now();
  return exportTranscripts({ reader, device, format: transcript, selection, made, onEvent });
}

/** Small pieces joined, so that each write is worth its while. */
async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = "";
  for await (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}
