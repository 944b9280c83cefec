/** What somebody may do who can write to the bucket: neither honest writers nor readers pay for it. */
import assert from "node:assert/strict";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { encodeHead, type HeadEntry } from "../../../../src/transports/bucket/sync/head.ts";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { readQuarantineCounts } from "../../../../src/transports/bucket/verification/quarantine.ts";
import { recordKey } from "../../../../src/transports/bucket/trust/statement.ts";
import { systemClock } from "../../../../src/clock.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { Author, bytesOf, fileOf, NOON } from "../author.ts";
import { watched } from "./watched_bucket.ts";
import { forever, World } from "./world.ts";

const NOTHING = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** Puts a head of somebody who has nothing but a key. */
async function tell(
  bucket: Bucket,
  { device, key }: Author,
  version: number,
  entries: readonly Omit<HeadEntry, "number">[],
): Promise<void> {
  const objects = entries.map((entry, index) => ({ number: index + 1, ...entry }));
  const head = { device, version, count: objects.length, objects, seen: new Map(), tail: [] };
  await bucket.put(headKey(device), encodeHead(head, key));
}

/** A device whose head is looked at before that of another one. */
function before(device: string): Author {
  for (let seed = 1;; seed++) {
    const author = new Author(seed, "mallory");
    if (author.device < device) return author;
  }
}

test("what a head tells of others' files is no reason to refuse them", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using alpha = await world.open("alpha");
  await alpha.say("one");
  await alpha.push();
  const mallory = before(alpha.history.parts.device.id);
  const files = await Array.fromAsync(listFiles(bucket, {}, forever));
  await tell(bucket, mallory, 1, files.map(({ key, size }) => ({ key, size, sha256: NOTHING })));
  await using beta = await world.open("beta");
  await beta.pull();
  await beta.pull();
  assert.deepEqual(await beta.texts(), ["one"]);
  const { waiting, pulled } = beta.sync.status();
  assert.deepEqual([waiting, pulled.faults], [0, 0]);
});

test("a head that names thousands of things keeps nobody else's waiting", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using alpha = await world.open("alpha");
  const clock = new ManualClock(Date.now());
  await using beta = await world.open("beta", { clock });
  await alpha.say("one");
  await alpha.push();
  await beta.pull();
  const entries = (kind: string, at: number) =>
    Array.from({ length: 1_000 }, (_, index) => {
      const number = at * 1_000 + index;
      const start = NOON + number;
      const key = kind === "devices"
        ? `devices/${"a".repeat(12)}${
          [..."aaaa"].map((_, place) => letter(number, place)).join("")
        }.json`
        : `rooms/lobby/logs/2026-01-02/messages_${start}_${start}_${mallory.device}.jsonl`;
      return { key, size: 1, sha256: NOTHING };
    });
  const mallory = before(alpha.history.parts.device.id);
  const gets = () => beta.sync.status().requests.get;
  const first = gets();
  await tell(bucket, mallory, 1, entries("devices", 0));
  beta.sync.wake(mallory.device);
  await beta.pull();
  assert.ok(gets() - first < 200, `${gets() - first} requests for one head`);
  for (let version = 2; version < 7; version++) {
    await tell(bucket, mallory, version, entries("files", version));
    beta.sync.wake(mallory.device);
    await beta.pull();
  }
  assert.ok(beta.sync.status().waiting <= 2_000);
  await alpha.say("two");
  await alpha.push();
  beta.sync.wake(alpha.history.parts.device.id);
  await beta.pull();
  assert.deepEqual(await beta.texts(), ["one", "two"]);
});

const letter = (number: number, place: number) =>
  "abcdefghijklmnopqrstuvwxyz234567".charAt(Math.floor(number / 32 ** place) % 32);

test("hints, true or not, do not put off the look that needs none", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const clock = new ManualClock(Date.now());
  await using alpha = await world.open("alpha");
  await alpha.say("one");
  await alpha.push();
  const mallory = before(alpha.history.parts.device.id);
  await tell(bucket, mallory, 1, []);
  await using beta = await world.open("beta", { clock });
  await beta.pull();
  await alpha.say("two");
  await alpha.push();
  for (let round = 0; round < 40 && (await beta.texts()).length < 2; round++) {
    clock.advance(10_000);
    beta.sync.wake(mallory.device);
    await beta.pull();
  }
  assert.deepEqual(await beta.texts(), ["one", "two"]);
});

