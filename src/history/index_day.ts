/**
 * The lines of several segments in the order of their time, read with little memory: only the
 * places of the lines are kept, the lines themselves are read when their turn comes.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { Breather } from "./breather.ts";
import { peekEvent } from "./peek.ts";
import { type LineCheck, splitSegment } from "./segment_lines.ts";
import type { SegmentInfo } from "./segments.ts";
import { at } from "./slice.ts";
import { readWhole } from "./whole_file.ts";

/** How segments are read. */
export interface LinesOptions {
  /** The path of a segment in the file system. */
  readonly within: (relative: string) => string;
  /** Says which lines of a damaged segment are sound. */
  readonly check: (info: SegmentInfo) => LineCheck;
  readonly breathe: Breather;
  /** Segments that were not there; one that is still asked for then is lost, and left out. */
  readonly missing: Set<string>;
}

/** A stored line and its place. */
export interface DayLine {
  readonly room: RoomId;
  readonly offset: number;
  readonly json: string;
}

/** Bytes of all windows together, and bounds of one. */
const WINDOWS = 16 * 1024 * 1024;
const WINDOW = { least: 4 * 1024, most: 256 * 1024 };

/** Where the sound lines of one segment are. */
interface PlacedSegment {
  readonly room: RoomId;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly times: Float64Array;
  readonly window: FileWindow;
}

/**
 * The sound lines, by time; those of one segment stay in their order.
 *
 * @throws {Deno.errors.NotFound} when a segment is gone, the first time
 */
export async function* dayLines(
  segments: readonly SegmentInfo[],
  options: LinesOptions,
): AsyncGenerator<DayLine> {
  const size = Math.min(WINDOW.most, Math.max(WINDOW.least, WINDOWS / segments.length));
  const placed: PlacedSegment[] = [];
  for (const info of segments) {
    const segment = await placeIfThere(info, options, Math.floor(size));
    if (segment !== undefined) placed.push(segment);
    await options.breathe();
  }
  for (const [number, line] of inOrder(placed)) {
    const { room, starts, ends, offsets, window } = at(placed, number);
    const json = window.read(at(starts, line), at(ends, line));
    yield { room, offset: at(offsets, line), json };
  }
}

async function placeIfThere(
  info: SegmentInfo,
  options: LinesOptions,
  window: number,
): Promise<PlacedSegment | undefined> {
  try {
    return await place(info, options, window);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (options.missing.has(info.path)) return undefined;
    options.missing.add(info.path);
    throw error;
  }
}

async function place(
  info: SegmentInfo,
  { within, check, breathe }: LinesOptions,
  window: number,
): Promise<PlacedSegment> {
  const path = within(info.path);
  const bytes = readWhole(path);
  const { starts, ends, offsets } = await splitSegment(info, bytes, check(info), breathe);
  const times = new Float64Array(starts.length);
  let latest = 0;
  for (let line = 0; line < starts.length; line++) {
    const { timestamp } = peekEvent(decoder.decode(bytes.subarray(starts[line], ends[line])));
    latest = Math.max(latest, timestamp);
    times[line] = latest;
  }
  return {
    room: info.room,
    starts,
    ends,
    offsets,
    times,
    window: new FileWindow(path, window),
  };
}

/** Pairs of a segment's number and a line's, merged by time. */
function* inOrder(placed: readonly PlacedSegment[]): Generator<readonly [number, number]> {
  const heap = new Heap((segment) => at(at(placed, segment).times, at(next, segment)));
  const next = placed.map(() => 0);
  for (const [number, { times }] of placed.entries()) if (times.length > 0) heap.push(number);
  for (let number = heap.pop(); number !== undefined; number = heap.pop()) {
    const line = next[number] ?? 0;
    yield [number, line];
    next[number] = line + 1;
    if (line + 1 < at(placed, number).times.length) heap.push(number);
  }
}

/** A binary heap of segments' numbers: the least by time first, of two equal ones the lower. */
class Heap {
  readonly #time: (number: number) => number;
  readonly #items: number[] = [];

  constructor(time: (number: number) => number) {
    this.#time = time;
  }

  push(item: number): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    for (let up = (index - 1) >> 1; index > 0 && this.#before(item, at(items, up));) {
      items[index] = at(items, up);
      index = up;
      up = (index - 1) >> 1;
    }
    items[index] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return least;
    let index = 0;
    for (;;) {
      let down = index * 2 + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && this.#before(at(items, down + 1), at(items, down))) down++;
      if (!this.#before(at(items, down), last)) break;
      items[index] = at(items, down);
      index = down;
    }
    items[index] = last;
    return least;
  }

  #before(a: number, b: number): boolean {
    const difference = this.#time(a) - this.#time(b);
    return difference < 0 || (difference === 0 && a < b);
  }
}

/** A file of which a stretch is held. */
class FileWindow {
  readonly #path: string;
  readonly #size: number;
  #bytes = new Uint8Array();
  #start = 0;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
  }

  /** The text of the bytes from `start` to `end`. */
  read(start: number, end: number): string {
    if (start < this.#start || end > this.#start + this.#bytes.length) this.#load(start, end);
    return decoder.decode(this.#bytes.subarray(start - this.#start, end - this.#start));
  }

  #load(start: number, end: number): void {
    using file = Deno.openSync(this.#path);
    const bytes = new Uint8Array(Math.max(this.#size, end - start));
    file.seekSync(start, Deno.SeekMode.Start);
    let done = 0;
    for (let count: number | null = 0; count !== null && done < bytes.length; done += count ?? 0) {
      count = file.readSync(bytes.subarray(done));
    }
    this.#bytes = bytes.subarray(0, done);
    this.#start = start;
  }
}

const decoder = new TextDecoder();
