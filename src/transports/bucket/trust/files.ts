/**
 * The two files of trust, in `<data>/sync/trust/`, both lines of checksummed JSON.
 *
 * - `devices.jsonl`: what was seen; only ever grows, by the process that has the data folder.
 * - `decisions.jsonl`: what was decided by hand; written whole, beside, synced and renamed, by
 *   commands too, one at a time (flock), and read again by the process that has the data folder
 *   when it changes.
 *
 * @module
 */
import { dirname, join } from "node:path";
import {
  giveToOwnerOfFolder,
  makePrivateFolder,
  replaceFile,
  syncFolder,
  writeAll,
} from "../../../files.ts";
import { decodeChecked, encodeChecked } from "../../../checked_json.ts";
import type { Clock } from "../../../clock.ts";
import { visible } from "../../../text.ts";
import { TrustError } from "./errors.ts";

/** Milliseconds that another process is waited for; it writes for some milliseconds. */
const PATIENCE_MS = 10_000;

/** Where they are. */
export interface TrustPaths {
  readonly folder: string;
  readonly devices: string;
  readonly decisions: string;
  readonly lock: string;
}

/** The paths of a data folder. */
export function trustPaths(data: string): TrustPaths {
  const folder = join(data, "sync", "trust");
  return {
    folder,
    devices: join(folder, "devices.jsonl"),
    decisions: join(folder, "decisions.jsonl"),
    lock: join(folder, "lock"),
  };
}

/** What a file holds. */
export interface Lines {
  readonly values: readonly unknown[];
  /** `torn`: what follows the last LF was never acknowledged and is left out. */
  readonly end: "whole" | "torn";
}

/**
 * The values of a file's lines; none when there is no file.
 *
 * @throws {TrustError} `trust/corrupt`: what was decided by hand, or pinned, cannot be made again
 */
export async function readLines(path: string): Promise<Lines> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return { values: [], end: "whole" };
    throw ioError("read", path, cause);
  }
  const lines = text.split("\n");
  const end = lines.pop() === "" ? "whole" : "torn";
  const values = lines.map((line) => {
    const value = decodeChecked(line);
    if (value === undefined) throw corrupt(path);
    return value;
  });
  return { values, end };
}

/**
 * The values of a file that is always written whole.
 *
 * @throws {TrustError} `trust/corrupt`, `trust/io`
 */
export async function readWhole(path: string): Promise<readonly unknown[]> {
  const { values, end } = await readLines(path);
  if (end === "torn") throw corrupt(path);
  return values;
}

/** Puts a file in the place of what was there. @throws {TrustError} `trust/io` */
export async function writeLines(path: string, values: Iterable<unknown>): Promise<void> {
  try {
    const text = Array.from(values, (value) => encodeChecked(value)).join("");
    await replaceFile(path, new TextEncoder().encode(text));
  } catch (cause) {
    throw ioError("write", path, cause);
  }
}

/** Makes the folder. @throws {TrustError} `trust/io` */
export async function makeTrustFolder({ folder }: TrustPaths): Promise<void> {
  try {
    await makePrivateFolder(folder);
  } catch (cause) {
    throw ioError("write", folder, cause);
  }
}

/**
 * Runs `work` while no other process writes.
 *
 * @throws {TrustError} `trust/locked`
 */
export async function holdLock<T>(
  path: string,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  using file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (let wait = 1; !file.tryLockSync(true); wait = Math.min(wait * 2, 50)) {
    if (clock.monotonic() >= deadline) throw locked(path);
    await new Promise<void>((resolve) => clock.after(wait * (0.5 + Math.random()), resolve));
  }
  try {
    return await work();
  } finally {
    file.unlockSync();
  }
}

/** A file that only grows. Lines that come while others are written share the next write. */
export class GrowingFile {
  readonly #path: string;
  readonly #all: () => Iterable<unknown>;
  /** Whether lines may be added to what is there. */
  #sound: boolean;
  #pending: unknown[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /**
   * @param all gives everything that the file has to hold, for when it is written anew
   * @param end as it was read
   */
  constructor(path: string, all: () => Iterable<unknown>, end: Lines["end"]) {
    this.#path = path;
    this.#all = all;
    this.#sound = end === "whole";
  }

  /** Resolves when the lines are durable. @throws {TrustError} `trust/io` */
  append(values: readonly unknown[]): Promise<void> {
    this.#pending.push(...values);
    this.#next ??= this.#writing.catch(() => undefined).then(() => {
      const pending = this.#pending;
      this.#pending = [];
      this.#next = undefined;
      this.#writing = this.#write(pending);
      return this.#writing;
    });
    return this.#next;
  }

  async #write(values: readonly unknown[]): Promise<void> {
    if (this.#sound) {
      this.#sound = false;
      await appendLines(this.#path, values);
    } else await writeLines(this.#path, this.#all());
    this.#sound = true;
  }
}

async function appendLines(path: string, values: readonly unknown[]): Promise<void> {
  try {
    using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
    await giveToOwnerOfFolder(path);
    const text = values.map((value) => encodeChecked(value)).join("");
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
    await syncFolder(dirname(path));
  } catch (cause) {
    throw ioError("write", path, cause);
  }
}

function ioError(action: string, path: string, cause: unknown): TrustError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const state = code === "ENOSPC" || code === "EDQUOT"
    ? "no space is left"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not"
    : "the disk refused";
  return new TrustError("trust/io", `Cannot ${action} ${visible(path)}: ${state}`, { cause });
}

function corrupt(path: string): TrustError {
  return new TrustError("trust/corrupt", `Cannot read ${visible(path)}: it is damaged`, {
    hint: "Restore it from a backup; without it devices are pinned anew, by whoever comes first.",
  });
}

function locked(path: string): TrustError {
  return new TrustError(
    "trust/locked",
    `Cannot decide about devices: another process has held ${visible(path)} for ${
      PATIENCE_MS / 1000
    } s`,
    { hint: "Look for a stopped or hanging chatnode process." },
  );
}
