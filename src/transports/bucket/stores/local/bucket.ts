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
import { contentEtag, look, statEtag } from "./etag.ts";
import { errorCode, withFaults } from "./faults.ts";
import type { FolderTraits } from "./inspect.ts";
import { NameWindows, walk, walkOf } from "./listing.ts";
import { FolderLock } from "./lock.ts";
import { fileBody, openObject } from "./objects.ts";
import { type Place, Places, syncFolder } from "./places.ts";
import { create, isNamedByContent, replace } from "./publish.ts";
import type { Staged, Staging } from "./staging.ts";

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

/** How often folders that others remove are made again. */
const ATTEMPTS = 20;
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
  readonly #windows = new NameWindows();

  constructor(parts: FolderParts) {
    this.url = pathToFileURL(parts.root).href;
    this.folder = parts.root;
    this.#parts = parts;
    this.#calls = new Calls(parts.clock, parts.patience);
    this.#places = new Places(parts.root);
    this.#lock = new FolderLock(parts.root, parts.random);
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
    const { condition } = options;
    if (condition?.kind === "match" && !this.#parts.traits.locks) throw noLocks(place);
    return await this.#run(`store ${shownKey(key)}`, options, async (call) => {
      for (let made = 1;; made++) {
        try {
          return await this.#put(call, place, content, condition);
        } catch (error) {
          // A folder on the way, or the staged file, was removed by somebody who tidied up.
          if (errorCode(error) !== "ENOENT" || made === ATTEMPTS) throw error;
          call.signal.throwIfAborted();
        }
      }
    });
  }

  async #put(
    call: Call,
    place: Place,
    content: Uint8Array<ArrayBuffer>,
    condition: PutCondition | undefined,
  ): Promise<PutResult> {
    await this.#places.makeFolder(place);
    await using staged = await this.#parts.staging.write(content);
    call.signal.throwIfAborted();
    const etag = (of: Staged) => isNamedByContent(of) ? contentEtag(content) : statEtag(of.info);
    if (condition?.kind === "absent") {
      if (await this.#create(call, staged, place)) {
        return { outcome: "stored", etag: etag(staged) };
      }
      await this.#checkFile(place);
      return { outcome: "refused" };
    }
    if (condition === undefined && !this.#parts.traits.locks) {
      await replace(staged, place);
      return { outcome: "stored", etag: etag(staged) };
    }
    return await this.#lock.hold(call, async () => {
      // The waiter may have given up in between.
      call.signal.throwIfAborted();
      using file = await openObject(this.#places, place);
      if (condition !== undefined) {
        if (file === undefined || (await look(file)).etag !== condition.etag) {
          return { outcome: "refused" };
        }
      }
      const last = file === undefined
        ? staged
        : await this.#parts.staging.moveOn(staged, await file.stat());
      await replace(last, place);
      return { outcome: "stored", etag: etag(last) };
    });
  }

  async #create(call: Call, staged: Staged, place: Place): Promise<boolean> {
    const { creation, locks } = this.#parts.traits;
    if (creation.kind === "link" || !locks) return await create(creation, staged, place);
    return await this.#lock.hold(call, () => {
      call.signal.throwIfAborted();
      return create(creation, staged, place);
    });
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
    try {
      call.signal.throwIfAborted();
      const found = await call.orEnd(withFaults(what, () => this.#get(call, place, options)));
      if (typeof found === "object") return found;
      call[Symbol.dispose]();
      return found;
    } catch (error) {
      call[Symbol.dispose]();
      throw call.reason(error);
    }
  }

  async #get(
    call: Call,
    place: Place,
    { range, unless }: { readonly range?: ByteRange; readonly unless?: string },
  ): Promise<BucketObject | "unchanged" | undefined> {
    const file = await openObject(this.#places, place);
    if (file === undefined) return undefined;
    try {
      const { size, etag, content } = await look(file);
      if (etag === unless || call.signal.aborted) {
        file.close();
        return "unchanged";
      }
      if (range !== undefined && isBehind(range, size)) {
        throw new BucketError(
          "bucket/range",
          `Cannot ${call.what}: the range begins behind the end of the object`,
        );
      }
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? size, size);
      if (content !== undefined) file.close();
      const source = content === undefined
        ? fileBody(file, { start, end })
        : new Blob([content.subarray(start, end)]).stream();
      call.streams();
      const startStall = () => this.#startStall(call);
      const body = checkedBody({ call, source, size: end - start, startStall });
      return { key: place.key, size, etag, body };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const place = this.#places.of(key);
    return await this.#run(`look at ${shownKey(key)}`, options, () => this.#info(place));
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
        objects: await this.#infos(entries.filter((key) => !key.endsWith("/")), call.signal),
        folders: entries.filter((key) => key.endsWith("/")),
        ...(more && last !== undefined ? { next: last } : {}),
      };
    });
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    const place = this.#places.of(key);
    await this.#run(`remove ${shownKey(key)}`, options, async (call) => {
      if (!await this.#places.isReachable(place)) return;
      const remove = async () => {
        call.signal.throwIfAborted();
        if (!await isThere(place)) return;
        await Deno.remove(place.path);
        await syncFolder(place.folder);
        await this.#places.pruneFolders(place);
      };
      if (this.#parts.traits.locks) await this.#lock.hold(call, remove);
      else await remove();
    });
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

  /** Who is in the way of a new object has to be one. */
  async #checkFile(place: Place): Promise<void> {
    const info = await Deno.lstat(place.path).catch(() => undefined);
    if (info === undefined || info.isFile) return;
    throw new BucketError(
      "bucket/refused",
      `Cannot store ${shownKey(place.key)}: a folder or link has this name`,
    );
  }

  async #info(place: Place): Promise<ObjectInfo | undefined> {
    using file = await openObject(this.#places, place);
    if (file === undefined) return undefined;
    const { size, etag } = await look(file);
    return { key: place.key, size, etag };
  }

  /** What is known of several objects; those that are gone meanwhile are left out. */
  async #infos(keys: readonly string[], signal: AbortSignal): Promise<ObjectInfo[]> {
    const infos: ObjectInfo[] = [];
    for (let at = 0; at < keys.length; at += TOGETHER) {
      signal.throwIfAborted();
      const some = keys.slice(at, at + TOGETHER).map((key) => this.#info(this.#places.of(key)));
      for (const info of await Promise.all(some)) if (info !== undefined) infos.push(info);
    }
    return infos;
  }

  #startStall(call: Call): () => void {
    const { clock, patience } = this.#parts;
    const timer = clock.after(patience.stall, () => {
      call.end(
        new BucketError("bucket/timeout", `Cannot ${call.what}: the folder does not answer`),
      );
    });
    return () => timer.cancel();
  }
}

async function isThere({ path }: Place): Promise<boolean> {
  try {
    return !(await Deno.lstat(path)).isDirectory;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return false;
    throw error;
  }
}

function noLocks({ key }: Place): BucketError {
  return new BucketError(
    "bucket/unsupported",
    `Cannot replace ${shownKey(key)} by comparison: the file system has no locks`,
  );
}
