import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  addToRuns,
  boundsOfRuns,
  formatSegmentName,
  offsetInRuns,
  parseSegmentName,
  SegmentFiles,
  segmentPath,
  utcDay,
} from "../../src/history/segments.ts";
import { names, tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

Deno.test("names say what the protocol asks for", () => {
  const parts = { start: 1_700_000_000_000, end: 1_700_000_000_001, writer: "d0-1" };
  const name = "messages_1700000000000_1700000000001_d0-1.jsonl";
  assert.equal(formatSegmentName(parts), name);
  assert.deepEqual(parseSegmentName(name), parts);
  assert.equal(parseSegmentName("messages_1_2_alice_smith.jsonl")?.writer, "alice_smith");
  for (
    const bad of ["metadata.json", "messages_1_2_.jsonl", "messages_1_a_x.jsonl", `${name}.new`]
  ) {
    assert.equal(parseSegmentName(bad), undefined, bad);
  }
  assert.equal(utcDay(Date.UTC(2026, 11, 31, 23, 59, 59, 999)), "2026-12-31");
  assert.equal(
    segmentPath("../etc/\u0000", "2026-01-01", name),
    `rooms/%2e.%2fetc%2f%00/logs/2026-01-01/${name}`,
  );
});

Deno.test("runs are the offsets that were added", () => {
  const ascending = fc.uniqueArray(fc.nat(200), { minLength: 1 })
    .map((all) => all.toSorted((a, b) => a - b));
  fc.assert(fc.property(ascending, (offsets) => {
    const runs: number[] = [];
    for (const offset of offsets) addToRuns(runs, offset);
    assert.deepEqual(offsets.map((_, index) => offsetInRuns(runs, index)), offsets);
    assert.deepEqual(boundsOfRuns(runs), [offsets[0], offsets.at(-1)]);
    assert.throws(() => offsetInRuns(runs, offsets.length), RangeError);
  }));
});

Deno.test("a segment is written once: the same again is fine, others never overwrite it", async () => {
  await using folder = await TempFolder.make();
  const files = new SegmentFiles(folder.path);
  const path = segmentPath("lobby", "2026-01-01", "messages_1_2_d.jsonl");
  const bytes = new TextEncoder().encode("one\n");
  assert.equal(await files.write(path, [bytes]), "written");
  assert.equal(await files.write(path, [bytes]), "present");
  assert.equal(await files.write(path, [new TextEncoder().encode("two\n")]), "other");
  assert.equal(await Deno.readTextFile(join(folder.path, path)), "one\n");
  await files.displace(path);
  assert.equal(await files.write(path, [new TextEncoder().encode("two\n")]), "written");
  await files.displace(path);
  await files.sync();
  const name = path.replaceAll("/", "+");
  assert.deepEqual(names(join(folder.path, "quarantine")), [name, `${name}+2`]);
  assert.equal(await Deno.readTextFile(join(folder.path, "quarantine", name)), "one\n");
});

Deno.test("a room is described once, by what it is called", async () => {
  await using folder = await TempFolder.make();
  const files = new SegmentFiles(folder.path);
  await files.describeRoom("a/b", Date.UTC(2026, 0, 2));
  await files.describeRoom("a/b", Date.UTC(2027, 0, 2));
  const found = tree(folder.path);
  assert.deepEqual(Array.from(found.keys()), ["rooms/a%2fb/metadata.json"]);
  assert.deepEqual(JSON.parse(found.get("rooms/a%2fb/metadata.json")!), {
    room_id: "a/b",
    created_at: "2026-01-02T00:00:00.000Z",
    version: "1.0",
    protocol: "bucket-chat-v1",
  });
});
