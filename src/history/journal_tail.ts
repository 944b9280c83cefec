/**
 * The end of the journal: the file that is written now and the one that comes after it, which is
 * made ready early, so that nobody waits for a new file.
 *
 * @module
 */
import { writeError } from "./errors.ts";
import type { CommitDurability, JournalFile, JournalFiles } from "./journal_file.ts";

/** Where the journal's files are and with which one it continues. */
export interface JournalPlace {
  readonly files: JournalFiles;
  /** The path of file `number`. */
  readonly path: (number: number) => string;
  /** Makes the names in the journal's folder durable. */
  readonly syncFolder: () => Promise<void>;
  /** The file to continue with and its good bytes; whatever follows them is cut. */
  readonly number: number;
  readonly length: number;
  /** Whether a commit is on disk, or is synced soon after. */
  readonly commits: CommitDurability;
}

const PROBE = new Uint8Array(64 * 1024).fill(0x0a);

/** See the module's description. No two calls may be under way at the same time. */
export class JournalTail {
  readonly #place: JournalPlace;
  #file: JournalFile;
  #number: number;
  #length: number;
  #next: Promise<JournalFile> | undefined;

  private constructor(place: JournalPlace, file: JournalFile) {
    this.#place = place;
    this.#file = file;
    this.#number = place.number;
    this.#length = place.length;
  }

  /**
   * Opens the file to continue with.
   *
   * @throws {HistoryError} `history/full`, `history/io`
   */
  static async open(place: JournalPlace): Promise<JournalTail> {
    try {
      const file = await place.files.open(place.path(place.number), place.commits);
      try {
        await file.truncate(place.length);
        await place.syncFolder();
      } catch (error) {
        await file.close(place.length);
        throw error;
      }
      return new JournalTail(place, file);
    } catch (error) {
      throw writeError(error);
    }
  }

  /** The file that is written now. */
  get number(): number {
    return this.#number;
  }

  /** Its good bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes at the end; they count only when this resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#file.commit(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Makes everything written durable. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Drops whatever a failed write has left behind the good bytes. */
  cut(): Promise<void> {
    return this.#file.truncate(this.#length);
  }

  /** Makes the next file ready; a failure shows when it is needed. */
  prepareNext(): void {
    this.#next ??= this.#openNext();
    this.#next.catch(() => undefined);
  }

  /** Goes on to the next file. When that fails the present one goes on instead. */
  async advance(): Promise<void> {
    await this.sync();
    this.prepareNext();
    const next = this.#next;
    this.#next = undefined;
    const file = await next;
    if (file === undefined) return;
    await this.#file.close(this.#length);
    this.#file = file;
    this.#number++;
    this.#length = 0;
  }

  /**
   * Finds out whether the disk takes writes again, by a real write to the real file. The file is
   * opened again for it: after a failed sync an old descriptor may claim success for pages that are
   * gone.
   */
  async probe(): Promise<void> {
    const { files, path, commits } = this.#place;
    const file = await files.open(path(this.#number), commits);
    await this.#file.close(this.#length);
    this.#file = file;
    try {
      await this.cut();
      await file.commit(PROBE, this.#length);
      await file.sync();
    } finally {
      await this.cut();
    }
  }

  /** Releases the files. Never rejects. */
  async close(): Promise<void> {
    await this.#file.close(this.#length);
    const next = await this.#next?.catch(() => undefined);
    await next?.close(0);
  }

  async #openNext(): Promise<JournalFile> {
    const { files, path, commits, syncFolder } = this.#place;
    const file = await files.open(path(this.#number + 1), commits);
    try {
      await file.prepare();
      await syncFolder();
      return file;
    } catch (error) {
      await file.close(0);
      throw error;
    }
  }
}
