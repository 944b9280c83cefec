/** Messages that are old enough go, and nothing else; what stays can be verified. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Catalog, readCatalog } from "../../src/history/catalog.ts";
import { type CatalogRoom, CatalogState } from "../../src/history/catalog_state.ts";
import { statIndex } from "../../src/history/index_stat.ts";
import type { IndexSeams } from "../../src/history/index_contract.ts";
import { createLayout } from "../../src/history/layout.ts";
import { openHistory, type OpenOptions } from "../../src/history/open.ts";
import { openReader } from "../../src/history/reader.ts";
import { planRemoval, Retention } from "../../src/history/retention.ts";
import { workerIndex } from "../../src/history/search_index.ts";
import type { SegmentInfo } from "../../src/history/segments.ts";
import { verifyHistory } from "../../src/history/verify.ts";
import { systemClock } from "../../src/clock.ts";
import { appendAll, texts } from "../conformance/history.ts";
import { eventually } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { test } from "../harness/test.ts";
import { names } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1, 12);
const ROOM = "lobby";

/** A segment of a day with the offsets of `runs`. */
function segment(day: number, ...runs: number[]): SegmentInfo {
  return {
    room: ROOM,
    path: `${day}-${runs.join("-")}`,
    origin: "own",
    runs,
    count: 1,
    start: START + day * DAY,
    end: START + day * DAY,
    bytes: 1,
    sha256: "",
  };
}

/** Midnight after day `day`, counted from the first one. */
const endOf = (day: number) => Date.UTC(2026, 0, 2) + day * DAY;

const PLANS: readonly {
  why: string;
  segments: SegmentInfo[];
  cutoff: number;
  removed: number;
  first?: number;
}[] = [
  { why: "nothing is old", segments: [segment(0, 0, 5)], cutoff: endOf(0) - 1, removed: 0 },
  {
    why: "a day is old when it has ended long enough ago",
    segments: [segment(0, 0, 5), segment(1, 5, 5)],
    cutoff: endOf(0),
    removed: 1,
    first: 5,
  },
  {
    why: "a room of which nothing is left keeps its numbers",
    segments: [segment(0, 0, 5), segment(1, 5, 5)],
    cutoff: endOf(9),
    removed: 2,
    first: 10,
  },
  {
    why: "what arrived late stays with what arrived with it",
    segments: [segment(5, 0, 5), segment(0, 5, 5)],
    cutoff: endOf(0),
    removed: 0,
  },
  {
    why: "interleaved segments go together or not at all",
    segments: [segment(0, 0, 2, 4, 2), segment(5, 2, 2), segment(6, 6, 4)],
    cutoff: endOf(0),
    removed: 0,
  },
  {
    why: "interleaved segments that are both old go together",
    segments: [segment(0, 0, 2, 4, 2), segment(1, 2, 2), segment(6, 6, 4)],
    cutoff: endOf(1),
    removed: 2,
    first: 6,
  },
];

for (const { why, segments, cutoff, removed, first } of PLANS) {
  test(`removal is planned: ${why}`, () => {
    const room = {
      room: ROOM,
      first: 0,
      next: 10,
      lastTimestamp: 0,
      tails: new Map(),
      anchors: new Map(),
      segments: new Map(segments.map((each) => [each.path, each])),
    } satisfies CatalogRoom;
    const plan = planRemoval(room, cutoff);
    assert.equal(plan?.segments.length ?? 0, removed);
    assert.equal(plan?.first, first);
  });
}

test("what somebody still has to read stays, and what came after it", () => {
  const segments = [segment(0, 0, 5), segment(1, 5, 5)];
  const state = new CatalogState();
  state.apply({
    type: "room",
    room: ROOM,
    first: 0,
    next: 10,
    lastTimestamp: 0,
    tails: [],
    segments,
  });
  const room = state.rooms.get(ROOM)!;
  assert.equal(planRemoval(room, endOf(9), ({ path }) => path !== segments[0]!.path), undefined);
  assert.equal(planRemoval(room, endOf(9), ({ path }) => path === segments[0]!.path)?.first, 5);
});

