/**
 * The append-only journal with group commit. Writers hand over lines; while one commit is on its
 * way to the disk the next one gathers, so a hundred writers share one `fdatasync`.
 *
 * What is never allowed to happen: that a line whose ticket failed shows up later, or that one
 * whose ticket was committed is lost. So after a failed write the file is cut back to its last good
 * length before anything else is written, and until that succeeds nothing is accepted.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import { HistoryError, writeError } from "./errors.ts";
import type { HistoryHealth } from "./contract.ts";
import { Batch } from "./journal_batch.ts";
import type { CommitDurability, JournalFile, JournalFiles } from "./journal_file.ts";
import type { JournalEntry } from "./journal_line.ts";
import { Retry } from "./retry.ts";

/** What the journal tells its owner. None of these may throw. */
export interface JournalHooks<T> {
  /**
   * The batch taken just now is the last of its file: whatever is added from here on goes to a
   * later file.
   */
  closing(): void;
  /** These are stored, in the order in which they were added, in file `number`. */
  committed(tickets: readonly T[], number: number): void;
  /** These are not stored and never will be, in the order in which they were added. */
  failed(tickets: readonly T[], error: HistoryError): void;
  /** File `number` is complete. */
  closed(number: number): void;
  health(health: HistoryHealth): void;
}

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

/** How the journal behaves. */
export interface JournalOptions<T> extends JournalPlace {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly hooks: JournalHooks<T>;
  /** A file that reaches this many bytes is closed. */
  readonly maxBytes: number;
  /** A file is closed this many milliseconds after its first line. */
  readonly maxAge: number;
  /** This many bytes may wait for the disk. */
  readonly maxWaiting: number;
}

const RELAXED_SYNC_MS = 500;
const ROTATION_RETRY_MS = 1_000;
const PROBE_PAUSES = { shortest: 100, longest: 15_000 };
const PROBE = new Uint8Array(64 * 1024).fill(0x0a);

/**
 * Opens the file with which the journal continues.
 *
 * @throws {HistoryError} `history/full`, `history/io`
 */
export async function openJournalFile(place: JournalPlace): Promise<JournalFile> {
  try {
    const file = await place.files.open(place.path(place.number), place.commits);
    try {
      await file.truncate(place.length);
      await place.syncFolder();
    } catch (error) {
      await file.close(place.length);
      throw error;
    }
    return file;
  } catch (error) {
    throw writeError(error);
  }
}

/** See the module's description. `T` is the caller's ticket for one line. */
export class Journal<T> {
  readonly #options: JournalOptions<T>;
  readonly #retry: Retry;
  #file: JournalFile;
  #number: number;
  #length: number;
  #filling = new Batch<T>();
  #spare = new Batch<T>();
  #inFlight = 0;
  #running: Promise<void> | undefined;
  #failure: HistoryError | undefined;
  #rotation = false;
  #syncDue = false;
  #closed = false;
  #ageTimer: Timer | undefined;
  #syncTimer: Timer | undefined;

