/** Search of a real store: worker, journal, segments, and what a crash or a damage leaves. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/clock.ts";
import { breathe } from "../../src/history/breather.ts";
import { IndexService } from "../../src/history/index_service.ts";
import { openHistory, type OpenOptions } from "../../src/history/open.ts";
import { systemRandom } from "../../src/history/random.ts";
import { type WorkerIndex, workerIndex } from "../../src/history/search_index.ts";
import type { FileHistory } from "../../src/history/store.ts";
import { test } from "../harness/test.ts";
import { appendAll, draft } from "../conformance/history.ts";
import { find, testSearch } from "../conformance/search.ts";
import { names } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

function open(dir: string, more: Partial<OpenOptions> = {}): Promise<FileHistory> {
  return openHistory({ dir, index: workerIndex, ...more });
}

function indexPath(folder: TempFolder): string {
  return join(folder.path, "history/index.sqlite");
}

testSearch("files", async () => {
  const folder = await TempFolder.make();
  const history = await open(folder.path, { journalBytes: 4_000 });
  return {
    history,
    async [Symbol.asyncDispose]() {
      await history.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});

test("what others wrote is found, and their changes count where they may", async () => {
  await using folder = await TempFolder.make();
  await using other = await TempFolder.make();
  const theirs = await openHistory({ dir: other.path });
  const [one, two] = await appendAll(theirs, ["foreign fox", "foreign wolf"]);
  await theirs.append(draft("", {
    type: "m.room.redaction",
    sender: "admin@node",
    content: { redacts: two!.event.event_id },
  }));
  await theirs.seal();
  const lines = (await theirs.read("lobby", 0, 10)).map(({ json }) => json);
  const writer = theirs.parts.device.id;
  await theirs.close();

  const history = await open(folder.path);
  await history.ingest({ room: "lobby", writer, lines });
  assert.deepEqual(await find(history, "foreign"), ["lobby 0 foreign fox"]);
  const content = { redacts: one!.event.event_id };
  await history.append(draft("", { type: "m.room.redaction", sender: "admin@here", content }));
  assert.deepEqual(await find(history, "foreign"), [], "our own administrator may redact");
  await history.close();
});

/** A store with events in segments and in the journal, indexed, and what is found in it. */
async function filled(folder: TempFolder): Promise<string[]> {
  const history = await open(folder.path, { journalBytes: 20_000 });
  for (let round = 0; round < 20; round++) {
    await appendAll(history, Array.from({ length: 10 }, (_, each) => `fox ${round} ${each}`));
    await appendAll(history, [`fox ${round}`], { room: "garden" });
  }
  await history.seal();
  await appendAll(history, ["the last fox"]);
  const found = await find(history, "fox");
  assert.equal(found.length, 200);
  await history.close();
  return found;
}

/** A closed store with `count` events of one day in segments. */
async function oneDay(folder: TempFolder, count: number): Promise<void> {
  const history = await open(folder.path);
  await appendAll(history, Array.from({ length: count }, (_, each) => `fox ${each}`));
  await history.seal();
  await history.close();
}

test("making the index anew tells how far it is within a day, too", async () => {
  await using folder = await TempFolder.make();
  await oneDay(folder, 2_600);
  let index: WorkerIndex | undefined;
  const history = await open(folder.path, { index: (seams) => index = workerIndex(seams) });
  const told: number[] = [];
  await index?.rebuild((done, total) => told.push(done / total));
  assert.deepEqual(told, told.toSorted((a, b) => a - b), "it only rises");
  assert.equal(told.at(-1), 1);
  const between = told.filter((part) => part > 0 && part < 1);
  assert.ok(between.length >= 4, `it was told ${told.join(", ")}`);
  assert.equal((await find(history, "fox")).length, 200);
  await history.close();
});