/** A clock whose wall can be set. */
function wall() {
  let now = START;
  const clock = { ...systemClock, now: () => now++ };
  return { clock, set: (time: number) => now = time };
}

/** Five days with two messages each in two rooms, all sealed, and one more that is not. */
async function fiveDays(folder: TempFolder, more: Partial<OpenOptions> = {}) {
  const { clock, set } = wall();
  const history = await openHistory({ dir: folder.path, clock, index: workerIndex, ...more });
  for (let day = 0; day < 5; day++) {
    set(START + day * DAY);
    await appendAll(history, [`fox ${day} a`, `fox ${day} b`]);
    await appendAll(history, [`garden fox ${day}`], { room: "garden", sender: "bob@node" });
    await history.seal();
  }
  await appendAll(history, ["fox today"]);
  return { history, clock, set };
}

async function found(history: { search: Awaited<ReturnType<typeof openHistory>>["search"] }) {
  return (await history.search({ text: "fox", limit: 200 })).hits.map(({ event }) =>
    event.content.body
  );
}

test("old days go from the store, the index and the disk, and the rest verifies", async () => {
  await using folder = await TempFolder.make();
  const { history, clock } = await fiveDays(folder);
  assert.equal((await found(history)).length, 16);
  const rule = { age: 2 * DAY, rooms: new Map([["garden", undefined]]) };
  const retention = new Retention(history, { rule, clock });
  // The fifth day is not over: of the first two the last hour was more than two days ago.
  assert.deepEqual(await retention.prune(), { rooms: 1, segments: 2, events: 4 });
  assert.deepEqual([history.room(ROOM).first, history.room(ROOM).next], [4, 11]);
  assert.deepEqual(texts(await history.read(ROOM, 0, 2)), ["fox 2 a", "fox 2 b"]);
  assert.equal((await history.page(ROOM, { limit: 50 })).events.length, 7);
  assert.equal(history.room("garden").first, 0, "a room with a rule of its own");
  const left = (await found(history)).filter((text) => !text?.startsWith("garden"));
  assert.equal(left.length, 7);
  assert.deepEqual(await retention.prune(), { rooms: 0, segments: 0, events: 0 });
  const reader = await openReader({ dir: folder.path });
  assert.equal(statIndex(reader).documents, 12);
  reader.close();
  const logs = join(folder.path, "history/rooms/lobby/logs");
  await eventually("the files are gone", () => files(logs).length === 3);
  await retention.close();
  await history.close();
  await assertSound(folder);

  const again = await openHistory({ dir: folder.path, index: workerIndex });
  assert.deepEqual([again.room(ROOM).first, again.room(ROOM).next], [4, 11]);
  const [next] = await appendAll(again, ["fox later"]);
  assert.equal(next?.offset, 11);
  assert.equal(next?.event.content.chatnode?.seq, 12);
  assert.equal((await found(again)).length, 13);
  await again.seal();
  await again.close();
  await assertSound(folder);
});

function files(folder: string): string[] {
  return names(folder).flatMap((day) => names(join(folder, day)));
}

async function assertSound(folder: TempFolder): Promise<void> {
  const report = await verifyHistory({ dir: folder.path, clock: systemClock });
  assert.deepEqual(report.faults, []);
}

test("everything may go, and the room goes on", async () => {
  await using folder = await TempFolder.make();
  const { history, clock, set } = await fiveDays(folder);
  await history.seal();
  set(START + 50 * DAY);
  const retention = new Retention(history, { rule: { age: DAY, rooms: new Map() }, clock });
  assert.equal((await retention.prune()).events, 16);
  assert.deepEqual(history.rooms(), []);
  assert.deepEqual(await history.read(ROOM, 0, 10), []);
  assert.deepEqual(await found(history), []);
  const [next] = await appendAll(history, ["a new beginning"]);
  assert.deepEqual([next?.offset, next?.event.content.chatnode?.seq], [11, 12]);
  await history.seal();
  await history.close();
  await assertSound(folder);
});