  /** `file` is file `options.number`, opened by {@linkcode openJournalFile}. */
  constructor(options: JournalOptions<T>, file: JournalFile) {
    this.#options = options;
    this.#file = file;
    this.#number = options.number;
    this.#length = options.length;
    this.#retry = new Retry({ ...options, ...PROBE_PAUSES }, () => this.#probe());
    if (this.#length > 0) this.#startAge();
  }

  /** The file that is written now. */
  get number(): number {
    return this.#number;
  }

  /** Bytes of that file that are committed. */
  get length(): number {
    return this.#length;
  }

  /**
   * @throws {HistoryError} the reason why {@linkcode Journal.add} would refuse: `history/closed`,
   *   `history/busy`, or the last failure of the disk
   */
  check(): void {
    if (this.#closed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#filling.length + this.#inFlight >= this.#options.maxWaiting) {
      throw new HistoryError("history/busy", "Cannot store the event: too much is waiting", {
        hint: "Try again in a moment; the disk is slower than what comes in",
      });
    }
  }

  /** Adds a line; its ticket comes back through the hooks. Call {@linkcode Journal.check} first. */
  add(entry: JournalEntry, ticket: T): void {
    this.#filling.add(entry, ticket);
    this.#start();
  }

  /**
   * Closes the current file once what was added so far is in it; nothing when it is empty.
   *
   * @throws {HistoryError} as {@linkcode Journal.check}; `history/io` when no next file can be made
   */
  async rotate(): Promise<void> {
    this.check();
    const number = this.#number;
    this.#rotation = true;
    this.#start();
    await this.#running;
    if (this.#number !== number || this.#length === 0) return;
    throw this.#failure ??
      new HistoryError("history/io", "Cannot close the journal file: no next one can be made");
  }

  /** Tries at once whether the disk takes writes again; bounded in how often it really looks. */
  async revive(): Promise<void> {
    if (this.#failure !== undefined) await this.#retry.now();
  }

  /** Commits what was added, then releases the file. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ageTimer?.cancel();
    await this.#running;
    await this.#retry.stop();
    this.#syncTimer?.cancel();
    try {
      if (this.#failure === undefined) await this.#file.sync();
    } catch (error) {
      throw writeError(error);
    } finally {
      await this.#file.close(this.#length);
    }
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Whatever else is added in this turn of the event loop shares the first commit.
    await Promise.resolve();
    while (this.#failure === undefined && this.#hasWork()) await this.#commit();
    this.#running = undefined;
  }

  #hasWork(): boolean {
    if (this.#filling.length > 0 || this.#syncDue) return true;
    if (this.#length === 0) this.#rotation = false;
    return this.#rotation;
  }

  async #commit(): Promise<void> {
    const batch = this.#filling;
    this.#filling = this.#spare;
    this.#inFlight = batch.length;
    const last = this.#rotation || this.#length + batch.length >= this.#options.maxBytes;
    if (last) this.#options.hooks.closing();
    try {
      if (batch.length > 0 || this.#syncDue) await this.#write(batch.bytes);
    } catch (error) {
      return await this.#fail(writeError(error), batch);
    }
    if (this.#length === 0 && batch.length > 0) this.#startAge();
    this.#length += batch.length;
    this.#inFlight = 0;
    this.#options.hooks.committed(batch.tickets, this.#number);
    batch.clear();
    this.#spare = batch;
    if (last) await this.#next();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#file.commit(bytes, this.#length);
    if (this.#options.commits === "synced") return;
    if (this.#syncDue) {
      this.#syncTimer = undefined;
      this.#syncDue = false;
      return await this.#file.sync();
    }
    this.#syncTimer ??= this.#options.clock.after(RELAXED_SYNC_MS, () => {
      this.#syncDue = true;
      if (!this.#closed) this.#start();
    });
  }

  /** Goes on to the next file. A failure is no loss: the old file grows until it works. */
  async #next(): Promise<void> {
    const { files, path, syncFolder, hooks, commits } = this.#options;
    let next: JournalFile | undefined;
    try {
      await this.#file.sync();
      next = await files.open(path(this.#number + 1), commits);
      await syncFolder();
    } catch {
      await next?.close(0);
      this.#rotation = false;
      this.#startAge(ROTATION_RETRY_MS);
      return;
    }
    await this.#file.close(this.#length);
    this.#file = next;
    this.#rotation = false;
    this.#syncDue = false;
    this.#length = 0;
    this.#ageTimer?.cancel();
    this.#number++;
    hooks.closed(this.#number - 1);
  }

  #startAge(ms: number = this.#options.maxAge): void {
    this.#ageTimer?.cancel();
    this.#ageTimer = this.#options.clock.after(ms, () => {
      this.#rotation = true;
      if (!this.#closed) this.#start();
    });
  }

  async #fail(error: HistoryError, batch: Batch<T>): Promise<void> {
    this.#failure = error;
    const tickets = [...batch.tickets, ...this.#filling.tickets];
    this.#inFlight = 0;
    this.#filling = new Batch();
    this.#spare = new Batch();
    // Cut first: once a ticket has failed, its line must not come back after a crash.
    await this.#file.truncate(this.#length).catch(() => undefined);
    this.#options.hooks.failed(tickets, error);
    this.#tellHealth();
    if (!this.#closed) this.#retry.start();
  }

  /** True when the disk takes writes again: proven by a real write in the real file. */
  async #probe(): Promise<boolean> {
    const { files, path, commits } = this.#options;
    try {
      // After a failed sync the old descriptor may claim success for pages that are gone.
      const file = await files.open(path(this.#number), commits);
      await this.#file.close(this.#length);
      this.#file = file;
      await file.truncate(this.#length);
      await file.commit(PROBE, this.#length);
      await file.sync();
      await file.truncate(this.#length);
    } catch (error) {
      this.#failure = writeError(error);
      await this.#file.truncate(this.#length).catch(() => undefined);
      return false;
    }
    this.#failure = undefined;
    this.#tellHealth();
    return true;
  }

  #tellHealth(): void {
    const failure = this.#failure;
    this.#options.hooks.health(
      failure === undefined
        ? { writable: true }
        : { writable: false, code: failure.code, message: failure.message },
    );
  }
}

/** What every call gets once the store was closed. */
export function closedError(): HistoryError {
  return new HistoryError("history/closed", "Cannot use the history: it is closed");
}
