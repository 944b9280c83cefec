/**
 * Storing and removing the objects of a folder.
 *
 * @module
 */
import type { Call } from "../call.ts";
import type { PutCondition, PutResult } from "../contract.ts";
import { BucketError } from "../errors.ts";
import { shownKey } from "../key.ts";
import { contentEtag, look, statEtag } from "./etag.ts";
import { errorCode } from "./faults.ts";
import { FolderSync } from "./folder_sync.ts";
import type { FolderTraits } from "./inspect.ts";
import type { FolderLock } from "./lock.ts";
import { openObject } from "./objects.ts";
import type { Place, Places } from "./places.ts";
import { create, isNamedByContent } from "./publish.ts";
import type { Staged, Staging } from "./staging.ts";

type Content = Uint8Array<ArrayBuffer>;

/** What a writer works with. */
export interface WriterParts {
  readonly places: Places;
  readonly staging: Staging;
  readonly traits: FolderTraits;
  readonly lock: FolderLock;
}

/** How often folders that others remove are made again. */
const ATTEMPTS = 20;

/** See the module's description. */
export class FolderWriter {
  readonly #parts: WriterParts;
  readonly #sync = new FolderSync();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** @throws {BucketError} `bucket/unsupported` for `match` where there are no locks */
  async put(
    call: Call,
    place: Place,
    content: Content,
    condition: PutCondition | undefined,
  ): Promise<PutResult> {
    if (condition?.kind === "match" && !this.#parts.traits.locks) throw noLocks(call);
    for (let made = 1;; made++) {
      try {
        return await this.#put(call, place, content, condition);
      } catch (error) {
        // A folder on the way, or the staged file, was removed by somebody who tidied up.
        if (errorCode(error) !== "ENOENT" || made === ATTEMPTS) throw error;
        call.signal.throwIfAborted();
      }
    }
  }

  /** Removes the object and the folders that are empty then. */
  async remove(call: Call, place: Place): Promise<void> {
    const { places } = this.#parts;
    if (!await places.isReachable(place)) return;
    await this.#exclusively(call, async () => {
      if (!await isThere(place)) return;
      await Deno.remove(place.path);
      await this.#sync.sync(place.folder);
      await places.pruneFolders(place);
    });
  }

  async #put(
    call: Call,
    place: Place,
    content: Content,
    condition: PutCondition | undefined,
  ): Promise<PutResult> {
    await this.#parts.places.makeFolder(place);
    await using staged = await this.#parts.staging.write(content);
    call.signal.throwIfAborted();
    if (condition?.kind === "absent") return await this.#create(call, place, content, staged);
    return await this.#exclusively(call, async () => {
      using file = await openObject(this.#parts.places, place);
      if (condition !== undefined) {
        const found = file && await look(file);
        if (found?.etag !== condition.etag) return { outcome: "refused" };
      }
      const last = file === undefined
        ? staged
        : await this.#parts.staging.moveOn(staged, await file.stat());
      await Deno.rename(last.path, place.path);
      await this.#sync.sync(place.folder);
      return stored(last, content);
    });
  }

  async #create(
    call: Call,
    place: Place,
    content: Content,
    staged: Staged,
  ): Promise<PutResult> {
    const { creation } = this.#parts.traits;
    const creating = () => create(creation, staged, place);
    const isNew = creation.kind === "link"
      ? await creating()
      : await this.#exclusively(call, creating);
    // Also when it was refused: whoever finds the same bytes takes them for stored.
    await this.#sync.sync(place.folder);
    if (isNew) return stored(staged, content);
    await checkFile(place);
    return { outcome: "refused" };
  }

  /** Runs `work` while nobody else replaces or removes, as far as the file system can do that. */
  async #exclusively<T>(call: Call, work: () => Promise<T>): Promise<T> {
    if (!this.#parts.traits.locks) return await work();
    return await this.#parts.lock.hold(call, () => {
      // The waiter may have given up in between.
      call.signal.throwIfAborted();
      return work();
    });
  }
}

function stored(staged: Staged, content: Content): PutResult {
  const etag = isNamedByContent(staged) ? contentEtag(content) : statEtag(staged.info);
  return { outcome: "stored", etag };
}

/** Who is in the way of a new object has to be one. */
async function checkFile({ key, path }: Place): Promise<void> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined || info.isFile) return;
  throw new BucketError(
    "bucket/refused",
    `Cannot store ${shownKey(key)}: a folder or link has this name`,
  );
}

async function isThere({ path }: Place): Promise<boolean> {
  try {
    return !(await Deno.lstat(path)).isDirectory;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return false;
    throw error;
  }
}

function noLocks({ what }: Call): BucketError {
  return new BucketError(
    "bucket/unsupported",
    `Cannot ${what}: the file system has no locks to compare and replace under`,
  );
}
