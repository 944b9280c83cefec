/** What heads tell, what they hide, and what looking costs. */
import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../../../src/clock.ts";
import { SigningKey } from "../../../../src/message/signature.ts";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";
import { encodeHead, parseHead } from "../../../../src/transports/bucket/sync/head.ts";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { test } from "../../../harness/test.ts";
import { forever, type SyncNode, World } from "./world.ts";

/** Pauses pass a hundred thousand times as fast; timers and the time of day do not. */
const hasty: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 100_000 };

async function say(node: SyncNode, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await node.say(text);
    await node.push();
  }
}

async function pulls(node: SyncNode, count: number): Promise<void> {
  for (let polls = 0; polls < count; polls++) await node.pull();
}

async function read(bucket: Bucket, key: string): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response((await bucket.get(key))?.body).bytes();
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `n ${at}`).sort();

test("a reader who was away for longer than a head lists finds the rest by one listing", async () => {
  await using world = await World.make();
  await using a = await world.open("a");
  await using b = await world.open("b", { clock: hasty });
  await say(a, "first");
  await b.pull();
  const before = b.sync.status().requests.list;
  await say(a, ...numbered(80));
  await pulls(b, 3);
  assert.deepEqual(await b.texts(), ["first", ...numbered(80)].sort());
  assert.equal(b.sync.status().requests.list - before, 1);
});

test("an older head is named and changes nothing; the next one is taken", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using a = await world.open("a");
  await using b = await world.open("b");
  const key = headKey(a.history.parts.device.id);
  await say(a, "one");
  const older = await read(bucket, key);
  await say(a, "two");
  await b.pull();
  const newer = await read(bucket, key);
  await bucket.put(key, older);
  await pulls(b, 2);
  assert.deepEqual(b.sync.status().headFaults, [
    { device: a.history.parts.device.id, fault: "head/replayed" },
  ]);
  assert.deepEqual(await b.texts(), ["one", "two"]);
  await bucket.put(key, newer);
  await say(a, "three");
  await pulls(b, 2);
  assert.deepEqual(b.sync.status().headFaults, []);
  assert.deepEqual(await b.texts(), ["one", "three", "two"]);
});

test("a head of another key, or of none, is named and tells nothing", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using a = await world.open("a");
  await using b = await world.open("b");
  await say(a, "one");
  await b.pull();
  const device = a.history.parts.device.id;
  const head = parseHead(await read(bucket, headKey(device)), device);
  const thief = SigningKey.generate((bytes) => void crypto.getRandomValues(bytes));
  const forgeries = [
    encodeHead({ ...head, version: 99, objects: [], count: 0 }, thief),
    new TextEncoder().encode("{}"),
    new TextEncoder().encode(
      new TextDecoder().decode(encodeHead(head, a.history.parts.device.key))
        .replace('"version":1', '"version":2'),
    ),
  ];
  for (const forgery of forgeries) {
    await bucket.put(headKey(device), forgery);
    await pulls(b, 2);
    assert.deepEqual(b.sync.status().headFaults, [{ device, fault: "head/form" }]);
  }
  await say(a, "two");
  await pulls(b, 2);
  assert.deepEqual(b.sync.status().headFaults, []);
  assert.deepEqual(await b.texts(), ["one", "two"]);
});

test("a file that is named and withheld is given up and named, and holds nobody up", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using a = await world.open("a");
  await using b = await world.open("b", { clock: hasty });
  await say(a, "one", "two", "three");
  const [, second] = await Array.fromAsync(listFiles(bucket, {}, forever));
  const kept = await read(bucket, second?.key ?? "");
  await bucket.delete(second?.key ?? "");
  await pulls(b, 20);
  assert.deepEqual(await b.texts(), ["one", "three"]);
  assert.equal(b.sync.status().lost, 1);
  assert.equal(b.sync.status().waiting, 0, "nobody waits for ever");
  // The look of the next day finds what came back.
  await bucket.put(second?.key ?? "", kept);
  await b.sync.scan(forever);
  assert.deepEqual(await b.texts(), ["one", "three", "two"]);
  assert.equal(b.sync.status().lost, 0);
});

