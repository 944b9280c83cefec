/** `chatnode history search` and `reindex`: in memory, and as a process beside a server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { run } from "../../src/commands/cli.ts";
import { openHistory } from "../../src/history/open.ts";
import { appendAll, draft } from "../conformance/history.ts";
import { runProgram, startServer } from "../harness/server_process.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { memoryIo } from "./memory_io.ts";

const TEXTS = [
  "the caf\u00e9 opens at nine",
  "hostile \u001b[2J \u202e caf\u00e9\nsecond line \ufeff end",
  `${"x ".repeat(600)}needle ${"y ".repeat(600)}`,
];

async function withHistory(body: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: join(folder.path, "data") });
  const [first] = await appendAll(history, TEXTS);
  await history.append(draft("", {
    type: "m.room.edit",
    content: {
      replaces: first!.event.event_id,
      new_content: { body: "the caf\u00e9 opens at ten", msgtype: "m.text" },
    },
  }));
  await history.append(draft("a caf\u00e9 elsewhere", { room: "garden", sender: "bob@node" }));
  await history.close();
  await body(folder.path);
}

async function search(folder: string, columns: number | undefined, ...args: string[]) {
  const environment = { HOME: folder, CHATNODE_DATA: join(folder, "data") };
  const terminal = columns === undefined ? {} : { columns };
  const io = { ...memoryIo({ environment, cwd: folder, ...terminal }), clock: systemClock };
  const code = await run(["history", ...args], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

const strict = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "a line a message, newest first, edited text in place of the old one",
  strict,
  () =>
    withHistory(async (folder) => {
      const { code, out, err } = await search(folder, undefined, "search", "CAFE");
      assert.deepEqual([code, err], [0, ""]);
      const lines = out.trimEnd().split("\n").map((line) => line.slice("2026-01-31 12:00".length));
      assert.deepEqual(lines, [
        "  garden  bob@node: a caf\u00e9 elsewhere",
        "  lobby  alice@node: hostile \\u001b[2J \\u202e caf\u00e9\\nsecond line \\ufeff end",
        "  lobby  alice@node: the caf\u00e9 opens at ten (edited)",
      ]);
    }),
);

Deno.test(
  "on a terminal what was found is marked, and nothing else moves it",
  strict,
  () =>
    withHistory(async (folder) => {
      const { out } = await search(folder, 80, "search", "cafe", "end");
      assert.ok(out.includes("\x1b[33m\x1b[1mcaf\u00e9\x1b[22m\x1b[39m"), JSON.stringify(out));
      // deno-lint-ignore no-control-regex -- our own marks
      const foreign = out.replaceAll(/\x1b\[(?:1|2|22|33|39)m/g, "").replace(/\n$/, "");
      // deno-lint-ignore no-control-regex -- controls are what must not be there
      assert.doesNotMatch(foreign, /[\u0000-\u001f\u202e\ufeff]/);
    }),
);

Deno.test(
  "of a long message the part around the find is shown",
  strict,
  () =>
    withHistory(async (folder) => {
      const { out } = await search(folder, undefined, "search", "needle");
      assert.match(out, /: \u2026.*x needle y.*\u2026\n$/);
      assert.ok(out.length < 600);
    }),
);

Deno.test(
  "JSON lines hold the event, and no control character",
  strict,
  () =>
    withHistory(async (folder) => {
      const { out } = await search(folder, undefined, "search", "hostile", "--json");
      assert.match(out, /^[\x20-\x7e\u00e9]*\n$/);
      const { room, offset, text, event } = JSON.parse(out);
      assert.deepEqual([room, offset, text, event.content.body], ["lobby", 1, TEXTS[1], TEXTS[1]]);
      const edited = JSON.parse((await search(folder, undefined, "search", "ten", "--json")).out);
      assert.equal(edited.edit.type, "m.room.edit");
    }),
);

Deno.test("filters, the next page, and nothing", strict, () =>
  withHistory(async (folder) => {
    const count = async (...args: string[]) =>
      (await search(folder, undefined, "search", "cafe", ...args)).out.split("\n").length - 1;
    assert.equal(await count("--room", "garden"), 1);
    assert.equal(await count("--sender", "alice@node"), 2);
    assert.equal(await count("--until", "2020-01-01"), 0);
    const first = await search(folder, undefined, "search", "cafe", "--limit", "2");
    const cursor = /--cursor (\S+)/.exec(first.err)?.[1] ?? "";
    assert.match((await search(folder, undefined, "search", "nothing")).err, /Nothing found\. /);
    const none = await search(folder, undefined, "search", "nothing", "--room", "garden");
    assert.deepEqual([none.code, none.out], [0, ""]);
    assert.match(none.err, /Nothing found in garden\. Leave a filter out/);
    assert.notEqual(cursor, "");
  }));

const WRONG: readonly (readonly [why: string, args: string[], sentence: RegExp])[] = [
  ["nothing to look for", ["search", "!!"], /holds no letter, digit or emoji/],
  ["no word", ["search"], /WORD/],
  ["an empty span", ["search", "a", "--since", "2026-02-01", "--until", "2026-01-01"], /before/],
  ["a room without events", ["search", "a", "--room", "attic"], /nothing is in it/],
  ["too many", ["search", "a", "--limit", "201"], /1 to 200/],
  ["no sender", ["search", "a", "--sender", "a::b"], /--sender/],
];

for (const [why, args, sentence] of WRONG) {
  Deno.test(
    `a wrong search is told in a sentence: ${why}`,
    strict,
    () =>
      withHistory(async (folder) => {
        const { code, out, err } = await search(folder, undefined, ...args);
        assert.deepEqual([code, out], [2, ""], err);
        assert.match(err, sentence);
      }),
  );
}

Deno.test(
  "stat says when there is no index, or none that can be used",
  strict,
  () =>
    withHistory(async (folder) => {
      assert.match((await search(folder, undefined, "stat")).out, /^search index +none yet$/m);
      await Deno.writeTextFile(
        join(folder, "data/history/index.sqlite"),
        "no database".repeat(999),
      );
      assert.match((await search(folder, undefined, "stat")).out, /^search index +not usable/m);
    }),
);

Deno.test("an index that is made is used, and goes on where a page ended", () =>
  withHistory(async (folder) => {
    const made = await search(folder, undefined, "reindex");
    assert.deepEqual([made.code, made.out], [0, "The search index is made.\n"], made.err);
    assert.match((await search(folder, undefined, "stat")).out, /^search index +4 messages, /m);
    const stat = JSON.parse((await search(folder, undefined, "stat", "--json")).out);
    assert.deepEqual([stat.index.state, stat.index.behind], ["ready", 0]);
    const first = await search(folder, undefined, "search", "cafe", "--limit", "2");
    const cursor = /--cursor (\S+)/.exec(first.err)?.[1] ?? "";
    const rest = await search(folder, undefined, "search", "cafe", "--cursor", cursor);
    assert.match(rest.out, /^[^\n]*opens at ten \(edited\)\n$/);
  }));

Deno.test("beside a running server: search yes, reindex no", () =>
  withHistory(async (folder) => {
    const data = join(folder, "data");
    await using server = await startServer({ data });
    assert.ok(server);
    const found = await runProgram(["history", "search", "cafe", "--data", data]);
    assert.equal(found.stdout.trimEnd().split("\n").length, 3, found.stderr);
    const refused = await runProgram(["history", "reindex", "--data", data]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is using it/);
  }));
