/** What heads carry and whoever may write to the bucket: it is named, and costs little. */
import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import { encodeEvent } from "../../../../src/message/line.ts";
import { encodeHead } from "../../../../src/transports/bucket/sync/head.ts";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { fileKey, headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { test } from "../../../harness/test.ts";
import { Author } from "../author.ts";
import { Hours } from "./hours.ts";
import { forever, type SyncNode, World } from "./world.ts";

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
