import assert from "node:assert/strict";
import { join } from "node:path";
import type { FileHistory } from "../../src/history/store.ts";
import { openHistory, type OpenOptions } from "../../src/history/open.ts";
import { appendAll, draft, texts } from "../conformance/history.ts";
import { checkBase, names, tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";

function open(dir: string, options: Partial<OpenOptions> = {}): Promise<FileHistory> {
  return openHistory({ dir, ...options });
}

function publicKeys({ parts: { device } }: FileHistory): Record<string, string> {
  return { [device.id]: device.key.publicKey };
}

Deno.test("sealed events are a valid bucket: names, days, signatures, chains", async () => {
  await using folder = await TempFolder.make();
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 23, 59, 59, 990));
  const history = await open(folder.path, { clock });
  const rooms = ["lobby", "direct:alice@node,bob@node", "r\u00e4ume/..", "__proto__"];
  for (let round = 0; round < 5; round++) {
    for (const room of rooms) {
      for (const sender of ["alice@node", "bob@node", "constructor"]) {
        await appendAll(history, [`${room} ${sender} ${round}`], { room, sender });
        clock.advance(1);
      }
    }
    if (round === 2) await history.seal();
  }
  const before = await Promise.all(rooms.map((room) => history.read(room, 0, 1000)));
  await history.seal();

  const found = checkBase(join(folder.path, "history"), publicKeys(history));
  for (const [index, room] of rooms.entries()) {
    const stored = before[index]!;
    assert.deepEqual(found.get(room)?.map((event) => event.event_id), stored.map(idOf));
    assert.deepEqual(texts(await history.read(room, 0, 1000)), texts(stored));
  }
  assert.deepEqual(names(join(folder.path, "history/rooms/lobby/logs")), [
    "2026-03-01",
    "2026-03-02",
  ]);
  assert.deepEqual(names(join(folder.path, "history/journal")), ["00000003.jsonl"]);
  await history.close();

  const again = await open(folder.path, { clock });
  for (const [index, room] of rooms.entries()) {
    const events = await again.read(room, 0, 1000);
    assert.deepEqual(events.map(idOf2), before[index]!.map(idOf2));
    assert.ok(events.every(({ event }) => event.signature !== null), "read back as sealed");
    assert.deepEqual(again.room(room), history.room(room));
    const page = await again.page(room, { limit: 200 });
    assert.deepEqual(texts(page.events), texts(before[index]!));
    const middle = events[7]!.event.event_id;
    assert.equal((await again.get(room, middle))?.offset, 7);
  }
  const [next] = await appendAll(again, ["after"], { sender: "bob@node" });
  assert.equal(next?.offset, 15);
  assert.equal(next?.event.content.chatnode?.seq, 6);
  await again.close();
});

const idOf = ({ event }: { readonly event: { readonly event_id: string } }) => event.event_id;
const idOf2 = (
  stored: { readonly offset: number; readonly event: { readonly event_id: string } },
) => `${stored.offset} ${stored.event.event_id}`;

Deno.test("a journal that reaches its size is sealed by itself", async () => {
  await using folder = await TempFolder.make();
  const history = await open(folder.path, { journalBytes: 50_000 });
  const bodies = Array.from({ length: 1_000 }, (_, index) => `text ${index}`);
  for (let at = 0; at < 1_000; at += 50) await appendAll(history, bodies.slice(at, at + 50));
  await history.parts.sealer.drain();
  assert.ok(history.parts.catalog.state.segments > 3);
  assert.deepEqual(texts(await history.read("lobby", 0, 1000)), bodies);
  await history.close();
});

Deno.test("a journal that reaches its age is sealed by itself", async () => {
  await using folder = await TempFolder.make();
  const clock = new ManualClock(1_750_000_000_000);
  const history = await open(folder.path, { clock, journalAge: 60_000 });
  await appendAll(history, ["a", "b"]);
  clock.advance(59_999);
  await appendAll(history, ["c"]);
  assert.equal(history.parts.journals.files.length, 1);
  clock.advance(1);
  await eventually("it is closed", () => history.parts.journals.files.length === 2);
  assert.equal(history.parts.sealer.busy, false);
  clock.advance(500);
  assert.equal(history.parts.sealer.busy, true, "in the first pause");
  await history.parts.sealer.drain();
  assert.equal(history.parts.catalog.state.segments, 1);
  await history.close();
});

Deno.test("no two journal files share a time, so that no two segments share a name", async () => {
  await using folder = await TempFolder.make();
  const clock = new ManualClock(1_750_000_000_000);
  const history = await open(folder.path, { clock });
  for (let round = 0; round < 5; round++) {
    await history.append(draft(`text ${round}`));
    await history.seal();
  }
  const events = await history.read("lobby", 0, 10);
  assert.deepEqual(events.map(({ event }) => event.timestamp_ms - 1_750_000_000_000), [
    0,
    1,
    2,
    3,
    4,
  ]);
  checkBase(join(folder.path, "history"), publicKeys(history));
  await history.close();

  clock.step(-150_000_000_000);
  const again = await open(folder.path, { clock });
  const { stored } = await again.append(draft("the clock was set back"));
  assert.equal(stored.event.timestamp_ms - 1_750_000_000_000, 5);
  await again.close();
});

Deno.test("segments of a day that is over become one", async () => {
  await using folder = await TempFolder.make();
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 12));
  const history = await open(folder.path, { clock });
  for (let round = 0; round < 6; round++) {
    await appendAll(history, [`a ${round}`, `b ${round}`]);
    await history.append(draft(`c ${round}`, { room: "garden" }));
    clock.advance(1000);
    await history.seal();
  }
  const logs = join(folder.path, "history/rooms/lobby/logs/2026-03-01");
  assert.equal(names(logs).length, 6);
  clock.step(12 * 3_600_000);
  await history.append(draft("next day"));
  await history.seal();
  await history.parts.sealer.drain();
  await settled(history);
  assert.equal(names(logs).length, 1);
  const events = await history.read("lobby", 0, 100);
  assert.equal(events.length, 13);
  assert.deepEqual(events.map(({ offset }) => offset), Array.from({ length: 13 }, (_, at) => at));
  checkBase(join(folder.path, "history"), publicKeys(history));
  await history.close();
  const again = await open(folder.path, { clock });
  assert.deepEqual((await again.read("lobby", 0, 100)).map(idOf2), events.map(idOf2));
  await again.close();
});

/** Resolves when the sealer has nothing to do any more. */
async function settled({ parts: { sealer } }: FileHistory): Promise<void> {
  await eventually("the sealer rests", () => !sealer.busy);
}

Deno.test("two stores seal the same journal to the same bytes", async () => {
  await using folder = await TempFolder.make();
  const history = await open(join(folder.path, "a"));
  await appendAll(history, ["x", "y"]);
  await appendAll(history, ["z"], { room: "garden", sender: "bob@node" });
  await history.close();
  await new Deno.Command("cp", { args: ["-r", "a", "b"], cwd: folder.path }).output();
  const trees: Map<string, string>[] = [];
  for (const name of ["a", "b"]) {
    const copy = await open(join(folder.path, name));
    await copy.seal();
    await copy.close();
    trees.push(tree(join(folder.path, name, "history/rooms")));
  }
  assert.deepEqual(trees[0], trees[1]);
});
