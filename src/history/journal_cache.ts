/**
 * Journal files read back, for events that are neither in memory any more nor in a segment yet. A
 * file is read and scanned when somebody asks for an event in it, further as it grows, and
 * forgotten when nobody has asked for a while.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { type LinePlace, readLine } from "./journal_line.ts";
import { scanJournal } from "./journal_scan.ts";
import { peekEvent } from "./peek.ts";
import { at, type Slice, StoredLine } from "./slice.ts";

/** One room's lines in a journal file. */
interface RoomLines {
  readonly places: LinePlace[];
  ordered: boolean;
}

/** A journal file in memory, as far as it was read. */
export class LoadedJournal {
  readonly #path: string;
  readonly #rooms = new Map<RoomId, RoomLines>();
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes of memory held. */
  get size(): number {
    return this.#bytes.length;
  }

  /** A room's events up to byte `length` of the file, which must be the end of a line. */
  async slice(room: RoomId, length: number): Promise<Slice> {
    if (length > this.#length) {
      // One read after the other: each begins where the last one ended.
      this.#reading = this.#reading.catch(() => undefined).then(() => this.#read(length));
      await this.#reading;
    }
    return this.#sliceOf(room);
  }

  #sliceOf(room: RoomId): Slice {
    const lines = this.#rooms.get(room);
    const places = lines?.places ?? [];
    const bytes = this.#bytes;
    return {
      count: places.length,
      ordered: lines?.ordered ?? true,
      offsetAt: (index) => at(places, index).offset,
      eventAt: (index): StoredEvent => {
        const place = at(places, index);
        return new StoredLine(room, place.offset, readLine(bytes, place).json);
      },
    };
  }

  async #read(length: number): Promise<void> {
    const from = this.#length;
    if (length <= from) return;
    const bytes = new Uint8Array(Math.max(length, Math.min(this.#bytes.length * 2, length * 2)));
    bytes.set(this.#bytes.subarray(0, from));
    const file = await Deno.open(this.#path);
    try {
      await file.seek(from, Deno.SeekMode.Start);
      for (let done = from; done < length;) {
        const count = await file.read(bytes.subarray(done, length));
        if (count === null) break;
        done += count;
      }
    } finally {
      file.close();
    }
    this.#bytes = bytes;
    this.#length = length;
    const sound = scanJournal(bytes.subarray(0, length), from).lines;
    for (const place of sound) this.#index(bytes, place);
  }

  #index(bytes: Uint8Array, place: LinePlace): void {
    const { json, writer } = readLine(bytes, place);
    const { room } = peekEvent(json);
    let lines = this.#rooms.get(room);
    if (lines === undefined) {
      lines = { places: [], ordered: true };
      this.#rooms.set(room, lines);
    }
    if (writer !== undefined) lines.ordered = false;
    lines.places.push(place);
  }
}
