/**
 * Reads journal files for the index, a piece at a time, from a byte to a byte. Synchronous: it runs
 * in a worker or in a command, between two statements of a synchronous database.
 *
 * @module
 */
import { checkLine, type JournalEntry, readLine } from "./journal_line.ts";
import { scanJournal } from "./journal_scan.ts";
import type { RoomId } from "../message/event.ts";
import { peekEvent } from "./peek.ts";
import { readAt } from "./segment_blocks.ts";

/** A line and its first byte in the file. */
export interface PlacedEntry extends JournalEntry {
  readonly start: number;
}

/** Some lines of a journal file. */
export interface JournalPiece {
  readonly entries: readonly PlacedEntry[];
  /** The byte after them, where the next piece begins. */
  readonly end: number;
  /** The last of the lines; undefined when there was none. */
  readonly last: JournalMark | undefined;
}

/** Tells later whether a line is still the one that was read. */
export interface JournalMark {
  /** Its first byte. */
  readonly start: number;
  /** Its checksum, as it stands in it. */
  readonly checksum: string;
}

const LF = 0x0a;
const PIECE_BYTES = 1024 * 1024;

/**
 * The lines of `path` that begin in the next piece from byte `from` on, the start of a line.
 * Damaged ones are left out.
 *
 * @param to the end of what is committed
 * @returns undefined when nothing is left before `to`
 * @throws {Deno.errors.NotFound}
 */
export function readPiece(path: string, from: number, to: number): JournalPiece | undefined {
  using file = Deno.openSync(path);
  const end = Math.min(to, file.statSync().size);
  for (let size = PIECE_BYTES; from < end; size *= 2) {
    const bytes = readBytes(file, from, Math.min(end, from + size));
    const rest = from + bytes.length < end;
    const length = rest ? bytes.lastIndexOf(LF) + 1 : bytes.length;
    // A line longer than the piece: a larger piece holds it.
    if (length > 0) return pieceOf(bytes.subarray(0, length), from);
  }
  return undefined;
}

function readBytes(file: Deno.FsFile, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  file.seekSync(from, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

function pieceOf(bytes: Uint8Array, from: number): JournalPiece {
  const { lines } = scanJournal(bytes);
  const last = lines.at(-1);
  return {
    entries: lines.map((place) => ({ ...readLine(bytes, place), start: from + place.start })),
    end: from + bytes.length,
    last: last && { start: from + last.start, checksum: checksumAt(bytes, last.start) },
  };
}

/** The eight digits of the line `["01234567",...]` at `start`. */
function checksumAt(bytes: Uint8Array, start: number): string {
  return String.fromCharCode(...bytes.subarray(start + 2, start + 10));
}

/** Bytes that are looked through for one line. */
const NEAR_BYTES = 64 * 1024;

/**
 * The event of a room at an arrival offset, which stands in a journal file not far from byte `from`,
 * the start of a line; undefined when it does not.
 *
 * @throws {Deno.errors.NotFound}
 */
export async function readNear(
  path: string,
  from: number,
  room: RoomId,
  offset: number,
): Promise<string | undefined> {
  const bytes = await readAt(path, from, NEAR_BYTES);
  let at = 0;
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, at)) {
    const place = lf > at ? checkLine(bytes, at, lf) : undefined;
    at = lf + 1;
    if (place?.offset !== offset) continue;
    const { json } = readLine(bytes, place);
    if (peekEvent(json).room === room) return json;
  }
  return undefined;
}

/** Whether the line of a mark is still there. */
export function isUnchanged(path: string, mark: JournalMark): boolean {
  using file = Deno.openSync(path);
  return checksumAt(readBytes(file, mark.start, mark.start + 10), 0) === mark.checksum;
}
