/** What a start looks at is bounded, whatever lies in the bucket; nothing is left out in silence. */
import assert from "node:assert/strict";
import type { ListOptions } from "../../../../src/transports/bucket/stores/contract.ts";
import { MOST_DEVICE_PAGES, START } from "../../../../src/transports/bucket/sync/discovery.ts";
import { recordKey } from "../../../../src/transports/bucket/trust/statement.ts";
import { lineOf, withLogs } from "../../../harness/logs.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { Author } from "../author.ts";
import { watched } from "./watched_bucket.ts";
import { World } from "./world.ts";

/** `devices/` that holds so many objects, none of which says anything. */
const stuffed = (count: number) => ({ prefix, startAfter = "" }: ListOptions) => {
  if (prefix !== "devices/") return undefined;
  const keyAt = (index: number) => `devices/a${String(index).padStart(8, "0")}/endorsed_b.json`;
  const from = Number(/a(\d{8})/.exec(startAfter)?.[1] ?? -1) + 1;
  const to = Math.min(count, from + 1_000);
  const objects = Array.from({ length: to - from }, (_, index) => {
    return { key: keyAt(from + index), size: 1, etag: "e" };
  });
  return { objects, folders: [], ...(to < count ? { next: "more" } : {}) };
};

test("a start fetches a bounded part of devices/, and pulls the rest", () =>
  withLogs(async (logs) => {
    await using world = await World.make();
    const gets: string[] = [];
    const count = START.objects + 500;
    const list = stuffed(count);
    await using beta = await world.open("beta", {
      clock: new ManualClock(Date.now()),
      wrap: (bucket) => watched(bucket, { list, onGet: (key) => gets.push(key) }),
    });
    const fetched = () => gets.filter((key) => key.startsWith("devices/")).length;
    await beta.pull();
    assert.equal(fetched(), START.objects);
    assert.ok(logs.some((line) => lineOf(line).includes("more in devices/ than a start looks at")));
    for (let pull = 0; pull < 10; pull++) await beta.pull();
    assert.equal(fetched(), count, "each once");
  }));

test("a devices/ without end costs a bounded number of listings, and is named", () =>
  withLogs(async (logs) => {
    await using world = await World.make();
    const list = stuffed(10_000_000);
    await using beta = await world.open("beta", {
      clock: new ManualClock(Date.now()),
      wrap: (bucket) => watched(bucket, { list }),
    });
    for (let pull = 0; pull < 600; pull++) await beta.pull();
    const { requests } = beta.sync.status();
    assert.ok(requests.list <= MOST_DEVICE_PAGES + 10, `${requests.list} listings`);
    assert.ok(logs.some((line) => lineOf(line).includes("pages of a listing")));
  }));

test("what is known of devices is not fetched again by the next start", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const authors = Array.from({ length: 5 }, (_, index) => new Author(index + 1, `n${index}`));
  for (const { device, recordBytes } of authors) await bucket.put(recordKey(device), recordBytes);
  const starts: number[] = [];
  for (let start = 0; start < 2; start++) {
    const gets: string[] = [];
    await using beta = await world.open("beta", {
      wrap: (bucket) => watched(bucket, { onGet: (key) => gets.push(key) }),
    });
    await beta.pull();
    starts.push(gets.filter((key) => key.startsWith("devices/")).length);
  }
  assert.deepEqual(starts, [5, 0]);
});