test("the anchor tells when what follows it was exchanged", async () => {
  await using folder = await TempFolder.make();
  const { history, clock } = await fiveDays(folder);
  await new Retention(history, { rule: { age: 2 * DAY, rooms: new Map() }, clock }).prune();
  const logs = join(folder.path, "history/rooms/lobby/logs");
  await eventually("the files are gone", () => files(logs).length === 3);
  await history.close();
  const path = createLayout(folder.path).catalog;
  const reading = await readCatalog(path);
  assert.ok("state" in reading);
  const { anchors } = reading.state.rooms.get(ROOM)!;
  assert.equal(anchors.size, 1);
  for (const [chain, [sender, device, seq]] of anchors) {
    anchors.set(chain, [sender, device, seq, "another hash"]);
  }
  await Catalog.create(path, reading.state);
  const report = await verifyHistory({ dir: folder.path, clock: systemClock });
  assert.deepEqual(report.faults.map(({ code }) => code), ["verify/chain-prev-hash"]);
});

test("what the index has not read yet is not touched", async () => {
  await using folder = await TempFolder.make();
  const refuse = (seams: IndexSeams) => {
    const index = workerIndex(seams);
    index.caughtUp = () => Promise.reject(new Error("not now"));
    return index;
  };
  const { clock, set } = wall();
  const history = await openHistory({ dir: folder.path, clock, index: refuse });
  await appendAll(history, ["fox"]);
  await history.seal().catch(() => undefined);
  set(START + 50 * DAY);
  const retention = new Retention(history, { rule: { age: DAY, rooms: new Map() }, clock });
  assert.equal((await retention.prune()).events, 0);
  assert.equal((await history.read(ROOM, 0, 10)).length, 1);
  await history.close();
});

test("a removal that was interrupted after its line in the catalog is finished", async () => {
  await using folder = await TempFolder.make();
  const { history } = await fiveDays(folder);
  const { catalog } = history.parts;
  const plan = planRemoval(catalog.state.rooms.get(ROOM)!, START + 2 * DAY + DAY / 2);
  assert.equal(plan?.segments.length, 3);
  await history.close();
  const paths = plan!.segments.map(({ path }) => path);
  const { first } = plan!;
  await catalog.append({ type: "dropped", room: ROOM, first, paths, anchors: [] });
  const logs = join(folder.path, "history/rooms/lobby/logs");
  assert.equal(files(logs).length, 5);

  const again = await openHistory({ dir: folder.path, index: workerIndex });
  await eventually("the files are gone", () => files(logs).length === 2);
  const rule = { age: undefined, rooms: new Map() };
  await new Retention(again, { rule, clock: systemClock }).prune();
  assert.equal((await found(again)).length, 10, "the index has forgotten them as well");
  assert.equal(again.room(ROOM).first, 6);
  await again.close();
});

test("once a day, and after a failure the next day", async () => {
  await using folder = await TempFolder.make();
  const { history, set } = await fiveDays(folder);
  const clock = new ManualClock(START + 4 * DAY);
  const rule = { age: 2 * DAY, rooms: new Map<string, number>() };
  const retention = new Retention(history, { rule, clock });
  retention.start();
  assert.equal(history.room(ROOM).first, 0);
  clock.advance(60 * 60 * 1000);
  await eventually("the first removal", () => history.room(ROOM).first === 4);
  await eventually("the next one is planned", () => clock.pending === 1);
  set(START + 10 * DAY);
  clock.advance(DAY);
  await eventually("the second removal", () => history.room(ROOM).first === 6);
  await retention.close();
  assert.equal(clock.pending, 0);
  await history.close();
});

test("a reader beside it goes on with what is left", async () => {
  await using folder = await TempFolder.make();
  const { history, clock } = await fiveDays(folder);
  const reader = await openReader({ dir: folder.path });
  await new Retention(history, { rule: { age: 2 * DAY, rooms: new Map() }, clock }).prune();
  const logs = join(folder.path, "history/rooms/lobby/logs");
  await eventually("the files are gone", () => files(logs).length === 3);
  assert.deepEqual(texts(await reader.read(ROOM, 0, 2)), ["fox 2 a", "fox 2 b"]);
  reader.close();
  await history.close();
});