test("making the index anew can be ended within a day", async () => {
  await using folder = await TempFolder.make();
  await oneDay(folder, 2_600);
  let index: WorkerIndex | undefined;
  const history = await open(folder.path, { index: (seams) => index = workerIndex(seams) });
  const enough = new Error("enough");
  const rebuilding = index?.rebuild((done, total) => {
    if (done > 0 && done < total) throw enough;
  });
  await assert.rejects(Promise.resolve(rebuilding), enough);
  assert.equal((await find(history, "fox")).length, 200, "the rest is made by whoever searches");
  await history.close();
});

const LOSSES: readonly {
  name: string;
  damage: (path: string) => void;
  why: string;
  quarantined?: true;
}[] = [
  {
    name: "removed",
    damage: (path) => Deno.removeSync(path),
    why: "the index is derived",
  },
  {
    name: "no database",
    damage: (path) => Deno.writeTextFileSync(path, "this is no database at all"),
    why: "overwritten by an accident",
    quarantined: true,
  },
  {
    name: "empty",
    damage: (path) => Deno.writeTextFileSync(path, ""),
    why: "a crash of the file system",
  },
  {
    name: "of another version",
    damage: (path) => change(path, "PRAGMA user_version = 999"),
    why: "the program was replaced by an older one",
  },
  {
    name: "of another numbering",
    damage: (path) => change(path, "UPDATE state SET epoch = 'another'"),
    why: "the history was restored under it",
  },
  {
    name: "without a table",
    damage: (path) => change(path, "DROP TABLE documents"),
    why: "somebody tried something",
    quarantined: true,
  },
  {
    name: "with damaged pages",
    damage(path) {
      const bytes = Deno.readFileSync(path);
      for (let page = 2; page * 4096 < bytes.length; page++) {
        bytes.fill(0xaa, page * 4096, page * 4096 + 512);
      }
      Deno.writeFileSync(path, bytes);
    },
    why: "a disk that forgets",
    quarantined: true,
  },
  {
    name: "behind the oldest journal file",
    damage: (path) => change(path, "UPDATE state SET file = 1, byte = 0, line = NULL"),
    why: "an old copy was put back",
  },
  {
    name: "ahead of the journal",
    damage: (path) => change(path, "UPDATE state SET byte = byte + 100"),
    why: "the journal lost its end in a power cut",
  },
  {
    name: "that read another line",
    damage: (path) => change(path, "UPDATE state SET checksum = '00000000'"),
    why: "the journal's end was lost and written anew",
  },
];

