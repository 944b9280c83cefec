/**
 * A bucket in a folder, on this machine or mounted. Keys are paths; an object appears whole or not
 * at all, and is on disk before its `put` resolves.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type { Clock } from "../../../../clock.ts";
import { checkedBody } from "../body.ts";
import { type Call, Calls } from "../call.ts";
import type {
  Bucket,
  BucketObject,
  ByteRange,
  CallOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutCondition,
  PutResult,
} from "../contract.ts";
import { BucketError } from "../errors.ts";
import { shownKey } from "../key.ts";
import { checkRange, isBehind, pageLimit } from "../options.ts";
import type { Patience } from "../patience.ts";
import { look, statEtag } from "./etag.ts";
import { errorCode, withFaults } from "./faults.ts";
import type { FolderTraits } from "./inspect.ts";
import { NameWindows, walk, walkOf } from "./listing.ts";
import { FolderLock } from "./lock.ts";
import { contentBody, fileBody, openObject } from "./objects.ts";
import { type Place, Places } from "./places.ts";
import type { Staging } from "./staging.ts";
import { FolderWriter } from "./writer.ts";

/** What a folder's bucket is made of; see `open.ts`. */
export interface FolderParts {
  /** Real path. */
  readonly root: string;
  readonly staging: Staging;
  readonly traits: FolderTraits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly patience: Patience;
}

/** Files that are looked at together for a page. */
const TOGETHER = 16;

/** See the module's description. */
export class FolderBucket implements Bucket {
  readonly url: string;
  readonly folder: string;
  readonly #parts: FolderParts;
  readonly #calls: Calls;
  readonly #places: Places;
  readonly #lock: FolderLock;
  readonly #writer: FolderWriter;
  readonly #windows = new NameWindows();

  constructor(parts: FolderParts) {
    const { root, staging, traits, clock, random, patience } = parts;
    this.url = pathToFileURL(root).href;
    this.folder = root;
    this.#parts = parts;
    this.#calls = new Calls(clock, patience);
    this.#places = new Places(root);
    const lock = new FolderLock(root, random);
    this.#lock = lock;
    this.#writer = new FolderWriter({ places: this.#places, staging, traits, lock });
  }

  /** For the probe's line. */
  notes(): readonly string[] {
    const { creation, locks } = this.#parts.traits;
    return [
      ...(creation.kind === "link"
        ? []
        : ["the file system has no hard links: objects are created in two steps"]),
      ...(locks ? [] : ["the file system has no locks"]),
    ];
  }

