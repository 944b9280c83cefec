/**
 * The lines of a segment file, each at its offset, also when bytes of the file are damaged.
 *
 * @module
 */
import type { Breather } from "./breather.ts";
import { hashBytes, offsetInRuns, type SegmentInfo } from "./segments.ts";
import type { DamagedBytes } from "./journal_scan.ts";

/** Says whether a line is what its writer signed. */
export type LineCheck = (json: string) => boolean;

/** The sound lines of a segment. */
export interface SegmentLines {
  /** The file's bytes. */
  readonly bytes: Uint8Array;
  /** Where each sound line begins and ends, LF excluded, and its offset; ascending. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  /** Stretches that hold no sound line. */
  readonly damaged: readonly DamagedBytes[];
}

const LF = 0x0a;
const BATCH = 64;
const EVENT_HEAD = new TextEncoder().encode('{"event_id":');

/** Finds the lines of a segment's bytes; slow, with a check of every signature, if it has to be. */
export async function splitSegment(
  info: SegmentInfo,
  bytes: Uint8Array,
  check: LineCheck,
  breathe: Breather,
): Promise<SegmentLines> {
  if (bytes.length === info.bytes && hashBytes(bytes) === info.sha256) {
    return splitSound(info, bytes);
  }
  return await salvage(info, bytes, check, breathe);
}

function splitSound(info: SegmentInfo, bytes: Uint8Array): SegmentLines {
  const starts = new Uint32Array(info.count);
  const ends = new Uint32Array(info.count);
  let at = 0;
  for (let index = 0; index < info.count; index++) {
    const lf = bytes.indexOf(LF, at);
    starts[index] = at;
    ends[index] = lf;
    at = lf + 1;
  }
  return { bytes, starts, ends, offsets: offsetsOf(info), damaged: [] };
}

function offsetsOf({ runs, count }: SegmentInfo): Float64Array {
  const offsets = new Float64Array(count);
  let index = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const first = runs[run] ?? 0;
    for (let each = 0; each < (runs[run + 1] ?? 0); each++) offsets[index++] = first + each;
  }
  return offsets;
}

/** A stretch between two line ends, or what can be told apart within. */
interface Piece extends DamagedBytes {
  readonly sound: boolean;
}

/**
 * Keeps every line that verifies. Lines before the first damage have their place from the front,
 * lines after the last one from the back; between two damages the order decides.
 */
async function salvage(
  info: SegmentInfo,
  bytes: Uint8Array,
  check: LineCheck,
  breathe: Breather,
): Promise<SegmentLines> {
  const pieces = await judge(cut(bytes), bytes, check, breathe);
  const sound = pieces.filter((piece) => piece.sound);
  const front = pieces.findIndex((piece) => !piece.sound);
  const leading = front < 0 ? pieces.length : front;
  const places: number[] = sound.map((_, index) => {
    if (index < leading) return index;
    return Math.max(index, info.count - (sound.length - index));
  });
  const kept = sound.slice(0, info.count);
  return {
    bytes,
    starts: Uint32Array.from(kept, ({ start }) => start),
    ends: Uint32Array.from(kept, ({ end }) => end),
    offsets: Float64Array.from(kept, (_, index) => offsetInRuns(info.runs, places[index] ?? index)),
    damaged: pieces.filter((piece) => !piece.sound),
  };
}

function cut(bytes: Uint8Array): DamagedBytes[] {
  const pieces: DamagedBytes[] = [];
  for (let at = 0; at < bytes.length;) {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf;
    if (end > at) pieces.push({ start: at, end });
    at = end + 1;
  }
  return pieces;
}

async function judge(
  pieces: readonly DamagedBytes[],
  bytes: Uint8Array,
  check: LineCheck,
  breathe: Breather,
): Promise<Piece[]> {
  const judged: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (index % BATCH === BATCH - 1) await breathe();
    if (isSound(bytes, piece, check)) judged.push({ ...piece, sound: true });
    else judged.push(...divide(bytes, piece, check));
  }
  return judged;
}

/** Two lines with another byte where the LF between them was, or one damaged line. */
function divide(bytes: Uint8Array, piece: DamagedBytes, check: LineCheck): Piece[] {
  for (
    let at = find(bytes, piece.start + 1, piece.end);
    at > 0;
    at = find(bytes, at + 1, piece.end)
  ) {
    const first = { start: piece.start, end: at - 1 };
    const second = { start: at, end: piece.end };
    if (!isSound(bytes, first, check)) continue;
    return [{ ...first, sound: true }, { ...second, sound: isSound(bytes, second, check) }];
  }
  const whole = { start: piece.start, end: piece.end - 1 };
  if (isSound(bytes, whole, check)) return [{ ...whole, sound: true }];
  return [{ ...piece, sound: false }];
}

/** Where the next text that looks like an event begins, -1 when none does before `end`. */
function find(bytes: Uint8Array, from: number, end: number): number {
  for (let at = bytes.indexOf(0x7b, from); at >= 0 && at < end; at = bytes.indexOf(0x7b, at + 1)) {
    if (EVENT_HEAD.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isSound(bytes: Uint8Array, { start, end }: DamagedBytes, check: LineCheck): boolean {
  try {
    return check(decoder.decode(bytes.subarray(start, end)));
  } catch {
    return false;
  }
}
