/**
 * Where keys lie in a folder, and that nothing leads out of it. A folder may be shared with people
 * who are not trusted with this machine: a symbolic link in it is never followed.
 *
 * @module
 */
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BucketError } from "../errors.ts";
import { KeyBase, shownKey } from "../key.ts";
import { errorCode } from "./faults.ts";

/** What is the bucket's own in its folder; no key may lie here. */
export const OWN_FOLDER = ".chatnode";

/** The longest name of one file or folder, in bytes, on every file system of importance. */
const NAME_BYTES = 255;

const utf8 = new TextEncoder();

/** A key and its file. */
export interface Place {
  readonly key: string;
  readonly path: string;
  /** The folder that the file lies in. */
  readonly folder: string;
}

/** See the module's description. */
export class Places {
  /** Real path, without links. */
  readonly root: string;
  readonly #keys = new KeyBase("");

  /** @param root the real path of a folder */
  constructor(root: string) {
    this.root = root;
  }

  /** @throws {BucketError} `bucket/key` */
  of(key: string): Place {
    this.#keys.full(key);
    const parts = key.split("/");
    const fault = parts[0] === OWN_FOLDER
      ? `${OWN_FOLDER} is kept for the bucket itself`
      : parts.some((part) => utf8.encode(part).length > NAME_BYTES)
      ? `a part of it is longer than ${NAME_BYTES} bytes, which no folder can hold`
      : undefined;
    if (fault !== undefined) {
      throw new BucketError("bucket/key", `Cannot use the key ${shownKey(key)}: ${fault}`);
    }
    const path = join(this.root, ...parts);
    return { key, path, folder: dirname(path) };
  }

  /** @throws {BucketError} `bucket/key` when `prefix` cannot begin a key */
  checkPrefix(prefix: string): void {
    this.#keys.fullPrefix(prefix);
  }

  /** Whether a name that was found in a folder can be a part of a key. */
  isKey(key: string): boolean {
    return this.#keys.relative(key) !== undefined && key.split("/")[0] !== OWN_FOLDER;
  }

  /**
   * Whether the folder of `place` is there.
   *
   * @throws {BucketError} `bucket/refused` when a symbolic link is on the way; `bucket/missing`
   *   when the root itself has gone
   */
  async isReachable(place: Place): Promise<boolean> {
    try {
      if (await Deno.realPath(place.folder) === place.folder) return true;
    } catch (error) {
      if (errorCode(error) === "ENOTDIR") return false;
      if (errorCode(error) !== "ENOENT") throw error;
      await this.checkRoot();
      return false;
    }
    throw new BucketError(
      "bucket/refused",
      `Cannot use the key ${shownKey(place.key)}: a symbolic link is on the way`,
    );
  }

  /** @throws {BucketError} `bucket/missing` */
  async checkRoot(): Promise<void> {
    if (await Deno.lstat(this.root).then(({ isDirectory }) => isDirectory, () => false)) return;
    throw new BucketError("bucket/missing", `Cannot use ${this.root} as a bucket: it is gone`, {
      hint: "Is the disk or the share mounted?",
    });
  }

  /**
   * Makes the folder of `place`, each new one on disk before what lies in it.
   *
   * @throws {BucketError} as {@linkcode isReachable}; `bucket/refused` when a file is on the way
   */
  async makeFolder(place: Place): Promise<void> {
    if (await this.isReachable(place)) return;
    const parts = place.key.split("/").slice(0, -1);
    let folder = this.root;
    for (const part of parts) {
      const parent = folder;
      folder = join(parent, part);
      try {
        await Deno.mkdir(folder);
        await syncFolder(parent);
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
      }
      const { isDirectory } = await Deno.lstat(folder);
      if (!isDirectory) {
        throw new BucketError(
          "bucket/refused",
          `Cannot use the key ${shownKey(place.key)}: a file or link has the name of a folder`,
        );
      }
    }
  }

  /** Removes the folders above `place` that are empty now. */
  async pruneFolders(place: Place): Promise<void> {
    for (let folder = place.folder; folder !== this.root; folder = dirname(folder)) {
      try {
        // Not `Deno.remove`, which would take a file as well.
        await rmdir(folder);
      } catch {
        break;
      }
    }
  }
}

/** Makes what was made, renamed or removed in `folder` outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    using file = await Deno.open(folder, { read: true });
    await file.sync();
  } catch (error) {
    // Some shares cannot do that for folders; they do as they do. One that was removed as empty has
    // nothing left to lose.
    const harmless = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EBADF", "ENOENT"];
    if (!harmless.includes(errorCode(error))) throw error;
  }
}
