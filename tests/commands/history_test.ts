/** `chatnode history`: through the command line in memory, and as a process beside a server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { run } from "../../src/commands/cli.ts";
import { openHistory } from "../../src/history/open.ts";
import { appendAll } from "../conformance/history.ts";
import { appendTalk } from "../history/talk.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { runProgram, startServer } from "../harness/server_process.ts";
import { memoryIo } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

/** Runs `chatnode history <args>` in memory. */
async function history(folder: string, ...args: string[]) {
  const environment = { HOME: folder, CHATNODE_DATA: join(folder, "data"), NO_COLOR: "1" };
  const io = { ...memoryIo({ environment, cwd: folder }), clock: systemClock };
  const code = await run(["history", ...args], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

async function withTalk(body: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await TempFolder.make();
  const stored = await openHistory({ dir: join(folder.path, "data") });
  await appendTalk(stored);
  await stored.seal();
  await appendAll(stored, ["late"]);
  await stored.close();
  await body(folder.path);
}

Deno.test("stat shows rooms and sizes", strict, () =>
  withTalk(async (folder) => {
    const text = await history(folder, "stat");
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /^events +13 in 2 rooms$/m);
    assert.match(text.out, /^lobby +12 +1 +1 /m);
    const json = JSON.parse((await history(folder, "stat", "--json", "--room", "lobby")).out);
    assert.deepEqual(json.rooms.map((room: { room: string; events: number }) => room.events), [12]);
  }));

Deno.test(
  "an export to a file is whole, private and has its keys beside it",
  strict,
  () =>
    withTalk(async (folder) => {
      const file = join(folder, "out.jsonl");
      const first = await history(folder, "export", "--output", "out.jsonl");
      assert.deepEqual([first.code, first.out], [0, ""], first.err);
      assert.equal((await Deno.readTextFile(file)).trimEnd().split("\n").length, 13);
      assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
      assert.equal((await Deno.readTextFile(`${file}.keys`)).trimEnd().split("\n").length, 1);

      const again = await history(folder, "export", "--output", "out.jsonl");
      assert.equal(again.code, 1);
      assert.match(again.err, /the file exists/);
      assert.equal((await history(folder, "export", "--output", "out.jsonl", "--force")).code, 0);

      const other = join(folder, "other");
      const imported = await history(folder, "import", "out.jsonl", "--data", other);
      assert.deepEqual([imported.code, imported.err], [0, ""]);
      assert.match(imported.out, /^stored +13$/m);
      const back = await history(folder, "export", "--data", other);
      assert.equal(back.out, await Deno.readTextFile(file));
    }),
);

Deno.test("verify names file and line, and fails", strict, () =>
  withTalk(async (folder) => {
    const sound = await history(folder, "verify");
    assert.deepEqual([sound.code, sound.err], [0, ""], sound.out);
    assert.match(sound.out, /^faults +0$/m);
    const journal = join(folder, "data/history/journal");
    const [entry] = (await Array.fromAsync(Deno.readDir(journal)))
      .filter(({ name }) => /^\d+\.jsonl$/.test(name));
    const path = join(journal, entry?.name ?? "");
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("late", "lute"));
    const damaged = await history(folder, "verify");
    assert.equal(damaged.code, 1);
    assert.match(
      damaged.out,
      /^history\/journal\/\d+\.jsonl:1: the line's checksum does not fit$/m,
    );
    const json = JSON.parse((await history(folder, "verify", "--json")).out);
    assert.deepEqual([json.ok, json.faults[0].line], [false, 1]);
  }));

const WRONG: readonly (readonly [why: string, args: readonly string[], code: number, RegExp])[] = [
  ["nothing is there", ["stat", "--data", "nowhere"], 1, /no history is there/],
  ["a room without events", ["export", "--room", "garden"], 2, /nothing is in it/],
  ["a room's name that cannot be", ["export", "--room", "a::b"], 2, /--room/],
  ["no day", ["export", "--since", "yesterday"], 2, /2026-01-31/],
  ["an empty span", ["export", "--since", "2026-01-02", "--until", "2026-01-01"], 2, /before/],
  ["a format that is near", ["export", "--format", "htm"], 2, /Did you mean html/],
  ["no folder", ["export", "--output", "no/where.jsonl"], 1, /its folder does not exist/],
  ["no file to import", ["import", "none.jsonl"], 1, /no such file/],
  ["a folder to import", ["import", "."], 1, /it is a folder\.\n +With --from/],
  ["no file named", ["import"], 2, /FILE/],
];

Deno.test(
  "who chats by XMPP alone is told where that is kept",
  strict,
  () =>
    withTalk(async (folder) => {
      await Deno.mkdir(join(folder, "other/clients/xmpp/alice@example.org"), { recursive: true });
      const { code, err } = await history(folder, "stat", "--data", "other");
      assert.equal(code, 1);
      assert.match(
        err,
        /no history is there\.\n.+--data .*other\/clients\/xmpp\/alice@example\.org\.?\n/,
      );
    }),
);

for (const [why, args, code, sentence] of WRONG) {
  Deno.test(`a wrong call is told in a sentence: ${why}`, strict, () =>
    withTalk(async (folder) => {
      const ran = await history(folder, ...args);
      assert.deepEqual([ran.code, ran.out], [code, ""], ran.err);
      assert.match(ran.err, sentence);
    }));
}

Deno.test("beside a running server: all but import", async () => {
  await using folder = await TempFolder.make();
  const data = join(folder.path, "data");
  const stored = await openHistory({ dir: data });
  await appendTalk(stored);
  await stored.close();
  await using server = await startServer({ data });
  assert.ok(server);
  const call = (...args: string[]) => runProgram(["history", ...args, "--data", data]);
  assert.equal((await call("verify")).code, 0);
  assert.match((await call("stat")).stdout, /13|12/);
  const exported = await call("export");
  assert.equal(exported.stdout.trimEnd().split("\n").length, 12);
  const file = join(folder.path, "out.jsonl");
  await Deno.writeTextFile(file, exported.stdout);
  const imported = await call("import", file);
  assert.equal(imported.code, 1);
  assert.match(imported.stderr, /is using it/);
});
