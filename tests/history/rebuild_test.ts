import assert from "node:assert/strict";
import { join } from "node:path";
import type { FileHistory } from "../../src/history/store.ts";
import { openHistory } from "../../src/history/open.ts";
import { encodeEvent } from "../../src/message/line.ts";
import { appendAll, texts } from "../conformance/history.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { checkBase, names, tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

/** Several days, merged and not, several senders, an unsealed rest. */
async function filled(clock: ManualClock): Promise<TempFolder> {
  const folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path, clock });
  for (let day = 0; day < 3; day++) {
    for (let part = 0; part < 3; part++) {
      await appendAll(history, [`${day} ${part} a`, `${day} ${part} b`]);
      await appendAll(history, [`${day} ${part} c`], { sender: "bob@node", room: "garden" });
      await history.seal();
      clock.advance(1_000);
    }
    clock.advance(24 * 3_600_000);
  }
  await appendAll(history, ["rest"]);
  await history.close();
  return folder;
}

async function all(history: FileHistory, room: string): Promise<(string | undefined)[]> {
  return texts(await history.read(room, 0, 1000));
}

Deno.test("a lost catalog is made again, under another epoch, and chains go on", async () => {
  const clock = new ManualClock();
  await using folder = await filled(clock);
  const before = await openHistory({ dir: folder.path, clock });
  const lobby = await all(before, "lobby");
  const garden = await all(before, "garden");
  await before.close();
  await Deno.remove(join(folder.path, "history/catalog.jsonl"));

  const steps: number[] = [];
  const onRebuild = (done: number, total: number) => void steps.push(done / total);
  const history = await openHistory({ dir: folder.path, clock, onRebuild });
  assert.notEqual(history.epoch, before.epoch);
  assert.equal(steps.at(-1), 1);
  assert.deepEqual(await all(history, "lobby"), lobby);
  assert.deepEqual(await all(history, "garden"), garden);
  assert.equal(history.room("lobby").lastTimestamp, before.room("lobby").lastTimestamp);
  await appendAll(history, ["after"]);
  await history.seal();
  const { device } = history.parts;
  checkBase(join(folder.path, "history"), { [device.id]: device.key.publicKey });
  await history.close();

  const again = await openHistory({ dir: folder.path, clock });
  assert.equal(again.epoch, history.epoch);
  assert.deepEqual(await all(again, "lobby"), [...lobby, "after"]);
  await again.close();
});

Deno.test("what a merging left behind is no second copy", async () => {
  const clock = new ManualClock();
  await using folder = await filled(clock);
  const logs = join(folder.path, "history/rooms/lobby/logs");
  const day = join(logs, names(logs)[0]!);
  const [merged = ""] = names(day);
  assert.equal(names(day).length, 1, "the first day was merged");
  const lines = (await Deno.readTextFile(join(day, merged))).trimEnd().split("\n");
  const times = lines.map((line) => JSON.parse(line).timestamp_ms);
  const device = merged.slice(merged.lastIndexOf("_") + 1);
  const part = `messages_${times[0]}_${times[1]}_${device}`;
  await Deno.writeTextFile(join(day, part), `${lines[0]}\n${lines[1]}\n`);
  await Deno.remove(join(folder.path, "history/catalog.jsonl"));
  const history = await openHistory({ dir: folder.path, clock });
  const bodies = await all(history, "lobby");
  assert.equal(new Set(bodies).size, bodies.length);
  assert.equal(bodies.length, 19);
  await history.close();
});

Deno.test("a catalog that is older than the journal is not believed", async () => {
  const clock = new ManualClock();
  await using folder = await TempFolder.make();
  const first = await openHistory({ dir: folder.path, clock });
  await appendAll(first, ["a"]);
  await first.seal();
  await first.close();
  const old = await Deno.readFile(join(folder.path, "history/catalog.jsonl"));
  const second = await openHistory({ dir: folder.path, clock });
  await appendAll(second, ["b"]);
  await second.seal();
  await second.close();
  await Deno.writeFile(join(folder.path, "history/catalog.jsonl"), old);
  const third = await openHistory({ dir: folder.path, clock });
  assert.deepEqual(await all(third, "lobby"), ["a", "b"]);
  assert.notEqual(third.epoch, second.epoch);
  await third.close();
});

Deno.test("a rebuilding that was interrupted is done again", async () => {
  const clock = new ManualClock();
  await using folder = await filled(clock);
  await Deno.remove(join(folder.path, "history/catalog.jsonl"));
  const lobby = await (async () => {
    await using copy = await TempFolder.copyOf(folder.path);
    const history = await openHistory({ dir: copy.path, clock });
    const bodies = await all(history, "lobby");
    await history.close();
    // Everything it has written, but not the catalog.
    for (const [name, text] of tree(join(copy.path, "history/rooms"))) {
      const target = join(folder.path, "history/rooms", name);
      await Deno.mkdir(join(target, ".."), { recursive: true });
      await Deno.writeTextFile(target, text);
    }
    return bodies;
  })();
  const history = await openHistory({ dir: folder.path, clock });
  assert.deepEqual(await all(history, "lobby"), lobby);
  await history.close();
});

Deno.test("damaged lines of segments stay out of a catalog that is made again", async () => {
  const clock = new ManualClock();
  await using folder = await filled(clock);
  await Deno.remove(join(folder.path, "history/catalog.jsonl"));
  const logs = join(folder.path, "history/rooms/lobby/logs");
  const day = join(logs, names(logs)[0]!);
  const path = join(day, names(day)[0]!);
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("0 1 a", "0 1 x"));
  for (let round = 0; round < 2; round++) {
    const history = await openHistory({ dir: folder.path, clock });
    const bodies = await all(history, "lobby");
    assert.deepEqual(bodies.slice(0, 5), ["0 0 a", "0 0 b", "0 1 b", "0 2 a", "0 2 b"]);
    assert.equal(bodies.length, 18);
    await history.close();
  }
});

Deno.test("foreign segments keep their events when the catalog is made again", async () => {
  const clock = new ManualClock();
  await using folder = await TempFolder.make();
  await using elsewhere = await filled(clock);
  const sealing = await openHistory({ dir: elsewhere.path, clock });
  await sealing.seal();
  await sealing.close();
  const other = await openHistory({ dir: elsewhere.path, clock });
  const events = (await other.read("lobby", 0, 1000)).map(({ event }) => event);
  await other.close();

  const history = await openHistory({ dir: folder.path, clock });
  const writer = other.parts.device.id;
  const lines = events.map(encodeEvent);
  await appendAll(history, ["mine"]);
  assert.equal((await history.ingest({ room: "lobby", writer, lines })).stored.length, 19);
  await history.seal();
  assert.equal((await history.ingest({ room: "lobby", writer, lines })).known, 19);
  await history.close();
  await Deno.remove(join(folder.path, "history/catalog.jsonl"));
  const again = await openHistory({ dir: folder.path, clock });
  assert.equal((await again.ingest({ room: "lobby", writer, lines })).known, 19);
  assert.equal((await again.read("lobby", 0, 1000)).length, 20);
  const { device } = again.parts;
  const keys = { [device.id]: device.key.publicKey, [writer]: other.parts.device.key.publicKey };
  checkBase(join(folder.path, "history"), keys);
  await again.close();
});