test("rooms without end cost a bounded number of listings, and each has its turn", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  const stranger = new Author(9, "stranger");
  const clock = new ManualClock(Date.now());
  const now = clock.now();
  const rooms = Array.from({ length: 100 }, (_, index) => `room ${index}`);
  const put = async (room: string, at: number) => {
    const { key, body } = fileOf(stranger, [stranger.say({ room, at })]);
    const parts = await Array.fromAsync(body as AsyncIterable<Uint8Array<ArrayBuffer>>);
    await bucket.put(key, parts[0] ?? bytesOf(""));
  };
  for (const room of rooms) await put(room, now);
  await using beta = await world.open("beta", { clock });
  await beta.pull();
  await beta.pull();
  const seen = () => beta.sync.status().pulled.objects;
  assert.equal(seen(), rooms.length);
  for (const room of rooms) await put(room, now + 1);
  const turns = Math.ceil(rooms.length / 16);
  for (let turn = 0; turn <= turns; turn++) {
    const lists = beta.sync.status().requests.list;
    clock.advance(15_000);
    await beta.pull();
    const asked = beta.sync.status().requests.list - lists;
    assert.ok(asked <= 17, `${asked} listings at a time`);
  }
  for (let round = 0; round < 3; round++) {
    clock.advance(5_000);
    await beta.pull();
  }
  assert.equal(seen(), 2 * rooms.length);
});

test("more keys than are followed: known writers are still heard, and trusted ones", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  await using alpha = await world.open("alpha");
  await alpha.say("one");
  await alpha.push();
  const clock = new ManualClock(Date.now());
  const looked = new Set<string>();
  const wrap = (inner: Bucket) => watched(inner, { onGet: (key) => looked.add(key) });
  {
    await using beta = await world.open("beta", { clock });
    await beta.pull();
  }
  for (let seed = 1; seed <= 1_200; seed++) {
    const mallory = new Author(seed * 257, `mallory${seed}`);
    await tell(bucket, mallory, 1, []);
    // Half of them show who they are.
    if (seed % 2 === 0) await bucket.put(recordKey(mallory.device), mallory.recordBytes);
  }
  await using friend = await world.open("friend");
  await friend.say("two");
  await friend.push();
  const trust = await openTrustByHand({ data: `${world.path}/beta`, clock: systemClock });
  await trust.trust(friend.history.parts.device.id);
  await using beta = await world.open("beta", { clock, wrap });
  await beta.sync.scan(forever);
  const heads = () => Array.from(looked).filter((key) => key.startsWith("heads/"));
  assert.ok(heads().length <= 100 + 600 + 2, `${heads().length} heads`);
  assert.deepEqual(await beta.texts(), ["one", "two"]);
  await alpha.say("three");
  await alpha.push();
  looked.clear();
  beta.sync.wake(alpha.history.parts.device.id);
  await beta.pull();
  assert.ok(looked.has(headKey(alpha.history.parts.device.id)));
  assert.deepEqual(await beta.texts(), ["one", "three", "two"]);
});

for (
  const { spoil, code, why } of [
    { spoil: (text: string) => text.replace("one", "two"), code: "altered", why: "other bytes" },
    { spoil: (text: string) => text.slice(0, -40), code: "truncated", why: "cut off" },
    { spoil: (text: string) => `${text}{}\n`, code: "altered", why: "something added" },
  ]
) {
  test(`a file that is not the one that was announced is named, and taken once it is: ${why}`, async () => {
    await using world = await World.make();
    await using alpha = await world.open("alpha");
    await alpha.say("one");
    await alpha.push();
    await using bucket = await world.bucket();
    const [file] = await Array.fromAsync(listFiles(bucket, {}, forever));
    const path = `${world.bucketFolder}/${file?.key}`;
    const sound = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, spoil(sound));
    for (let start = 0; start < 2; start++) {
      let later = 0;
      const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
      await using beta = await world.open("beta", { clock });
      for (let round = 0; round < 3; round++) {
        await beta.pull();
        later += 60_000;
      }
      const { lost, waiting, pulled } = beta.sync.status();
      assert.deepEqual([lost, waiting, pulled.faults > 0], [1, 0, start === 0]);
      assert.deepEqual(await beta.texts(), []);
    }
    assert.ok((await refusals(world)).includes(`object/${code}`));
    await Deno.writeTextFile(path, sound);
    await using beta = await world.open("beta");
    await beta.pull();
    assert.deepEqual(await beta.texts(), ["one"]);
    assert.equal(beta.sync.status().lost, 0);
    assert.deepEqual(await refusals(world), []);
  });
}

/** What the node beta holds against others. */
async function refusals(world: World): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${world.path}/beta/sync`)) {
    if (!isDirectory) continue;
    const counts = await readQuarantineCounts(`${world.path}/beta/sync/${name}`);
    found.push(...counts.map(({ code }) => code));
  }
  return found;
}
