/**
 * Files that are being written, apart from the objects: whatever a crash leaves is here and no key.
 *
 * @module
 */
import { join } from "node:path";
import { SMALL } from "./etag.ts";
import { errorCode } from "./faults.ts";
import { OWN_FOLDER } from "./places.ts";

/** Leftovers are removed when they are this much older than the newest file, milliseconds. */
const LEFTOVER_AGE = 3_600_000;

/** A whole content on disk, without a key. */
export interface Staged extends AsyncDisposable {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/** See the module's description. */
export class Staging {
  readonly #folder: string;
  readonly #uuid: () => string;

  private constructor(folder: string, uuid: () => string) {
    this.#folder = folder;
    this.#uuid = uuid;
  }

  /** Opens the staging of a bucket's folder and removes what crashes have left. */
  static async open(root: string, uuid: () => string): Promise<Staging> {
    const folder = join(root, OWN_FOLDER, "staging");
    await Deno.mkdir(folder, { recursive: true });
    const staging = new Staging(folder, uuid);
    await staging.#clean();
    return staging;
  }

  /** A new name for a file here. */
  name(): string {
    return join(this.#folder, this.#uuid());
  }

  /** Writes `content` and syncs it. */
  async write(content: Uint8Array): Promise<Staged> {
    const path = this.name();
    const file = await this.#create(path);
    try {
      for (let at = 0; at < content.length;) at += await file.write(content.subarray(at));
      await file.syncData();
      return { path, info: await file.stat(), [Symbol.asyncDispose]: () => forget(path) };
    } catch (error) {
      await forget(path);
      throw error;
    } finally {
      file.close();
    }
  }

  /** Moves the time of a large staged file behind `newer`, so that its etag is another one. */
  async moveOn(staged: Staged, newer: Deno.FileInfo): Promise<Staged> {
    const least = (newer.mtime?.getTime() ?? 0) + 1;
    if (staged.info.size <= SMALL || (staged.info.mtime?.getTime() ?? 0) >= least) return staged;
    await Deno.utime(staged.path, new Date(least), new Date(least));
    return { ...staged, info: await Deno.stat(staged.path) };
  }

  /** The folder may have been removed under us. */
  async #create(path: string): Promise<Deno.FsFile> {
    const options = { write: true, createNew: true };
    try {
      return await Deno.open(path, options);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      await Deno.mkdir(this.#folder, { recursive: true });
      return await Deno.open(path, options);
    }
  }

  /**
   * Ages are differences between times that this file system gave, whatever the clocks say. Taking
   * a file from a writer that is still at work costs it another attempt, no more.
   */
  async #clean(): Promise<void> {
    const mark = await this.write(new Uint8Array());
    await forget(mark.path);
    const now = mark.info.mtime?.getTime() ?? 0;
    for (const { name, isFile } of await Array.fromAsync(Deno.readDir(this.#folder))) {
      const path = join(this.#folder, name);
      const mtime = await Deno.lstat(path).then((info) => info.mtime?.getTime(), () => undefined);
      if (isFile && mtime !== undefined && now - mtime > LEFTOVER_AGE) await forget(path);
    }
  }
}

async function forget(path: string): Promise<void> {
  await Deno.remove(path).catch(() => undefined);
}
