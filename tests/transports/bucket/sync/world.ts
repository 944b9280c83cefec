/**
 * Nodes that share a bucket: real histories, a real folder, real keys. A node can be closed, killed
 * (its folder as it is at that moment goes on), restored from a backup.
 */
import { join } from "node:path";
import type { Clock } from "../../../../src/clock.ts";
import { systemClock } from "../../../../src/clock.ts";
import { openHistory } from "../../../../src/history/open.ts";
import type { FileHistory } from "../../../../src/history/store.ts";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { openFolder } from "../../../../src/transports/bucket/stores/local/open.ts";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { openSync, type SyncOptions } from "../../../../src/transports/bucket/sync/open.ts";
import type { SyncWorker } from "../../../../src/transports/bucket/sync/worker.ts";
import { TempFolder } from "../../../history/temp_folder.ts";

/** Never aborts. */
export const forever: AbortSignal = new AbortController().signal;

/** What a node of a test may do differently. */
export interface NodeOptions extends Partial<SyncOptions> {
  /** What its bucket does besides storing. */
  readonly wrap?: (bucket: Bucket) => Bucket;
  readonly journalBytes?: number;
}

/** One data folder with its sync, opened. */
export interface SyncNode extends AsyncDisposable {
  readonly name: string;
  readonly dir: string;
  readonly history: FileHistory;
  readonly sync: SyncWorker;
  /** Says something; `text` should differ from everything else. */
  say(text: string, room?: string, sender?: string): Promise<void>;
  /** Everything that is said in a room, in the order of the timeline. */
  texts(room?: string): Promise<string[]>;
  /** The stored lines of a room by id, sealed ones with their signatures. */
  lines(room?: string): Promise<Map<string, string>>;
  push(): Promise<void>;
  flush(): Promise<void>;
  pull(): Promise<void>;
}

/** A folder for a bucket and data folders. */
export class World implements AsyncDisposable {
  readonly path: string;
  readonly #temp: TempFolder | undefined;
  readonly #nodes = new Set<SyncNode>();

  private constructor(path: string, temp?: TempFolder) {
    this.#temp = temp;
    this.path = path;
  }

  static async make(): Promise<World> {
    const temp = await TempFolder.make();
    return new World(temp.path, temp);
  }

  /** That of another process. */
  static at(path: string): World {
    return new World(path);
  }

  get bucketFolder(): string {
    return join(this.path, "bucket");
  }

  /** The bucket itself, for those who look into it or spoil it. */
  bucket(clock: Clock = systemClock): Promise<Bucket> {
    const uuid = () => crypto.randomUUID();
    return openFolder(this.bucketFolder, { clock, random: Math.random, uuid });
  }

  /** The ids of the events in every message file of the bucket. */
  async storedIds(): Promise<string[]> {
    await using bucket = await this.bucket();
    const ids: string[] = [];
    for await (const { key } of listFiles(bucket, {}, forever)) {
      const found = await bucket.get(key);
      const text = await new Response(found?.body).text();
      for (const line of text.trimEnd().split("\n")) ids.push(JSON.parse(line).event_id);
    }
    return ids;
  }

  /** Opens a node; its folder is made when it is not there. */
  async open(name: string, options: NodeOptions = {}): Promise<SyncNode> {
    const dir = join(this.path, name);
    const { wrap = (bucket: Bucket) => bucket, journalBytes, clock = systemClock } = options;
    const history = await openHistory({
      dir,
      clock,
      node: () => Promise.resolve(name.replace(/_.*/, "")),
      ...(journalBytes === undefined ? {} : { journalBytes }),
    });
    const store = await this.bucket(clock);
    const bucket = wrap(store);
    const sync = await openSync({
      ...{ bucket, history, clock },
      abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
      policy: { unknownKeys: "refuse", unchained: "accept" },
      random: Math.random,
      interval: 20,
      tasks: "both",
      direct: "share",
      ...options,
    });
    const node = new OpenNode(name, dir, history, sync, async () => {
      this.#nodes.delete(node);
      await store[Symbol.asyncDispose]();
    });
    this.#nodes.add(node);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.#nodes]) await node[Symbol.asyncDispose]();
    await this.#temp?.[Symbol.asyncDispose]();
  }
}

class OpenNode implements SyncNode {
  readonly name: string;
  readonly dir: string;
  readonly history: FileHistory;
  readonly sync: SyncWorker;
  readonly #closed: () => Promise<void>;
  #isClosed = false;

  constructor(
    name: string,
    dir: string,
    history: FileHistory,
    sync: SyncWorker,
    closed: () => Promise<void>,
  ) {
    this.name = name;
    this.dir = dir;
    this.history = history;
    this.sync = sync;
    this.#closed = closed;
  }

  async say(
    text: string,
    room = "lobby",
    sender = `ann@${this.name.replace(/_.*/, "")}`,
  ): Promise<void> {
    const content = { body: text, msgtype: "m.text" };
    await this.history.append({ room, sender, type: "m.room.message", content });
  }

  async texts(room = "lobby"): Promise<string[]> {
    const texts: string[] = [];
    for await (const { event } of this.#events(room)) texts.push(event.content.body ?? "");
    return texts.sort();
  }

  async lines(room = "lobby"): Promise<Map<string, string>> {
    const lines = new Map<string, string>();
    for await (const { json, event } of this.#events(room)) lines.set(event.event_id, json);
    return lines;
  }

  async *#events(room: string) {
    const { first, next } = this.history.room(room);
    for (let from = first; from < next;) {
      const page = await this.history.read(room, from, 1_000);
      yield* page;
      from = (page.at(-1)?.offset ?? next) + 1;
    }
  }

  push(): Promise<void> {
    return this.sync.push(forever);
  }

  flush(): Promise<void> {
    return this.sync.flush(forever);
  }

  pull(): Promise<void> {
    return this.sync.pull(forever);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.sync.stop(0);
    await this.history.close();
    await this.#closed();
  }
}
