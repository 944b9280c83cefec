/**
 * Reads a journal file in pieces of whole lines: what is done with one after the other need not have
 * all of them in memory. Synchronous, for a worker: reading beside it takes a thread, and what that
 * allocates for the bytes stays with it.
 *
 * @module
 */
import type { LinePlace } from "./journal_line.ts";
import { type DamagedBytes, scanJournal } from "./journal_scan.ts";

/** A piece; its bytes are overwritten by the next one. */
export interface JournalPart {
  readonly bytes: Uint8Array;
  /** The sound lines, placed in {@linkcode JournalPart.bytes}. */
  readonly lines: readonly LinePlace[];
  /** Lines that are not sound, a torn end among them, placed in the file. */
  readonly damaged: readonly DamagedBytes[];
}

const LF = 0x0a;
/** So small that the allocator gives it back to the system. */
const PIECE_BYTES = 256 * 1024;

/**
 * The first `length` bytes of a journal file, in their order.
 *
 * @param pieceBytes how much is read at once; more when one line is longer
 * @throws {Deno.errors.NotFound}
 */
export function* journalParts(
  path: string,
  length: number,
  pieceBytes: number = PIECE_BYTES,
): Generator<JournalPart> {
  using file = Deno.openSync(path);
  let buffer = new Uint8Array(pieceBytes);
  /** Bytes of the buffer that hold the beginning of a line, and where they stand in the file. */
  let held = 0;
  let start = 0;
  for (let ended = length === 0; !ended;) {
    const wanted = Math.min(buffer.length, length - start);
    const filled = readUpTo(file, buffer, held, wanted);
    ended = filled < wanted || start + filled === length;
    const whole = ended ? filled : buffer.lastIndexOf(LF, filled - 1) + 1;
    if (whole > 0) yield partOf(buffer.subarray(0, whole), start);
    else if (!ended) buffer = enlarged(buffer);
    buffer.copyWithin(0, whole, filled);
    held = filled - whole;
    start += whole;
  }
}

/** Fills `buffer` from `from` to `to`; the byte up to which it is filled, less at the file's end. */
function readUpTo(file: Deno.FsFile, buffer: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const count = file.readSync(buffer.subarray(at, to));
    if (count === null) break;
    at += count;
  }
  return at;
}

function enlarged(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(buffer.length * 2);
  larger.set(buffer);
  return larger;
}

function partOf(bytes: Uint8Array, start: number): JournalPart {
  const { lines, damaged, torn } = scanJournal(bytes);
  const bad = torn === undefined ? damaged : [...damaged, torn];
  const placed = bad.map((each) => ({ start: start + each.start, end: start + each.end }));
  return { bytes, lines, damaged: placed };
}
