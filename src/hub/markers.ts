/**
 * How far each account has read each room. Kept in one JSON file, written beside, synced and
 * renamed some seconds after a change and at the end; a crash loses a few seconds of reading.
 *
 * @module
 */
import { dirname } from "node:path";
import { decodeChecked, encodeChecked } from "../checked_json.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Address, RoomId } from "../message/event.ts";

/** How long changes are gathered before they are written. */
const WRITE_AFTER_MS = 5_000;

type Table = Map<Address, Map<RoomId, number>>;

/** What markers work with. */
export interface MarkersOptions {
  /** The file; absent: in memory only. */
  readonly path?: string;
  /** The numbering that the offsets belong to: markers of another one mean nothing. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** See the module's description. */
export class Markers {
  readonly #options: MarkersOptions;
  readonly #table: Table;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: MarkersOptions, table: Table) {
    this.#options = options;
    this.#table = table;
  }

  /** Reads the file. A damaged one is set aside and reported: reading goes on from nothing. */
  static async open(options: MarkersOptions): Promise<Markers> {
    return new Markers(options, await load(options));
  }

  /** The last offset that the account has read; undefined when nothing was. */
  get(account: Address, room: RoomId): number | undefined {
    return this.#table.get(account)?.get(room);
  }

  /** Moves a marker; false when it is there or further already. */
  advance(account: Address, room: RoomId, offset: number): boolean {
    const rooms = this.#table.get(account) ?? new Map<RoomId, number>();
    if (offset <= (rooms.get(room) ?? -1)) return false;
    this.#table.set(account, rooms.set(room, offset));
    this.#schedule();
    return true;
  }

  /** Writes what is not written yet. Never rejects: a failure is logged and tried again later. */
  flush(): Promise<void> {
    if (this.#timer === undefined || this.#options.path === undefined) return this.#writing;
    this.#timer.cancel();
    this.#timer = undefined;
    const path = this.#options.path;
    this.#writing = this.#writing.then(() => this.#write(path));
    return this.#writing;
  }

  /** Writes what is not written yet, for the last time. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#options.path === undefined || this.#closed) return;
    this.#timer ??= this.#options.clock.after(WRITE_AFTER_MS, () => void this.flush());
  }

  async #write(path: string): Promise<void> {
    const markers: Record<string, Record<string, number>> = Object.create(null);
    for (const [account, rooms] of this.#table) markers[account] = Object.fromEntries(rooms);
    try {
      await replaceFile(path, encodeChecked({ epoch: this.#options.epoch, markers }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "no Error";
      this.#options.log.warn("Cannot write the read markers: {reason}", { reason });
      this.#schedule();
    }
  }
}

async function load({ path, epoch, log }: MarkersOptions): Promise<Table> {
  if (path === undefined) return new Map();
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
  const file = decode(text);
  if (file?.epoch === epoch) return file.table;
  if (file !== undefined) {
    log.warn("The history was restored or rebuilt: everybody's read markers are forgotten");
    return new Map();
  }
  const aside = `${path}.damaged`;
  await Deno.rename(path, aside);
  log.warn("Cannot use the read markers: the file is damaged, it was set aside as {aside}", {
    aside,
  });
  return new Map();
}

interface MarkersFile {
  readonly epoch: string;
  readonly table: Table;
}

/** Undefined for what is no such file. */
function decode(text: string): MarkersFile | undefined {
  const file = text.endsWith("\n") ? decodeChecked(text.slice(0, -1)) : undefined;
  if (!isObject(file) || typeof file["epoch"] !== "string" || !isObject(file["markers"])) {
    return undefined;
  }
  const table: Table = new Map();
  for (const [account, rooms] of Object.entries(file["markers"])) {
    if (!isObject(rooms)) return undefined;
    const offsets = Object.entries(rooms).filter((entry): entry is [string, number] =>
      Number.isSafeInteger(entry[1])
    );
    table.set(account, new Map(offsets));
  }
  return { epoch: file["epoch"], table };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  using file = await Deno.open(beside, { create: true, write: true, truncate: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.syncData();
  await Deno.rename(beside, path);
  using folder = await Deno.open(dirname(path));
  await folder.sync();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
