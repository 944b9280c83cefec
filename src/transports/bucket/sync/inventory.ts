/**
 * What of our own is in a bucket already, found out by listing: for a node that has forgotten what
 * it pushed, and for one whose past was restored from a backup.
 *
 * @module
 */
import type { OwnEvents, OwnLine } from "../../../history/own_lines.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket } from "../stores/contract.ts";
import type { HeadEntry } from "./head.ts";
import { type ListedFile, listFiles } from "./listing.ts";
import { sha256 } from "./plan.ts";

/** What was found. */
export interface Inventory {
  /** Files of this device. */
  readonly files: number;
  /** Where pushing goes on, by room. */
  readonly cursors: ReadonlyMap<RoomId, number>;
  /** The latest of our files, oldest first, at most {@linkcode LATEST}. */
  readonly latest: readonly Omit<HeadEntry, "number">[];
  /** Files of this device that hold events which the history does not have. */
  readonly unknown: readonly string[];
  /** Events of a former device that cannot be pushed: the bucket has others with their numbers. */
  readonly stranded: number;
}

/** How many files are told of again. */
const LATEST = 200;

/** Compares what the bucket lists under our names with our history. @throws {BucketError} */
export async function takeInventory(
  bucket: Bucket,
  events: OwnEvents,
  device: string,
  signal: AbortSignal,
): Promise<Inventory> {
  const taking = new InventoryTaking(events, device);
  let room: RoomId | undefined;
  let files: ListedFile[] = [];
  for await (const file of listFiles(bucket, {}, signal)) {
    if (file.room !== room) {
      if (room !== undefined) await taking.room(room, files);
      room = file.room;
      files = [];
    }
    files.push(file);
  }
  if (room !== undefined) await taking.room(room, files);
  return taking.result();
}

/** A file and the lines of ours that its name stands for. */
interface Covered {
  readonly file: ListedFile;
  bytes: number;
  from: number;
  to: number;
}

class InventoryTaking {
  readonly #events: OwnEvents;
  readonly #device: string;
  readonly #cursors = new Map<RoomId, number>();
  readonly #latest: { readonly file: ListedFile; readonly sha256: string }[] = [];
  readonly #unknown: string[] = [];
  #files = 0;
  #stranded = 0;

  constructor(events: OwnEvents, device: string) {
    this.#events = events;
    this.#device = device;
  }

  /** Compares the files of one room. */
  async room(room: RoomId, files: readonly ListedFile[]): Promise<void> {
    const lines = await Array.fromAsync(this.#events.lines(room));
    const writers = new Set([this.#device, ...lines.map(({ writer }) => writer)]);
    const own = files.filter(({ writer }) => writers.has(writer));
    const { covered, missing } = coverage(lines, own);
    for (const each of covered) {
      const isOurs = each.file.writer === this.#device;
      if (isOurs) this.#files++;
      if (each.bytes < each.file.size && isOurs) this.#unknown.push(each.file.key);
      else if (each.bytes === each.file.size) await this.#note(room, each);
    }
    const ahead = covered.some(({ bytes, file }) =>
      bytes < file.size && file.writer !== this.#device
    );
    const { cursor, stranded } = cursorOf(lines, missing, ahead ? this.#device : undefined);
    this.#stranded += stranded;
    this.#cursors.set(room, cursor);
  }

  result(): Inventory {
    return {
      files: this.#files,
      cursors: this.#cursors,
      latest: this.#latest.map(({ file: { key, size }, sha256 }) => ({ key, size, sha256 })),
      unknown: this.#unknown,
      stranded: this.#stranded,
    };
  }

  async #note(room: RoomId, { file, from, to }: Covered): Promise<void> {
    if (file.writer !== this.#device) return;
    const oldest = this.#latest[0];
    const full = this.#latest.length === LATEST;
    if (full && oldest !== undefined && file.end <= oldest.file.end) return;
    const day = file.folder.slice(-10);
    const bytes = await this.#events.read({ room, day, writer: file.writer, from, to });
    this.#latest.push({ file, sha256: sha256(bytes) });
    this.#latest.sort((a, b) => a.file.end - b.file.end);
    if (this.#latest.length > LATEST) this.#latest.shift();
  }
}

/** Which lines each file stands for, and the offsets of those that no file does. */
function coverage(
  lines: readonly OwnLine[],
  files: readonly ListedFile[],
): { readonly covered: readonly Covered[]; readonly missing: readonly OwnLine[] } {
  const byPlace = Map.groupBy(files, ({ folder, writer }) => `${folder.slice(-10)} ${writer}`);
  const covered = new Map<ListedFile, Covered>(
    files.map((file) => [file, { file, bytes: 0, from: Infinity, to: 0 }]),
  );
  const missing: OwnLine[] = [];
  for (const line of lines) {
    const { day, writer, timestamp, offset } = line;
    const holding = byPlace.get(`${day} ${writer}`)
      ?.filter(({ start, end }) => start <= timestamp && timestamp <= end) ?? [];
    if (holding.length === 0) missing.push(line);
    for (const file of holding) {
      const found = covered.get(file);
      if (found === undefined) continue;
      found.bytes += line.bytes;
      found.from = Math.min(found.from, offset);
      found.to = Math.max(found.to, offset + 1);
    }
  }
  return { covered: [...covered.values()], missing };
}

/**
 * Where pushing goes on: at the first line that is missing in the bucket.
 *
 * @param successor the device that came after one whose lost events are in the bucket: what else
 *   the former one wrote has numbers that others know by other events
 */
function cursorOf(
  lines: readonly OwnLine[],
  missing: readonly OwnLine[],
  successor: string | undefined,
): { readonly cursor: number; readonly stranded: number } {
  const pushable = missing.filter(({ writer }) => successor === undefined || writer === successor);
  const first = pushable[0];
  const end = (lines.at(-1)?.offset ?? -1) + 1;
  return { cursor: first?.offset ?? end, stranded: missing.length - pushable.length };
}
