/** What heads carry until it is in a file: seen at once, and for few requests. */
import assert from "node:assert/strict";
import { test } from "../../../harness/test.ts";
import { Hours } from "./hours.ts";
import { World } from "./world.ts";

test("a busy room: one object a flush, seen by the next poll, in files before long", async () => {
  await using world = await World.make();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await using b = await world.open("b", hours.options);
  for (const node of [a, b]) {
    await node.say(`hello from ${node.name}`);
    await node.push();
  }
  for (const node of [a, b]) await node.pull();
  const [writer, reader] = [a, b].map((node) => node.sync.status().requests);
  const flushes = 40;
  for (let flush = 0; flush < flushes; flush++) {
    hours.pass();
    await Promise.all(["x", "y", "z"].map((each) => a.say(`a ${flush} ${each}`)));
    await a.flush();
    await b.pull();
    assert.ok((await b.texts()).includes(`a ${flush} z`), `flush ${flush} is seen`);
    if (flush % 13 > 0) continue;
    // Twelve flushes, and the one that makes the file.
    const inFiles = 2 + 3 * Math.max(0, flush - 13);
    assert.ok((await world.storedIds()).length >= inFiles, `flush ${flush}: in files`);
  }
  const asked = { a: a.sync.status().requests, b: b.sync.status().requests };
  assert.equal(asked.a.put - (writer?.put ?? 0), flushes);
  const received = asked.b.bytesDown - (reader?.bytesDown ?? 0);
  const written = a.sync.status().pushed.bytes;
  assert.ok(received < 4 * written, `${received} bytes of ${written} are fetched`);
  const lists = asked.b.list - (reader?.list ?? 0);
  assert.ok(lists > 0 && lists <= flushes / 12, `${lists} listings`);
  assert.equal(b.sync.status().pulled.faults, 0);
  await a.push();
  await b.pull();
  const ids = await world.storedIds();
  assert.deepEqual([ids.length, new Set(ids).size], [2 + flushes * 3, 2 + flushes * 3]);
  assert.deepEqual(await b.texts(), await a.texts());
});

test("three writers who talk: the beacon is spared, too, and nobody waits", async () => {
  await using world = await World.make();
  const hours = new Hours();
  const nodes = await Promise.all(["a", "b", "c"].map((name) => world.open(name, hours.options)));
  for (const node of nodes) {
    await node.say(`hello from ${node.name}`);
    await node.push();
  }
  for (let polls = 0; polls < 40; polls++) for (const node of nodes) await node.pull();
  const before = nodes.map((node) => node.sync.status().requests.put);
  const flushes = 30;
  for (let flush = 0; flush < flushes; flush++) {
    hours.pass();
    for (const node of nodes) {
      await node.say(`${node.name} ${flush}`);
      await node.flush();
    }
    for (const node of nodes) {
      await node.pull();
      assert.equal((await node.texts()).length, 3 * (flush + 2), `${node.name} at ${flush}`);
    }
  }
  for (const [at, node] of nodes.entries()) {
    const puts = node.sync.status().requests.put - (before[at] ?? 0);
    // The beacon at the beginning, for which all three compete.
    assert.ok(puts <= flushes + 3, `${node.name}: ${puts} objects`);
  }
});

test("a word now and then: a head, half a minute later a file, and then silence", async () => {
  await using world = await World.make();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await a.say("hello");
  await a.push();
  const before = a.sync.status().requests;
  await a.say("one");
  for (let flush = 0; flush < 100; flush++) {
    await a.flush();
    hours.pass();
    assert.equal((await world.storedIds()).length, flush < 6 ? 1 : 2);
  }
  const { put, list, get } = a.sync.status().requests;
  assert.deepEqual([put - before.put, list - before.list, get - before.get], [2, 0, 0]);
});

test("whoever comes when it is quiet gets everything, from the head and from files", async () => {
  await using world = await World.make();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await a.say("one");
  await a.push();
  await a.say("two");
  await a.flush();
  await using b = await world.open("b", hours.options);
  await b.pull();
  assert.deepEqual(await b.texts(), ["one", "two"]);
  hours.pass(8);
  await a.flush();
  assert.equal((await world.storedIds()).length, 2);
  await using c = await world.open("c", hours.options);
  await c.pull();
  assert.deepEqual(await c.texts(), ["one", "two"]);
  for (const node of [b, c]) {
    const { lost, waiting, held, pulled: { faults } } = node.sync.status();
    assert.deepEqual({ lost, waiting, held, faults }, { lost: 0, waiting: 0, held: 0, faults: 0 });
  }
});

test("where no head can be replaced for certain, every flush makes a file", async () => {
  await using world = await World.make();
  const hours = new Hours();
  const abilities = { putIfAbsent: true, putIfMatch: false, delete: false };
  await using a = await world.open("a", { ...hours.options, abilities });
  await a.say("one");
  await a.flush();
  assert.equal((await world.storedIds()).length, 1);
});

test("what others say does not make our head news", async () => {
  await using world = await World.make();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await using b = await world.open("b", hours.options);
  for (const node of [a, b]) await node.push();
  await a.say("one");
  await a.flush();
  const before = a.sync.status().requests.put;
  for (let each = 0; each < 5; each++) {
    await b.say(`b ${each}`);
    await b.flush();
    await a.pull();
    await a.history.seal();
    await a.flush();
  }
  assert.equal(a.sync.status().requests.put, before);
  assert.equal((await a.texts()).length, 6);
});
