/**
 * What nodes ask of a bucket while nothing is said, and while much is.
 *
 * @module
 */
import { join } from "node:path";
import type { FileHistory } from "../../../src/history/store.ts";
import type { Bucket } from "../../../src/transports/bucket/stores/contract.ts";
import type { SyncWorker } from "../../../src/transports/bucket/sync/worker.ts";
import { pause } from "../child.ts";
import { open as openHistory, openStore, openWorker } from "./opening.ts";
import type { Asked, Watched, WatchOrder } from "./orders.ts";

const ROOM = "lobby";
/** Messages of each busy writer, milliseconds apart. */
const SAID_EVERY_MS = 100;
const forever = new AbortController().signal;

/** A node that is opened and does nothing by itself yet. */
interface Node {
  readonly name: string;
  readonly history: FileHistory;
  readonly sync: SyncWorker;
}

/** Carries out a {@linkcode WatchOrder}. */
export async function watch({ folder, seconds }: WatchOrder): Promise<Watched> {
  await using opened = new AsyncDisposableStack();
  const open = (place: string, name: string) => openNode(folder, place, name, opened);
  const idleOne = await watcher(open, "one", 1);
  const idleFive = await watcher(open, "five", 5);
  const busy = await Promise.all(["left", "right"].map((name) => open("busy", name)));
  for (const node of busy) await say(node, "first");
  const [left, right] = busy;
  if (left === undefined || right === undefined) throw new RangeError("two writers are needed");
  const all = [idleOne, idleFive, left, right];
  for (const { sync } of all) sync.start();
  await settled(all);
  const flushed = left.sync.status().pushed.flushes;
  const before = all.map(({ sync }) => sync.status().requests);
  const end = performance.now() + seconds * 1000;
  let said = 0;
  while (performance.now() < end) {
    await Promise.all(busy.map((node) => say(node, `message ${said}`)));
    said++;
    await pause(SAID_EVERY_MS);
  }
  const [one, five, first] = all.map(({ sync }, index) => {
    const at = before[index];
    const now = sync.status().requests;
    return { asked: difference(now, at) };
  });
  const stored = right.sync.status().pushed;
  const flushes = left.sync.status().pushed.flushes - flushed;
  const atScan = idleFive.sync.status().requests;
  await idleFive.sync.scan(forever);
  return {
    idleOne: one?.asked ?? NOTHING,
    idleFive: five?.asked ?? NOTHING,
    busy: first?.asked ?? NOTHING,
    flushes,
    scan: difference(idleFive.sync.status().requests, atScan),
    said,
    // Heads are overwritten: only files stay.
    bytes: said * stored.bytes / stored.events,
  };
}

const NOTHING: Asked = { put: 0, get: 0, head: 0, list: 0, delete: 0 };

/** A node that has taken in what `writers` others wrote before. */
async function watcher(
  open: (bucket: string, name: string) => Promise<Node>,
  bucket: string,
  writers: number,
): Promise<Node> {
  for (let writer = 1; writer <= writers; writer++) {
    const node = await open(bucket, `writer${writer}`);
    await say(node, "hello");
    await node.sync.push(forever);
  }
  const node = await open(bucket, "watcher");
  await node.sync.pull(forever);
  return node;
}

async function openNode(
  folder: string,
  place: string,
  name: string,
  opened: AsyncDisposableStack,
): Promise<Node> {
  const dir = join(folder, `${place}-${name}`);
  const history = await openHistory(dir, name);
  opened.defer(() => history.close());
  const store = opened.use(await openStore(join(folder, `${place}-bucket`)));
  const sync = await openWorker(history, asRemote(store), "both");
  opened.defer(() => sync.stop(0));
  return { name, history, sync };
}

/** The same without its folder, so that it is polled as a bucket behind a network is. */
function asRemote(bucket: Bucket): Bucket {
  return new Proxy(bucket, {
    get: (target, key) => {
      if (key === "folder") return undefined;
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function say({ name, history }: Node, body: string): Promise<void> {
  await history.append({
    room: ROOM,
    sender: `ann@${name}`,
    type: "m.room.message",
    content: { body, msgtype: "m.text" },
  });
}

/** What a start asks for is over. */
async function settled(nodes: readonly Node[]): Promise<void> {
  for (const { sync } of nodes) {
    while (sync.status().sincePull === undefined || sync.status().sincePush === undefined) {
      await pause(50);
    }
  }
}

function difference(now: Asked, before: Asked = NOTHING): Asked {
  const of = (kind: keyof Asked) => now[kind] - before[kind];
  return {
    put: of("put"),
    get: of("get"),
    head: of("head"),
    list: of("list"),
    delete: of("delete"),
  };
}
