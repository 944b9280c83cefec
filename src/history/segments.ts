/**
 * Segment files: the immutable, signed part of the history, laid out exactly as the Bucket Chat
 * protocol stores it, so that syncing a bucket is copying files.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { RoomId } from "../message/event.ts";
import { encodeFileName } from "../message/file_name.ts";
import { replaceFile, syncFolder } from "../files.ts";
import { readIfThere } from "./layout.ts";
import type { SegmentBlocks } from "./segment_blocks.ts";

/** A segment, as the catalog keeps it. */
export interface SegmentInfo {
  readonly room: RoomId;
  /** Relative to `history/`: `rooms/<room>/logs/<day>/messages_<start>_<end>_<writer>.jsonl`. */
  readonly path: string;
  /** `own` when this device wrote the events: their timestamps rise with their offsets. */
  readonly origin: "own" | "foreign";
  /** The arrival offsets of the lines in order: first, count, first, count, ... */
  readonly runs: readonly number[];
  /** Lines. */
  readonly count: number;
  /** Least and greatest timestamp. */
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  /** base64 SHA-256 of the file. */
  readonly sha256: string;
  /** Where its lines are; absent when it holds damaged ones and is always read as a whole. */
  readonly blocks?: SegmentBlocks;
}

/** What a segment's name says. */
export interface SegmentName {
  readonly start: number;
  readonly end: number;
  /** The device id of a chatnode, whatever others call themselves. */
  readonly writer: string;
}

const NAME = /^messages_(\d{1,16})_(\d{1,16})_([^/]{1,128})\.jsonl$/;

/** A segment's file name. */
export function formatSegmentName({ start, end, writer }: SegmentName): string {
  return `messages_${start}_${end}_${writer}.jsonl`;
}

/** What a segment's file name says, or undefined when it is not one. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, start, end, writer = ""] = match;
  return { start: Number(start), end: Number(end), writer };
}

/** `2026-01-31`, the day of a timestamp in UTC. */
export function utcDay(timestamp: number): string {
  return new Date(timestamp).toISOString().slice(0, 10);
}

/** A segment's path relative to `history/`. */
export function segmentPath(room: RoomId, day: string, name: string): string {
  return join("rooms", encodeFileName(room), "logs", day, name);
}

/** base64 SHA-256 of bytes, or of parts one after the other. */
export function hashBytes(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("base64");
}

/** The offset of line `index` of a segment. */
export function offsetInRuns(runs: readonly number[], index: number): number {
  let rest = index;
  for (let at = 0; at < runs.length; at += 2) {
    const count = runs[at + 1] ?? 0;
    if (rest < count) return (runs[at] ?? 0) + rest;
    rest -= count;
  }
  throw new RangeError(`no line ${index} in the segment`);
}

/** The first and the last offset of a segment. */
export function boundsOfRuns(runs: readonly number[]): readonly [first: number, last: number] {
  const [first = 0] = runs;
  return [first, (runs.at(-2) ?? 0) + (runs.at(-1) ?? 0) - 1];
}

/** Adds an offset, which is above all others, to runs that are being made. */
export function addToRuns(runs: number[], offset: number): void {
  const count = runs.at(-1);
  if (count !== undefined && (runs.at(-2) ?? 0) + count === offset) {
    runs[runs.length - 1] = count + 1;
  } else runs.push(offset, 1);
}

/** How a write under a name ended. `other`: different bytes have that name, nothing was done. */
export type SegmentWrite = "written" | "present" | "other";

/**
 * Writes segments and remembers which folders have to be synced for their names to last. Nothing is
 * ever overwritten: an existing file of the same bytes is success, one of other bytes is not touched.
 */
export class SegmentFiles {
  readonly #history: string;
  readonly #folders = new Set<string>();

  /** @param history the folder that paths are relative to */
  constructor(history: string) {
    this.#history = history;
  }

  /** Writes one file, of parts one after the other, beside and gives it its name. */
  async write(path: string, parts: readonly Uint8Array[]): Promise<SegmentWrite> {
    const full = join(this.#history, path);
    const present = await readIfThere(full);
    if (present !== undefined) return isMadeOf(present, parts) ? "present" : "other";
    await this.#makeFolders(dirname(path));
    const beside = `${full}.new`;
    const options = { write: true, create: true, truncate: true, mode: 0o644 };
    const file = await Deno.open(beside, options);
    try {
      for (const part of parts) await writeAll(file, part);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(beside, full);
    return "written";
  }

  /** Moves a file that is not what it should be out of the way, into `quarantine/`. */
  async displace(path: string): Promise<void> {
    await this.#makeFolders("quarantine");
    const name = path.replaceAll("/", "+");
    let target = join(this.#history, "quarantine", name);
    for (let number = 2; await readIfThere(target) !== undefined; number++) {
      target = join(this.#history, "quarantine", `${name}+${number}`);
    }
    await Deno.rename(join(this.#history, path), target);
  }

  /** Makes a room's `metadata.json` when it has none. `since`: the room's first known event. */
  async describeRoom(room: RoomId, since: number): Promise<void> {
    const folder = join("rooms", encodeFileName(room));
    const path = join(this.#history, folder, "metadata.json");
    if (await readIfThere(path) !== undefined) return;
    await this.#makeFolders(folder);
    const metadata = {
      room_id: room,
      created_at: new Date(since).toISOString(),
      version: "1.0",
      protocol: "bucket-chat-v1",
    };
    const text = `${JSON.stringify(metadata, null, 2)}\n`;
    await replaceFile(path, new TextEncoder().encode(text), 0o644);
  }

  /** Makes the names of everything written so far durable. */
  async sync(): Promise<void> {
    for (const folder of this.#folders) await syncFolder(join(this.#history, folder));
    this.#folders.clear();
  }

  /** Every folder on the way gets a new name perhaps, and is synced with the rest. */
  async #makeFolders(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    await Deno.mkdir(join(this.#history, folder), { recursive: true, mode: 0o755 });
    for (let each = folder; !this.#folders.has(each); each = dirname(each)) {
      this.#folders.add(each);
      if (each === ".") break;
    }
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

function isMadeOf(whole: Uint8Array, parts: readonly Uint8Array[]): boolean {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return whole.length === length && hashBytes(whole) === hashBytes(...parts);
}
