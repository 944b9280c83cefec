/**
 * Follows the journal: the index reads on from its cursor, which is stored with what was read in
 * one transaction, so a crash anywhere neither skips nor doubles an event. When the cursor means
 * nothing any more (its file is gone, or holds something else) the index is begun anew.
 *
 * @module
 */
import type { ChatEvent } from "../message/event.ts";
import type { IndexDatabase } from "./index_database.ts";
import { isUnchanged, type JournalPiece, readPiece } from "./index_journal.ts";
import type { IndexState } from "./index_schema.ts";

/** A place in the journal. */
export interface JournalPosition {
  readonly file: number;
  readonly byte: number;
}

/** The end of what is committed. */
export interface JournalEnd extends JournalPosition {
  /** The last journal file that is in segments: it and those before it may be gone. */
  readonly sealed: number;
}

/** Orders places in the journal. */
export function comparePositions(a: JournalPosition, b: JournalPosition): number {
  return a.file - b.file || a.byte - b.byte;
}

/**
 * How far an index is. `reached`: it has everything. `behind`: it has read another piece.
 * `building`: it must first be made from segments, see `index_building.ts`.
 */
export type IndexProgress = "reached" | "behind" | "building";

/** Documents between two marks. */
const MARK_EVERY = 32;

/** See the module's description. */
export class IndexFollower {
  readonly #database: IndexDatabase;
  readonly #journal: (number: number) => string;
  /** The index whose cursor was found to be right. */
  #verified: string | undefined;

  /** @param journal gives the path of a journal file */
  constructor(database: IndexDatabase, journal: (number: number) => string) {
    this.#database = database;
    this.#journal = journal;
  }

  /**
   * Reads the next piece.
   *
   * @throws {HistoryError} `history/full`, `history/io`
   */
  advance(end: JournalEnd): IndexProgress {
    if (this.#database.state.day !== null) return "building";
    if (!this.#canFollow(end)) {
      this.#database.reset();
      return "building";
    }
    const { state } = this.#database;
    if (comparePositions(state, end) >= 0) return "reached";
    const isLast = state.file === end.file;
    const piece = this.#read(state, isLast ? end.byte : Number.POSITIVE_INFINITY);
    if (piece !== undefined) this.#take(piece, state);
    else if (isLast) return "reached";
    else this.#moveOn(state.file + 1);
    return "behind";
  }

  /** A file that is not there although it was never sealed was lost: nothing is left in it. */
  #read({ file, byte }: IndexState, to: number): JournalPiece | undefined {
    try {
      return readPiece(this.#journal(file), byte, to);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #moveOn(file: number): void {
    this.#database.write(() => ({ file, byte: 0, line: null, checksum: null }));
  }

  #take(piece: JournalPiece, { file, line, checksum }: IndexState): void {
    this.#database.write((writer, db) => {
      const mark = db.prepare("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)");
      let marked = Number.NEGATIVE_INFINITY;
      for (const { json, offset, start } of piece.entries) {
        if (writer.next - marked >= MARK_EVERY) {
          marked = writer.next;
          mark.run(marked, file, start);
        }
        writer.add(JSON.parse(json) as ChatEvent, offset);
      }
      const last = piece.last ?? { start: line, checksum };
      return { byte: piece.end, line: last.start, checksum: last.checksum };
    });
  }

  #canFollow(end: JournalEnd): boolean {
    const { state } = this.#database;
    if (comparePositions(state, end) > 0) return false;
    // What was sealed and removed is only in segments now.
    if (state.file <= end.sealed && !this.#isThere(state.file)) return false;
    if (this.#verified === state.generation) return true;
    if (!this.#isUnchanged(state)) return false;
    this.#verified = state.generation;
    return true;
  }

  #isUnchanged({ file, line, checksum }: IndexState): boolean {
    if (line === null || checksum === null || !this.#isThere(file)) return true;
    return isUnchanged(this.#journal(file), { start: line, checksum });
  }

  #isThere(file: number): boolean {
    try {
      return Deno.statSync(this.#journal(file)).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
}