test("a beacon that is spoilt, forged or gone costs time and nothing else", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const nodes = await Promise.all(["a", "b", "c"].map((name) => world.open(name)));
  const [a, b, c] = nodes as [SyncNode, SyncNode, SyncNode];
  for (const node of nodes) await say(node, `hello from ${node.name}`);
  for (const node of nodes) await pulls(node, 30);
  const lies = [
    "not even JSON",
    '{"heads":{"aaaaaaaaaaaaaaaa":7}}',
    `{"heads":"${"x".repeat(99)}"}`,
  ];
  for (const [at, lie] of lies.entries()) {
    await bucket.put("beacon.json", new TextEncoder().encode(lie));
    await say(a, `again ${at}`);
    await bucket.put("beacon.json", new TextEncoder().encode(lie));
    for (const node of [b, c]) await pulls(node, 30);
  }
  for (const node of nodes) assert.equal((await node.texts()).length, 6, node.name);
});

test("where nothing may be overwritten, listing finds everything", async () => {
  await using world = await World.make();
  const abilities = { putIfAbsent: true, putIfMatch: false, delete: false };
  const wrap = (bucket: Bucket): Bucket => new WriteOnce(bucket) as unknown as Bucket;
  const options = { abilities, wrap, clock: hasty };
  await using a = await world.open("a", options);
  await using b = await world.open("b", options);
  for (let round = 0; round < 5; round++) {
    await say(a, `a ${round} 1`, `a ${round} 2`);
    await say(b, `b ${round} 1`);
    await pulls(a, 2);
    await pulls(b, 2);
  }
  assert.equal((await a.texts()).length, 15);
  assert.deepEqual(await a.texts(), await b.texts());
  await b[Symbol.asyncDispose]();
  await using again = await world.open("b", options);
  await say(again, "after a restart");
  await pulls(a, 2);
  assert.equal((await a.texts()).length, 16);
  assert.equal((await world.storedIds()).length, 16, "and nothing is stored twice");
});

/** As a bucket with object lock, or a policy against overwriting. */
class WriteOnce {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    return new Proxy(this, {
      get: (target, name) => {
        if (name === "put") return target.put.bind(target);
        if (name === "delete") return () => Promise.reject(denied("delete"));
        const value = Reflect.get(bucket, name);
        return typeof value === "function" ? value.bind(bucket) : value;
      },
    });
  }

  async put(...[key, content, options]: Parameters<Bucket["put"]>) {
    if (options?.condition?.kind === "match") throw denied(key);
    const isThere = await this.#bucket.head(key) !== undefined;
    if (isThere && options?.condition === undefined) throw denied(key);
    return await this.#bucket.put(key, content, options);
  }
}

function denied(key: string): BucketError {
  return new BucketError("bucket/forbidden", `Cannot overwrite ${key}: it is locked`);
}

test("an idle watcher asks once an interval, and a little more; it never lists", async () => {
  await using world = await World.make();
  const nodes = await Promise.all(["a", "b", "c", "d"].map((name) => world.open(name)));
  for (const node of nodes) await say(node, `hello from ${node.name}`);
  for (const node of nodes) await pulls(node, 60);
  const before = nodes.map((node) => node.sync.status().requests);
  for (const node of nodes) {
    for (let tick = 0; tick < 120; tick++) {
      await node.push();
      await node.pull();
    }
  }
  for (const [at, node] of nodes.entries()) {
    const { get, put, list, head } = node.sync.status().requests;
    const was = before[at];
    assert.ok(was !== undefined);
    assert.deepEqual([put - was.put, list - was.list, head - was.head], [0, 0, 0]);
    // 17,280 intervals of 5 s are a day: below 20,000 requests.
    assert.ok((get - was.get) * 17_280 / 120 < 20_000, `${get - was.get} for 120 intervals`);
  }
});

test("a flush of one room is one file and one head", async () => {
  await using world = await World.make();
  await using a = await world.open("a");
  await using b = await world.open("b");
  await say(b, "hello");
  await say(a, "hello");
  await a.pull();
  const before = a.sync.status().requests;
  for (let flush = 0; flush < 20; flush++) {
    for (let each = 0; each < 10; each++) await a.say(`${flush} ${each}`);
    await a.push();
  }
  const { put, get, list } = a.sync.status().requests;
  assert.deepEqual([put - before.put, get - before.get, list - before.list], [40, 0, 0]);
});
