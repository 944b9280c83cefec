/**
 * One piece of work of the part `sync`, in a process of its own with the node's flags. Argument: an
 * {@linkcode Order} as JSON. Prints the result as JSON.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { getLogger } from "../../../src/log.ts";
import { listFiles } from "../../../src/transports/bucket/sync/listing.ts";
import { pooled } from "../../../src/transports/bucket/sync/pooled.ts";
import { readBody } from "../../../src/transports/bucket/sync/reading.ts";
import { openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import { HistoryEvents } from "../../../src/transports/bucket/verification/known_events.ts";
import { openVerification } from "../../../src/transports/bucket/verification/verification.ts";
import { corpusMessage } from "../search/corpus.ts";
import { open, openStore, openWorker } from "./opening.ts";
import {
  type FillOrder,
  LANES,
  type Order,
  type RawOrder,
  type RawTimes,
  type SyncOrder,
  type Timed,
  type VerifyOrder,
  type VerifyRates,
} from "./orders.ts";
import { watch } from "./watching.ts";

const AT_ONCE = 2_000;
const OBJECT_BYTES = 64 * 1024 * 1024;
const forever = new AbortController().signal;

if (import.meta.main) {
  const order = JSON.parse(Deno.args[0] ?? "") as Order;
  console.log(JSON.stringify(await carryOut(order)));
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.work) {
    case "fill":
      return await fill(order);
    case "push":
    case "pull":
      return await sync(order);
    case "raw":
      return await raw(order);
    case "verify":
      return await verify(order);
    case "watch":
      return await watch(order);
  }
}

async function fill({ data, node, events, rooms }: FillOrder): Promise<Timed> {
  const history = await open(data, node);
  const started = performance.now();
  for (let done = 0; done < events; done += AT_ONCE) {
    const batch = Math.min(AT_ONCE, events - done);
    await Promise.all(Array.from({ length: batch }, (_, index) => {
      const { sender, words } = corpusMessage(done + index);
      return history.append({
        room: `room${(done + index) % rooms}`,
        sender: `${sender}@${node}`,
        type: "m.room.message",
        content: { body: words.join(" "), msgtype: "m.text" },
      });
    }));
  }
  await history.seal();
  await history.close();
  return { seconds: (performance.now() - started) / 1000 };
}

async function sync({ work, data, node, bucket: location, events }: SyncOrder): Promise<Timed> {
  const history = await open(data, node);
  await using bucket = await openStore(location);
  const worker = await openWorker(history, bucket, work);
  const started = performance.now();
  if (work === "push") await worker.push(forever);
  else await worker.pull(forever);
  const seconds = (performance.now() - started) / 1000;
  const { pushed, pulled } = worker.status();
  const done = work === "push" ? pushed.events : pulled.events;
  if (done !== events) throw new Error(`${work}: ${done} of ${events} events`);
  await worker.stop(0);
  await history.close();
  return { seconds };
}

async function raw({ from, to }: RawOrder): Promise<RawTimes> {
  const everything = await allContents(from);
  const objects = await contents(from);
  await using bucket = await openStore(to);
  const put = performance.now();
  await pooled(everything, LANES, async ([key, bytes]) => {
    await bucket.put(key, bytes, { condition: { kind: "absent" } });
  });
  const get = performance.now();
  await pooled(objects, LANES, async ([key]) => {
    const object = await bucket.get(key);
    if (object !== undefined) await readBody(object, OBJECT_BYTES);
  });
  return {
    putSeconds: (get - put) / 1000,
    getSeconds: (performance.now() - get) / 1000,
    objects: everything.size,
    bytes: [...everything.values()].reduce((sum, { length }) => sum + length, 0),
  };
}

async function verify({ data, bucket }: VerifyOrder): Promise<VerifyRates> {
  const objects = await contents(bucket);
  const history = await open(data, "pull");
  const { device } = history.parts;
  const logger = getLogger(["trust"]);
  const signers = await openTrust({ data, device, clock: systemClock, logger });
  const empty = await open(join(data, "empty"), "empty");
  const rate = async (signatures: keyof VerifyRates) => {
    const verification = await openVerification({
      folder: await Deno.makeTempDir({ dir: data }),
      signers,
      known: new HistoryEvents(empty),
      policy: { unknownKeys: "refuse", unchained: "accept", signatures },
      clock: systemClock,
    });
    let events = 0;
    const started = performance.now();
    for (const [key, bytes] of objects) {
      const announced = { size: bytes.length, sha256: await sha256(bytes) };
      const verified = await verification.verify({ key, body: once(bytes), announced }, forever);
      if (verified.faultCount > 0) throw new Error(`${key}: ${verified.faults[0]?.code}`);
      verification.commit(verified);
      events += verified.accepted.length;
    }
    return events / (performance.now() - started) * 1000;
  };
  const rates = { each: await rate("each"), "chain-ends": await rate("chain-ends") };
  await history.close();
  await empty.close();
  return rates;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...hash));
}

/** Everything in a bucket: message files, what rooms and devices are, heads. */
async function allContents(location: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  await using bucket = await openStore(location);
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  let cursor = {};
  for (;;) {
    const { objects, next } = await bucket.list({ prefix: "", signal: forever, ...cursor });
    for (const { key } of objects) {
      const object = await bucket.get(key);
      if (object !== undefined) found.set(key, await readBody(object, OBJECT_BYTES));
    }
    if (next === undefined) return found;
    cursor = { cursor: next };
  }
}

/** The message files of a bucket, oldest first within a room. */
async function contents(location: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  await using bucket = await openStore(location);
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  for await (const { key } of listFiles(bucket, {}, forever)) {
    const object = await bucket.get(key);
    if (object !== undefined) found.set(key, await readBody(object, OBJECT_BYTES));
  }
  return found;
}
