import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { Catalog, readCatalog } from "../../src/history/catalog.ts";
import { type CatalogRecord, CatalogState } from "../../src/history/catalog_state.ts";
import type { SegmentInfo } from "../../src/history/segments.ts";
import { TempFolder } from "./temp_folder.ts";

function segment(room: string, first: number, count: number): SegmentInfo {
  return {
    room,
    path: `rooms/${room}/logs/2026-01-01/messages_${first}_${first + count}_d.jsonl`,
    origin: "own",
    runs: [first, count],
    count,
    start: first + 1,
    end: first + count,
    bytes: count * 100,
    sha256: "x".repeat(44),
  };
}

/** The n-th sealing: `count` events for each room. */
function sealed(journal: number, rooms: readonly string[], count: number): CatalogRecord {
  const first = (journal - 1) * count;
  return {
    type: "sealed",
    journal,
    latest: first + count,
    next: rooms.map((room) => [room, first + count]),
    tails: rooms.map((room) => [room, "alice@node", first + count, `hash ${journal}`]),
    segments: rooms.map((room) => segment(room, first, count)),
  };
}

function snapshot(state: CatalogState): CatalogRecord[] {
  return Array.from(state.snapshot());
}

async function read(path: string): Promise<CatalogState> {
  const reading = await readCatalog(path);
  assert.ok("state" in reading);
  return reading.state;
}

Deno.test("what is committed is read back, through merging, dropping and writing anew", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "catalog.jsonl");
  const catalog = await Catalog.create(path, new CatalogState());
  const rooms = Array.from({ length: 40 }, (_, room) => `room ${room} ${"x".repeat(50)}`);
  let largest = 0;
  let shrunk = false;
  for (let journal = 1; journal <= 120; journal++) {
    await catalog.append(sealed(journal, rooms, 10));
    const first = (journal - 2) * 10;
    const room = rooms[0]!;
    if (journal === 50) {
      const from = [segment(room, first, 10).path, segment(room, first + 10, 10).path];
      await catalog.append({ type: "merged", room, into: segment(room, first, 20), from });
      assert.deepEqual(Array.from(catalog.state.superfluous), from);
      for (const each of from) catalog.state.removed(each);
    }
    if (journal === 60) {
      const paths = [segment(room, 0, 10).path];
      await catalog.append({ type: "dropped", room, first: 10, paths, anchors: [] });
      for (const each of paths) catalog.state.removed(each);
    }
    const { size } = await Deno.stat(path);
    if (size < largest) shrunk = true;
    largest = size;
  }
  assert.ok(shrunk, "the file was written anew");
  assert.deepEqual(snapshot(await read(path)), snapshot(catalog.state));
  const state = await read(path);
  assert.equal(state.sealed, 120);
  assert.equal(state.latest, 1_200);
  assert.equal(state.segments, 40 * 120 - 2);
  const first = state.rooms.get(rooms[0]!)!;
  assert.deepEqual([first.first, first.next], [10, 1_200]);
  assert.deepEqual(first.tails.get("alice@node"), { seq: 1_200, hash: "hash 120" });
});

Deno.test("a file that may still be there is remembered until it is gone", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "catalog.jsonl");
  const catalog = await Catalog.create(path, new CatalogState());
  for (const journal of [1, 2]) await catalog.append(sealed(journal, ["a"], 10));
  const from = [segment("a", 0, 10).path, segment("a", 10, 10).path];
  await catalog.append({ type: "merged", room: "a", into: segment("a", 0, 20), from });
  assert.deepEqual(Array.from((await read(path)).superfluous), from);
});

Deno.test("a change that was cut off is not there, any other damage is seen", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "catalog.jsonl");
  const catalog = await Catalog.create(path, new CatalogState());
  await catalog.append(sealed(1, ["a", "b"], 3));
  const before = snapshot(await read(path));
  const { size } = await Deno.stat(path);
  await catalog.append(sealed(2, ["a"], 3));
  const whole = await Deno.readFile(path);
  for (let length = size; length < whole.length; length += 9) {
    await Deno.writeFile(path, whole.subarray(0, length));
    assert.deepEqual(snapshot(await read(path)), before);
  }
  for (let at = 0; at < whole.length - 1; at += 5) {
    const bytes = whole.slice();
    bytes[at] = bytes[at]! ^ 4;
    await Deno.writeFile(path, bytes);
    assert.deepEqual(await readCatalog(path), { fault: "damaged" }, `byte ${at}`);
  }
  await Deno.writeFile(path, new Uint8Array());
  assert.deepEqual(await readCatalog(path), { fault: "damaged" });
  await Deno.remove(path);
  assert.deepEqual(await readCatalog(path), { fault: "missing" });
});

Deno.test("a write that failed is cut off by the next one", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "catalog.jsonl");
  const catalog = await Catalog.create(path, new CatalogState());
  await catalog.append(sealed(1, ["a"], 3));
  await Deno.writeTextFile(path, '["01234567",{"type":"sea', { append: true });
  await catalog.append(sealed(2, ["a"], 3));
  assert.equal((await read(path)).sealed, 2);
});

Deno.test("a state is what its snapshot gives", () => {
  const record = fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }));
  fc.assert(fc.property(fc.array(record, { maxLength: 20 }), (records) => {
    const state = new CatalogState();
    for (const [index, [room, count]] of records.entries()) {
      state.apply(sealed(index + 1, [`room ${room}`, "__proto__"], count));
    }
    const copy = new CatalogState();
    for (const each of state.snapshot()) copy.apply(JSON.parse(JSON.stringify(each)));
    assert.deepEqual(snapshot(copy), snapshot(state));
  }));
});