function change(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

for (const { name, damage, why, quarantined } of LOSSES) {
  test(`an index ${name} is made anew`, async () => {
    await using folder = await TempFolder.make();
    const expected = (await filled(folder)).toSorted();
    change(indexPath(folder), "PRAGMA wal_checkpoint(TRUNCATE)");
    damage(indexPath(folder));
    const history = await open(folder.path);
    assert.deepEqual((await find(history, "fox")).toSorted(), expected);
    await appendAll(history, ["another fox"]);
    assert.equal((await find(history, "another")).length, 1);
    await history.close();
    const kept = names(join(folder.path, "history/quarantine")).includes("index.sqlite");
    assert.equal(kept, quarantined ?? false);
  }, { why });
}

test("an index that was not there while files were sealed is made anew", async () => {
  await using folder = await TempFolder.make();
  await filled(folder);
  const without = await openHistory({ dir: folder.path });
  await appendAll(without, ["a quiet fox"]);
  await without.seal();
  await without.close();
  const history = await open(folder.path);
  assert.equal((await find(history, "quiet")).length, 1);
  assert.equal((await find(history, "last")).length, 1);
  await history.close();
});

test("an index that is made anew gives what the old one gave, in its order", async () => {
  await using folder = await TempFolder.make();
  // Between rooms only time orders what was sealed.
  let now = Date.UTC(2026, 0, 1, 23, 59, 59, 900);
  const clock = { ...systemClock, now: () => now++ };
  const history = await open(folder.path, { journalBytes: 10_000, clock });
  for (let round = 0; round < 20; round++) {
    const room = ["lobby", "garden", "attic"][round % 3]!;
    await appendAll(history, Array.from({ length: 8 }, (_, each) => `fox ${each}`), { room });
  }
  await history.seal();
  const expected = await find(history, "fox");
  const page = await history.search({ text: "fox", limit: 100 });
  await history.close();
  Deno.removeSync(indexPath(folder));
  const again = await open(folder.path);
  assert.deepEqual(await find(again, "fox"), expected);
  assert.equal(expected.length, 160);
  const rest = await find(again, "fox", { cursor: page.next! });
  assert.deepEqual(rest, expected.slice(100), "a cursor of the old index still means something");
  await again.close();
});

test("an index whose making was stopped goes on with the next day", async () => {
  await using folder = await TempFolder.make();
  let now = Date.UTC(2026, 0, 1);
  const clock = { ...systemClock, now: () => now++ };
  const history = await open(folder.path, { clock });
  for (let day = 0; day < 4; day++) {
    await appendAll(history, [`fox ${day}`, "fox"]);
    await history.append(draft(`garden fox ${day}`, { room: "garden" }));
    now += 24 * 60 * 60 * 1000;
    await history.seal();
  }
  await appendAll(history, ["last fox"]);
  const expected = await find(history, "fox");
  assert.equal(expected.length, 13);
  const { epoch, parts: { device, journals, catalog: { state: { sealed } } } } = history;
  const { number, length } = journals.files.at(-1)!;
  await history.close();
  const settings = { root: folder.path, path: indexPath(folder), epoch, device: device.id };
  for (let steps = 1; steps <= 6; steps++) {
    Deno.removeSync(indexPath(folder));
    const service = new IndexService(settings, { clock, random: systemRandom, breathe });
    for (let step = 0; step < steps; step++) {
      const { progress, built } = await service.step({ file: number, byte: length, sealed });
      assert.equal(progress, step < 5 ? "building" : "reached");
      if (step < 4) assert.ok(built.done < built.total || step === 3);
    }
    service.close();
    const again = await open(folder.path, { clock });
    assert.deepEqual(await find(again, "fox"), expected, `after ${steps} steps`);
    await again.close();
  }
});

test("what is sealed while the index is made is in it once", async () => {
  await using folder = await TempFolder.make();
  let now = Date.UTC(2026, 0, 1);
  const clock = { ...systemClock, now: () => now++ };
  const day = 24 * 60 * 60 * 1000;
  const first = await openHistory({ dir: folder.path, clock });
  for (let count = 0; count < 2; count++) {
    await appendAll(first, [`fox ${count}`]);
    now += day;
    await first.seal();
  }
  const { epoch, parts: { device, journals, catalog: { state } } } = first;
  const settings = { root: folder.path, path: indexPath(folder), epoch, device: device.id };
  const service = new IndexService(settings, { clock, random: systemRandom, breathe });
  const { number, length } = journals.files.at(-1)!;
  const step = await service.step({ file: number, byte: length, sealed: state.sealed });
  assert.equal(step.progress, "building");
  service.close();
  await first.close();

  // Sealed, while the journal file waits for the index.
  const refuse = (seams: Parameters<typeof workerIndex>[0]) => {
    const index = workerIndex(seams);
    index.caughtUp = () => Promise.reject(new Error("not now"));
    return index;
  };
  const second = await openHistory({ dir: folder.path, clock, index: refuse });
  await appendAll(second, ["fox 2"]);
  now += day;
  await second.seal().catch(() => undefined);
  await second.close();
  const third = await open(folder.path, { clock });
  assert.deepEqual(await find(third, "fox"), ["lobby 2 fox 2", "lobby 1 fox 1", "lobby 0 fox 0"]);
  await third.close();
});

test("journal files wait for the index, and go when it has read them", async () => {
  await using folder = await TempFolder.make();
  const history = await open(folder.path);
  await appendAll(history, ["one"]);
  await history.seal();
  assert.deepEqual(names(join(folder.path, "history/journal")), ["00000002.jsonl"]);
  assert.equal((await find(history, "one")).length, 1);
  await history.close();
});
