/**
 * The sealed events of this data folder, for whoever copies them: what is in segments of our own,
 * line for line as it was signed, whatever sealing and merging do to the files meanwhile.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { peekEvent } from "./peek.ts";
import { boundsOfRuns, hashBytes, parseSegmentName, type SegmentInfo } from "./segments.ts";
import { ALL, type Slice, sliceOf } from "./slice.ts";
import type { FileHistory } from "./store.ts";

/** Consecutive events of ours of one room, day and device. */
export interface OwnLines {
  readonly room: RoomId;
  /** UTC, `2026-01-31`. */
  readonly day: string;
  /** The id of the device that signed them. */
  readonly writer: string;
  /** The first offset, and the one after the last; others' events may lie between. */
  readonly from: number;
  readonly to: number;
  /** Least and greatest timestamp. */
  readonly start: number;
  readonly end: number;
  /** Of the lines with their LF. */
  readonly bytes: number;
  readonly count: number;
}

/** One of them, without its text. */
export interface OwnLine {
  readonly day: string;
  readonly writer: string;
  readonly offset: number;
  readonly timestamp: number;
  /** With its LF. */
  readonly bytes: number;
}

/** Where lines are. */
export type OwnRange = Pick<OwnLines, "room" | "day" | "writer" | "from" | "to">;

/** How often files may vanish under a reading before that is an error. */
const ATTEMPTS = 8;
const encoder = new TextEncoder();

/** See the module's description. */
export class OwnEvents {
  readonly #history: FileHistory;

  constructor(history: FileHistory) {
    this.#history = history;
  }

  /** Whether events of ours wait to be sealed. */
  get unsealed(): boolean {
    return this.#history.parts.journals.files.some(({ contents }) => contents.latest > 0);
  }

  /** Every room with sealed events, and the offset after its last one. */
  rooms(): { readonly room: RoomId; readonly next: number }[] {
    const { catalog } = this.#history.parts;
    return Array.from(catalog.state.rooms.values(), ({ room, next }) => ({ room, next }));
  }

  /**
   * What is sealed of a room from an offset on, in order, each part of one segment. A part that
   * begins within a segment is measured by reading it.
   */
  async *parts(room: RoomId, from: number): AsyncGenerator<OwnLines, void> {
    for (const segment of this.#segments(room)) {
      const [first, last] = boundsOfRuns(segment.runs);
      if (last < from) continue;
      const place = { room, ...placeOf(segment), to: last + 1 };
      if (first >= from) {
        const { start, end, bytes, count } = segment;
        yield { ...place, from: first, start, end, bytes, count };
      } else {
        const measured = await this.#measure(segment, from);
        if (measured !== undefined) yield { ...place, from, ...measured };
      }
    }
  }

  /** Every sound line of a room, in order, without its text. */
  async *lines(room: RoomId): AsyncGenerator<OwnLine, void> {
    for (const segment of this.#segments(room)) {
      const { day, writer } = placeOf(segment);
      const slice = await this.#load(segment);
      for (let index = 0; index < slice.count; index++) {
        const { json, offset } = slice.eventAt(index);
        const { timestamp } = peekEvent(json);
        yield { day, writer, offset, timestamp, bytes: encoder.encode(json).length + 1 };
      }
    }
  }

  /** The lines of a range, LF after each. Lines that were damaged on disk are not among them. */
  async read(range: OwnRange): Promise<Uint8Array<ArrayBuffer>> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#read(range);
      } catch (error) {
        // A merging replaced the file: the catalog knows the new one by now.
        if (!(error instanceof Deno.errors.NotFound) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #read(range: OwnRange): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    for (const segment of this.#segments(range.room)) {
      const [first, last] = boundsOfRuns(segment.runs);
      if (last < range.from || first >= range.to) continue;
      const { day, writer } = placeOf(segment);
      if (day !== range.day || writer !== range.writer) continue;
      const within = first >= range.from && last < range.to;
      parts.push(
        (within ? await this.#whole(segment) : undefined) ??
          linesOf(await this.#load(segment), range.from, range.to),
      );
    }
    return joined(parts);
  }

  /** The file's bytes when they are what was written. */
  async #whole({ path, bytes: length, sha256 }: SegmentInfo): Promise<Uint8Array | undefined> {
    const bytes = await Deno.readFile(this.#history.parts.layout.within(path));
    return bytes.length === length && hashBytes(bytes) === sha256 ? bytes : undefined;
  }

  #segments(room: RoomId): SegmentInfo[] {
    const segments = this.#history.parts.catalog.state.rooms.get(room)?.segments.values() ?? [];
    return Array.from(segments).filter(({ origin }) => origin === "own");
  }

  async #measure(
    segment: SegmentInfo,
    from: number,
  ): Promise<Pick<OwnLines, "start" | "end" | "bytes" | "count"> | undefined> {
    const slice = await this.#load(segment);
    let [start, end, bytes, count] = [Infinity, 0, 0, 0];
    for (let index = 0; index < slice.count; index++) {
      if (slice.offsetAt(index) < from) continue;
      const { json } = slice.eventAt(index);
      const { timestamp } = peekEvent(json);
      start = Math.min(start, timestamp);
      end = Math.max(end, timestamp);
      bytes += encoder.encode(json).length + 1;
      count++;
    }
    return count === 0 ? undefined : { start, end, bytes, count };
  }

  /** The sound lines; a file that is lost has none, which the segments report. */
  async #load(segment: SegmentInfo): Promise<Slice> {
    const [first] = boundsOfRuns(segment.runs);
    const sources = this.#history.parts.segments.sources(segment.room);
    const source = sources.find((each) => each.ordered && each.first === first);
    return await source?.load(ALL) ?? sliceOf([], true);
  }
}

function placeOf({ path }: SegmentInfo): { readonly day: string; readonly writer: string } {
  const parts = path.split(/[/\\]/);
  const writer = parseSegmentName(parts.at(-1) ?? "")?.writer ?? "";
  return { day: parts.at(-2) ?? "", writer };
}

function linesOf(slice: Slice, from: number, to: number): Uint8Array {
  const lines: Uint8Array[] = [];
  for (let index = 0; index < slice.count; index++) {
    const offset = slice.offsetAt(index);
    if (offset >= from && offset < to) lines.push(encoder.encode(`${slice.eventAt(index).json}\n`));
  }
  return joined(lines);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
