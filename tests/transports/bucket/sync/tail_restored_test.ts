/** What heads carry and a writer that is killed, or restored: nothing is lost, no number given twice. */
import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/history/random.ts";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { parseHead } from "../../../../src/transports/bucket/sync/head.ts";
import { headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { rotateDevice } from "../../../../src/transports/bucket/trust/rotation.ts";
import { test } from "../../../harness/test.ts";
import { copyInto } from "../../../history/temp_folder.ts";
import { Hours } from "./hours.ts";
import { forever, type SyncNode, World } from "./world.ts";

async function headOf(bucket: Bucket, node: SyncNode) {
  const { id } = node.history.parts.device;
  const bytes = await new Response((await bucket.get(headKey(id)))?.body).bytes();
  return parseHead(bytes, id);
}

test("killed with events in the head: they get into files once, at the next start", async () => {
  await using world = await World.make();
  const hours = new Hours();
  const first = await world.open("a", hours.options);
  await first.say("one");
  await first.push();
  await first.say("two");
  await first.flush();
  // As it is at this moment.
  await copyInto(first.dir, `${world.path}/a_2`);
  await first[Symbol.asyncDispose]();
  await using again = await world.open("a_2", hours.options);
  assert.equal(await again.sync.settle(forever), "ready");
  await again.say("three");
  await again.push();
  await using b = await world.open("b", hours.options);
  await b.pull();
  assert.deepEqual(await b.texts(), ["one", "three", "two"]);
  assert.equal((await world.storedIds()).length, 3);
  assert.equal(b.sync.status().pulled.faults, 0);
});

for (const state of ["with", "without"] as const) {
  test(`restored ${state} its state from before a head: a new device, and nothing is lost`, async () => {
    await using world = await World.make();
    await using bucket = await world.bucket();
    const hours = new Hours();
    const first = await world.open("a", hours.options);
    await first.say("one");
    await first.push();
    await copyInto(first.dir, `${world.path}/a_2`);
    await first.say("two");
    await first.flush();
    const { device, tail } = await headOf(bucket, first);
    assert.equal(tail.length, 1);
    await first[Symbol.asyncDispose]();
    if (state === "without") await Deno.remove(`${world.path}/a_2/sync`, { recursive: true });
    await using again = await world.open("a_2", hours.options);
    assert.equal(await again.sync.settle(forever), "behind");
    const ids = await world.storedIds();
    assert.equal(ids.length, 2, "those who read files alone find it");
    await using b = await world.open("b", hours.options);
    await b.pull();
    assert.deepEqual(await b.texts(), ["one", "two"]);
    assert.equal(device, again.history.parts.device.id);
  });
}

test("restored, and written to before the bucket was asked: no number is known by two events", async () => {
  await using world = await World.make();
  const hours = new Hours();
  const first = await world.open("a", hours.options);
  await using b = await world.open("b", hours.options);
  await first.say("one");
  await first.push();
  await copyInto(first.dir, `${world.path}/a_2`);
  await first.say("two");
  await first.flush();
  await first[Symbol.asyncDispose]();
  await b.pull();
  const restored = await world.open("a_2", hours.options);
  await restored.say("with the number of two");
  await restored.history.seal();
  assert.equal(await restored.sync.settle(forever), "behind");
  await assert.rejects(() => restored.push(), { code: "sync/behind" });
  await restored[Symbol.asyncDispose]();
  await rotateDevice({ data: restored.dir, clock: hours.clock, random: systemRandom });
  await using again = await world.open("a_2", hours.options);
  await again.pull();
  await again.say("three");
  await again.push();
  await b.pull();
  assert.deepEqual(await b.texts(), ["one", "three", "two"]);
  const { held, lost, headFaults, pulled: { faults } } = b.sync.status();
  assert.deepEqual({ held, lost, headFaults, faults }, {
    ...{ held: 0, lost: 0, headFaults: [], faults: 0 },
  });
  assert.deepEqual(await again.texts(), ["one", "three", "two", "with the number of two"]);
});

test("a history that is older than the state beside it is noticed", async () => {
  await using world = await World.make();
  const hours = new Hours();
  const first = await world.open("a", hours.options);
  await first.say("one");
  await first.push();
  await copyInto(first.dir, `${world.path}/a_2`);
  await first.say("two");
  await first.flush();
  await first[Symbol.asyncDispose]();
  await Deno.remove(`${world.path}/a_2/sync`, { recursive: true });
  await copyInto(`${first.dir}/sync`, `${world.path}/a_2/sync`);
  await using again = await world.open("a_2", hours.options);
  assert.equal(await again.sync.settle(forever), "behind");
});
