/** What heads carry until it is in a file: seen at once, lost never, and for few requests. */
import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { systemRandom } from "../../../../src/history/random.ts";
import { encodeEvent } from "../../../../src/message/line.ts";
import { encodeHead, parseHead } from "../../../../src/transports/bucket/sync/head.ts";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { fileKey, headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { rotateDevice } from "../../../../src/transports/bucket/trust/rotation.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { copyInto } from "../../../history/temp_folder.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { Author } from "../author.ts";
import { forever, type NodeOptions, type SyncNode, World } from "./world.ts";

const INTERVAL = 5_000;

/** Nodes with one clock that moves by an interval at a time. */
class Hours {
  readonly clock = new ManualClock(Date.now());
  readonly options: NodeOptions = { clock: this.clock, interval: INTERVAL };

  pass(intervals = 1): void {
    this.clock.advance(intervals * INTERVAL);
  }
}

async function headOf(bucket: Bucket, node: SyncNode) {
  const { id } = node.history.parts.device;
  const bytes = await new Response((await bucket.get(headKey(id)))?.body).bytes();
  return parseHead(bytes, id);
}

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

test("what a stranger's head carries waits for trust, and comes with it", async () => {
  await using world = await World.make();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await a.say("one");
  await a.push();
  await using b = await world.open("b", hours.options);
  await b.pull();
  // The same name on another machine: it waits.
  await using other = await world.open("a_2", hours.options);
  await other.say("two");
  await other.flush();
  await b.sync.scan(forever);
  assert.deepEqual(await b.texts(), ["one"]);
  assert.equal(b.sync.status().held, 1);
  const byHand = await openTrustByHand({ data: b.dir, clock: systemClock });
  await byHand.trust(other.history.parts.device.id);
  await b.pull();
  assert.deepEqual(await b.texts(), ["one", "two"]);
  assert.equal(b.sync.status().held, 0);
});

test("a forged line in a head is refused and kept; the others are taken, once", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const author = new Author(7, "mallory");
  await bucket.put(`devices/${author.device}.json`, author.recordBytes);
  const sound = encodeEvent(author.say({ body: "sound" }));
  const forged = encodeEvent(author.say({ body: "forged" })).replace('"forged"', '"altered"');
  const foreign = encodeEvent(new Author(8, "alice").say({ body: "another's" }));
  const rubbish = ["", "{", "null", '{"event_id":1}'];
  await using b = await world.open("b");
  for (let version = 1; version < 4; version++) {
    const tail = [sound, forged, foreign, ...rubbish];
    const head = { device: author.device, version, count: 0, objects: [], seen: new Map(), tail };
    await bucket.put(headKey(author.device), encodeHead(head, author.key));
    await b.pull();
    assert.deepEqual(await b.texts(), ["sound"]);
  }
  assert.equal(b.sync.status().pulled.events, 1);
  const evidence = await Array.fromAsync(quarantined(b));
  assert.ok(evidence.some((text) => text.includes("line/signature")), "it is named");
  assert.ok(evidence.some((text) => text.includes("altered")), "with its evidence");
});

async function* quarantined({ dir }: SyncNode): AsyncGenerator<string> {
  for await (const bucket of Deno.readDir(`${dir}/sync`)) {
    if (bucket.name === "trust") continue;
    const folder = `${dir}/sync/${bucket.name}/quarantine`;
    for await (const { name } of Deno.readDir(folder)) {
      yield await Deno.readTextFile(`${folder}/${name}`);
    }
  }
}

test("a head that announces a file costs its readers three listings at the most", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const author = new Author(7, "mallory");
  const { device, key } = author;
  await bucket.put(`devices/${device}.json`, author.recordBytes);
  const rows = [
    [`rooms/lobby/logs/2026-01-02/messages_1_2_${device}.jsonl`, 3, "nothing is there"],
    [`rooms/lobby/logs/2026-01-02/messages_1_2_aaaaaaaaaaaaaaaa.jsonl`, 0, "another's file"],
    [
      fileKey({ room: "direct:a@b,c@d", day: "2026-01-02", start: 1, end: 2, writer: device }),
      0,
      "a private conversation",
    ],
    ["rooms/", 0, "no file"],
  ] as const;
  await using b = await world.open("b", { direct: "keep" });
  await b.pull();
  for (const [index, [closing, most, why]] of rows.entries()) {
    const head = { device, version: index + 1, count: 0, objects: [], seen: new Map(), tail: [] };
    await bucket.put(headKey(device), encodeHead({ ...head, closing }, key));
    const before = b.sync.status().requests.list;
    for (let polls = 0; polls < 20; polls++) {
      b.sync.wake(device);
      await b.pull();
    }
    assert.equal(b.sync.status().requests.list - before, most, why);
  }
});

test("a file that came early is judged when its head is there: cut off, it is named", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await using b = await world.open("b", hours.options);
  await a.push();
  const files = async () => (await Array.fromAsync(listFiles(bucket, {}, forever)));
  let said = 0;
  const flush = async () => {
    hours.pass();
    await a.say(`${said++}`);
    await a.say(`${said++}`);
    await a.flush();
  };
  while ((await files()).length === 0) {
    await flush();
    // Before it lists.
    if ((await files()).length === 0) await b.pull();
  }
  const [file] = await files();
  const whole = await new Response((await bucket.get(file?.key ?? ""))?.body).bytes();
  const end = new TextDecoder().decode(whole).trimEnd().lastIndexOf("\n") + 1;
  await bucket.put(file?.key ?? "", whole.slice(0, end));
  await b.pull();
  assert.equal((await b.texts()).length, said - 1, "what there is, is taken");
  await flush();
  for (let polls = 0; polls < 4; polls++) {
    hours.pass();
    await b.pull();
  }
  assert.equal((await b.texts()).length, said - 1, "what comes later does not wait for it");
  const evidence = await Array.fromAsync(quarantined(b));
  assert.ok(evidence.some((text) => text.includes("object/truncated")), "it is named");
  assert.ok(b.sync.status().pulled.faults > 0, "and counted");
});

test("an older head with another tail is named, and changes nothing", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const hours = new Hours();
  await using a = await world.open("a", hours.options);
  await using b = await world.open("b", hours.options);
  const { id } = a.history.parts.device;
  await a.say("one");
  await a.flush();
  const older = await new Response((await bucket.get(headKey(id)))?.body).bytes();
  await a.say("two");
  await a.flush();
  await b.pull();
  await bucket.put(headKey(id), older);
  await b.pull();
  assert.deepEqual(b.sync.status().headFaults, [{ device: id, fault: "head/replayed" }]);
  assert.deepEqual(await b.texts(), ["one", "two"]);
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
