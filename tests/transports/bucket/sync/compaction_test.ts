/** Many small files become few, and nobody misses anything. */
import assert from "node:assert/strict";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { test } from "../../../harness/test.ts";
import { skewed } from "./chaos.ts";
import { forever, World } from "./world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

async function keysOf(world: World): Promise<string[]> {
  await using bucket = await world.bucket();
  return (await Array.fromAsync(listFiles(bucket, {}, forever))).map(({ key }) => key);
}

test("files of a day that is over become one; the old ones go when every reader has passed", async () => {
  await using world = await World.make();
  const past = skewed(-3 * DAY_MS);
  const expected: string[] = [];
  {
    await using a = await world.open("a", { clock: past });
    for (let flush = 0; flush < 5; flush++) {
      for (let each = 0; each < 3; each++) {
        expected.push(`${flush} ${each}`);
        await a.say(`${flush} ${each}`);
      }
      await a.push();
    }
  }
  await using b = await world.open("b");
  await b.pull();
  await b.say("from b");
  await b.push();
  await using a = await world.open("a");
  await a.pull();
  const first = await a.sync.compact(forever);
  assert.deepEqual(first, { made: 1, removed: 0, waiting: 5 }, "b has not seen the new one");
  assert.equal((await keysOf(world)).length, 7);
  assert.deepEqual(await a.sync.compact(forever), { made: 0, removed: 0, waiting: 5 });

  // One who comes in between reads both and holds everything once.
  await using c = await world.open("c");
  await c.pull();
  assert.deepEqual(await c.texts(), [...expected, "from b"].sort());

  await b.pull();
  await b.sync.acknowledge(forever);
  await a.pull();
  assert.deepEqual(await a.sync.compact(forever), { made: 0, removed: 5, waiting: 0 });
  assert.equal((await keysOf(world)).length, 2);

  await using late = await world.open("d");
  await late.pull();
  assert.deepEqual(await late.texts(), [...expected, "from b"].sort());
  for (const node of [a, b, c, late]) {
    const { lost, pulled, conflicts } = node.sync.status();
    assert.deepEqual([lost, pulled.faults, conflicts], [0, 0, 0], node.name);
  }
});

test("whoever looks at a file that has gone finds its events in the merged one", async () => {
  await using world = await World.make();
  await using b = await world.open("b");
  await b.pull();
  {
    await using a = await world.open("a", { clock: skewed(-3 * DAY_MS) });
    for (const text of ["one", "two", "three"]) {
      await a.say(text);
      await a.push();
    }
  }
  // b learns of the files by their writer's head; then they are gone.
  await using a = await world.open("a");
  await a.sync.compact(forever);
  await using bucket = await world.bucket();
  const small = (await keysOf(world)).filter((key) => /messages_(\d+)_\1_/.test(key));
  assert.equal(small.length, 3);
  for (const key of small) await bucket.delete(key);
  for (let polls = 0; polls < 30; polls++) await b.pull();
  assert.deepEqual(await b.texts(), ["one", "three", "two"]);
});

test("where nothing may be removed nothing is merged", async () => {
  await using world = await World.make();
  const abilities = { putIfAbsent: true, putIfMatch: true, delete: false };
  await using a = await world.open("a", { clock: skewed(-3 * DAY_MS), abilities });
  await a.say("one");
  await a.push();
  await a.say("two");
  assert.equal(await a.sync.compact(forever), undefined);
});