  async put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options: CallOptions & { readonly condition?: PutCondition } = {},
  ): Promise<PutResult> {
    const place = this.#places.of(key);
    return await this.#run(
      `store ${shownKey(key)}`,
      options,
      (call) => this.#writer.put(call, place, content, options.condition),
    );
  }

  get(
    key: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<BucketObject | undefined>;
  get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless: string },
  ): Promise<BucketObject | "unchanged" | undefined>;
  async get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless?: string } = {},
  ): Promise<BucketObject | "unchanged" | undefined> {
    const place = this.#places.of(key);
    checkRange(options.range);
    const what = `read ${shownKey(key)}`;
    const call = this.#calls.begin(what, options);
    let reading = false;
    try {
      call.signal.throwIfAborted();
      const found = await call.orEnd(withFaults(what, () => this.#get(call, place, options)));
      if (typeof found !== "object") return found;
      reading = found.isReading;
      return found.object;
    } catch (error) {
      throw call.reason(error);
    } finally {
      if (!reading) call[Symbol.dispose]();
    }
  }

  /** `isReading`: the body still belongs to the call. */
  async #get(
    call: Call,
    place: Place,
    { range, unless }: { readonly range?: ByteRange; readonly unless?: string },
  ): Promise<
    { readonly object: BucketObject; readonly isReading: boolean } | "unchanged" | undefined
  > {
    const file = await this.#open(call, place);
    if (file === undefined) return undefined;
    let isReading = false;
    try {
      const { size, etag, content } = await look(file);
      if (etag === unless) return "unchanged";
      if (range !== undefined && isBehind(range, size)) throw behind(call);
      // Nobody waits for it any more, so nobody would close the file.
      call.signal.throwIfAborted();
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? size, size);
      isReading = content === undefined;
      const body = content === undefined
        ? this.#body(call, file, start, end)
        : contentBody(content.subarray(start, end));
      return { object: { key: place.key, size, etag, body }, isReading };
    } finally {
      if (!isReading) file.close();
    }
  }

  #body(call: Call, file: Deno.FsFile, start: number, end: number): BucketObject["body"] {
    const { clock, patience } = this.#parts;
    call.streams();
    return checkedBody({
      call,
      source: fileBody(file, { start, end }),
      size: end - start,
      startStall() {
        const timer = clock.after(patience.stall, () => call.end(stalled(call)));
        return () => timer.cancel();
      },
    });
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const place = this.#places.of(key);
    return await this.#run(`look at ${shownKey(key)}`, options, (call) => this.#info(call, place));
  }

  async list(options: ListOptions): Promise<ListPage> {
    const limit = pageLimit(options);
    this.#places.checkPrefix(options.prefix);
    return await this.#run(`list ${shownKey(options.prefix)}`, options, async (call) => {
      await this.#places.checkRoot();
      if (options.cursor === undefined) this.#windows.clear();
      const entries: string[] = [];
      let more = false;
      for await (const key of walk(this.#places, this.#windows, walkOf(options, call.signal))) {
        more = entries.length === limit;
        if (more) break;
        entries.push(key);
      }
      const last = entries.at(-1);
      return {
        objects: await this.#infos(call, entries.filter((key) => !key.endsWith("/"))),
        folders: entries.filter((key) => key.endsWith("/")),
        ...(more && last !== undefined ? { next: last } : {}),
      };
    });
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    const place = this.#places.of(key);
    const what = `remove ${shownKey(key)}`;
    await this.#run(what, options, (call) => this.#writer.remove(call, place));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    return Promise.resolve();
  }

  #run<T>(
    what: string,
    options: CallOptions | undefined,
    body: (call: Call) => Promise<T>,
  ): Promise<T> {
    return this.#calls.run(what, options, (call) => withFaults(what, () => body(call)));
  }

  /**
   * Where there are no links there is FUSE, as a rule, which puts a file that somebody has open out
   * of the way before it replaces it: what is missing is looked for again while nobody replaces.
   */
  async #open(call: Call, place: Place): Promise<Deno.FsFile | undefined> {
    const { creation, locks } = this.#parts.traits;
    const file = await openObject(this.#places, place);
    if (file !== undefined || creation.kind === "link" || !locks) return file;
    return await this.#lock.hold(call, () => openObject(this.#places, place));
  }

  async #info(call: Call, place: Place): Promise<ObjectInfo | undefined> {
    using file = await this.#open(call, place);
    if (file === undefined) return undefined;
    const { size, etag } = await look(file);
    return { key: place.key, size, etag };
  }

  /** A file of somebody else that we may not read is listed all the same; reading it says why. */
  async #listed(call: Call, place: Place): Promise<ObjectInfo | undefined> {
    try {
      return await this.#info(call, place);
    } catch (error) {
      if (errorCode(error) !== "EACCES") throw error;
      const info = await Deno.lstat(place.path);
      return { key: place.key, size: info.size, etag: statEtag(info) };
    }
  }

  /** What is known of several objects; those that are gone meanwhile are left out. */
  async #infos(call: Call, keys: readonly string[]): Promise<ObjectInfo[]> {
    const infos: ObjectInfo[] = [];
    for (let at = 0; at < keys.length; at += TOGETHER) {
      call.signal.throwIfAborted();
      const some = keys.slice(at, at + TOGETHER).map((key) =>
        this.#listed(call, this.#places.of(key))
      );
      for (const info of await Promise.all(some)) if (info !== undefined) infos.push(info);
    }
    return infos;
  }
}

function behind({ what }: Call): BucketError {
  const state = "the range begins behind the end of the object";
  return new BucketError("bucket/range", `Cannot ${what}: ${state}`);
}

function stalled({ what }: Call): BucketError {
  return new BucketError("bucket/timeout", `Cannot ${what}: the folder does not answer`);
}
