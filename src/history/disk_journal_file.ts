/**
 * Journal files of the file system, written in the way that was measured to be fastest:
 *
 * - Space ahead of the data is filled with LF, which readers skip, so that a commit overwrites
 *   bytes in place and the disk has no metadata to write: about half the time of a growing file.
 *   (`fallocate` does not give that: its blocks have still to be converted.) It is filled and synced
 *   piece by piece, because a commit can have to wait for whatever sync of its file is under way.
 * - While the disk answers in well under a millisecond, a commit is one system call on this thread,
 *   on a descriptor with O_DSYNC. As soon as the disk is slow, commits go to another thread and the
 *   event loop stays free. Only `Deno.FsFile` does that: the runtime's `node:fs` writes, callbacks
 *   and promises alike, block the loop.
 *
 * @module
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { Pace } from "./pace.ts";
import { PositionedFile } from "./positioned_file.ts";
import type { CommitDurability, JournalFile, JournalFiles } from "./journal_file.ts";

const SMALLEST_FILL = 256 * 1024;
const LARGEST_FILL = 4 * 1024 * 1024;
/** One piece. */
const FILLER = new Uint8Array(SMALLEST_FILL).fill(0x0a);

/** Journal files of the file system. */
export function diskJournalFiles(clock: Clock): JournalFiles {
  const pace = new Pace(clock);
  return {
    async open(path: string, durability: CommitDurability): Promise<JournalFile> {
      const file = await PositionedFile.open(path);
      if (durability === "written") return new PlainFile(file);
      try {
        const filler = await PositionedFile.open(path);
        const flags = constants.O_WRONLY | constants.O_DSYNC;
        return new FilledFile({ file, filler, quick: openSync(path, flags), pace });
      } catch (error) {
        file.close();
        throw error;
      }
    },
  };
}

/** A file that is written at once and synced when asked. */
class PlainFile implements JournalFile {
  readonly #file: PositionedFile;
  #closed = false;

  constructor(file: PositionedFile) {
    this.#file = file;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  commit(bytes: Uint8Array, position: number): Promise<void> {
    return this.#file.write(bytes, position);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async truncate(length: number): Promise<void> {
    await this.#file.truncate(length);
    await this.#file.sync();
  }

  close(): Promise<void> {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
    return Promise.resolve();
  }
}

/** Three descriptors of one file, each for one purpose. */
interface FilledParts {
  readonly file: PositionedFile;
  readonly filler: PositionedFile;
  /** With O_DSYNC. */
  readonly quick: number;
  readonly pace: Pace;
}

/** A file whose every commit is durable; see the module's description. */
class FilledFile implements JournalFile {
  readonly #parts: FilledParts;
  /** Up to here the disk holds data or LF. */
  #filled = 0;
  #filling: Promise<void> | undefined;
  /** What the present fill has under way. */
  #piece: Promise<void> = Promise.resolve();
  /** After a fill has failed none is tried before the file has this length. */
  #nextFill = 0;
  #closed = false;

  constructor(parts: FilledParts) {
    this.#parts = parts;
  }

  prepare(): Promise<void> {
    return this.#fill(0);
  }

  async commit(bytes: Uint8Array, position: number): Promise<void> {
    const { file, quick, pace } = this.#parts;
    const end = position + bytes.length;
    if (end > this.#filled) await this.#fillBeyond(end);
    const began = pace.begin();
    if (pace.quick) writeAllSync(quick, bytes, position);
    else {
      await file.write(bytes, position);
      await file.sync();
    }
    pace.end(began);
    if (end > this.#filled) this.#filled = end;
    // Early enough that the next commits need not wait for it.
    if (end + fillSize(end) / 2 > this.#filled) void this.#fill(end);
  }

  /** Every commit was synced. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  async truncate(length: number): Promise<void> {
    await this.#filling;
    await this.#parts.filler.truncate(length);
    await this.#parts.filler.sync();
    this.#filled = length;
  }

  async close(length: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#filling;
    // What was filled is of no more use; nothing is lost when it stays.
    await this.#parts.filler.truncate(length).catch(() => undefined);
    this.#parts.filler.close();
    this.#parts.file.close();
    closeSync(this.#parts.quick);
  }

  /** A commit that reaches beyond what is filled must not cross a fill under way. */
  async #fillBeyond(end: number): Promise<void> {
    while (this.#filling !== undefined && end > this.#filled) {
      await this.#piece.catch(() => this.#filling);
    }
    if (end > this.#filled) await this.#fill(end);
  }

  /** Fills ahead of `end`; where there is no space for that, commits make the file grow. */
  #fill(end: number): Promise<void> {
    if (end < this.#nextFill) return Promise.resolve();
    this.#filling ??= this.#fillTo(end + fillSize(end)).finally(() => this.#filling = undefined);
    return this.#filling;
  }

  async #fillTo(end: number): Promise<void> {
    try {
      while (this.#filled < end) {
        this.#piece = this.#fillPiece(FILLER.subarray(0, end - this.#filled));
        await this.#piece;
      }
    } catch {
      await this.#parts.filler.truncate(this.#filled).catch(() => undefined);
      this.#nextFill = end;
    }
  }

  async #fillPiece(piece: Uint8Array): Promise<void> {
    const { filler } = this.#parts;
    await filler.write(piece, this.#filled);
    await filler.sync();
    this.#filled += piece.length;
  }
}

/** A file that grew is likely to grow on; one that is hardly used should stay small. */
function fillSize(length: number): number {
  return Math.min(LARGEST_FILL, Math.max(SMALLEST_FILL, length));
}

function writeAllSync(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
