/**
 * Reads one room's lines from a journal file.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { checkLine, type LinePlace, readLine } from "./journal_line.ts";
import { at, type Slice, StoredLine } from "./slice.ts";

/** Which lines are to be read. */
export interface LinesToRead {
  readonly path: string;
  readonly room: RoomId;
  /** Where they begin. */
  readonly positions: readonly number[];
  /** Bytes of the file that are committed. */
  readonly length: number;
  /** Whether all are our own, so that timestamps rise with the offsets. */
  readonly ordered: boolean;
  /** Told of a line that is not what was written, and where it begins in the file. */
  readonly damaged: (bytes: Uint8Array, position: number) => void;
}

/** A room's lines, and how much memory they take. */
export interface RoomLines {
  readonly slice: Slice;
  readonly size: number;
}

const LF = 0x0a;
/** Read behind the beginning of the last line at first; hardly any line is longer. */
const TAIL = 64 * 1024;

/** Reads lines; those that are damaged are left out. */
export async function readRoomLines(lines: LinesToRead): Promise<RoomLines> {
  const { room, positions, ordered } = lines;
  const first = positions[0] ?? 0;
  const span = await readSpan(lines, first);
  const places: LinePlace[] = [];
  for (const position of positions) {
    const start = position - first;
    const lf = span.indexOf(LF, start);
    const place = checkLine(span, start, lf);
    if (place !== undefined) places.push(place);
    else lines.damaged(span.slice(start, lf < 0 ? span.length : lf), position);
  }
  const bytes = compact(span, places);
  const slice: Slice = {
    count: places.length,
    ordered,
    offsetAt: (index) => at(places, index).offset,
    eventAt: (index) => {
      const place = at(places, index);
      return new StoredLine(room, place.offset, readLine(bytes, place).json);
    },
  };
  return { slice, size: bytes.length + places.length * 80 };
}

async function readSpan(lines: LinesToRead, first: number): Promise<Uint8Array> {
  const last = lines.positions.at(-1) ?? first;
  const file = await Deno.open(lines.path);
  try {
    const near = await readRange(file, first, Math.min(lines.length, last + TAIL));
    if (near.indexOf(LF, last - first) >= 0) return near;
    return await readRange(file, first, lines.length);
  } finally {
    file.close();
  }
}

async function readRange(file: Deno.FsFile, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  await file.seek(from, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

/** Keeps only the lines when others lie between them; their places are moved along. */
function compact(span: Uint8Array, places: LinePlace[]): Uint8Array {
  const total = places.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total * 2 > span.length) return span;
  const bytes = new Uint8Array(total);
  let to = 0;
  for (const [index, place] of places.entries()) {
    const { start, end, offset, jsonStart, jsonEnd } = place;
    bytes.set(span.subarray(start, end), to);
    const moved = to - start;
    places[index] = {
      start: to,
      end: end + moved,
      offset,
      jsonStart: jsonStart + moved,
      jsonEnd: jsonEnd + moved,
    };
    to += end - start;
  }
  return bytes;
}
