/**
 * The append-only journal with group commit. Writers hand over lines; while one commit is on its
 * way to the disk the next one gathers, so a hundred writers share one sync.
 *
 * What is never allowed to happen: that a line whose ticket failed shows up later, or that one
 * whose ticket was committed is lost. So after a failed write the file is cut back to its last good
 * length before anything else is written, and until that succeeds nothing is accepted.
 *
 * @module
 */
import type { Timer } from "../clock.ts";
import { HistoryError, writeError } from "./errors.ts";
import { Batch } from "./journal_batch.ts";
import type { JournalOptions } from "./journal_options.ts";
import type { JournalTail } from "./journal_tail.ts";
import { Retry } from "./retry.ts";

const RELAXED_SYNC_MS = 500;
const ROTATION_RETRY_MS = 1_000;
const PROBE_PAUSES = { shortest: 100, longest: 15_000 };

/** See the module's description. `T` is the caller's ticket for one line. */
export class Journal<T> {
  readonly #options: JournalOptions<T>;
  readonly #tail: JournalTail;
  readonly #retry: Retry;
  #filling = new Batch<T>();
  #spare = new Batch<T>();
  #inFlight = 0;
  #running: Promise<void> | undefined;
  #failure: HistoryError | undefined;
  #rotationDue = false;
  #syncDue = false;
  #closed = false;
  #ageTimer: Timer | undefined;
  #syncTimer: Timer | undefined;

  constructor(options: JournalOptions<T>, tail: JournalTail) {
    this.#options = options;
    this.#tail = tail;
    this.#retry = new Retry({ ...options, ...PROBE_PAUSES }, () => this.#probe());
    if (tail.length > 0) this.#planRotation(options.maxAge);
  }

  /** Bytes of the present file that are committed. */
  get length(): number {
    return this.#tail.length;
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
  add(offset: number, json: string, writer: string | undefined, ticket: T): void {
    this.#filling.add(offset, json, writer, ticket);
    this.#start();
  }

  /**
   * Closes the current file once what was added so far is in it; nothing when it is empty.
   *
   * @throws {HistoryError} as {@linkcode Journal.check}; `history/io` when no next file can be made
   */
  async rotate(): Promise<void> {
    this.check();
    const { number } = this.#tail;
    this.#rotationDue = true;
    this.#start();
    await this.#running;
    if (this.#tail.number !== number || this.#tail.length === 0) return;
    throw this.#failure ??
      new HistoryError("history/io", "Cannot close the journal file: no next one can be made");
  }

  /** Tries at once whether the disk takes writes again; bounded in how often it really looks. */
  async revive(): Promise<void> {
    if (this.#failure !== undefined) await this.#retry.now();
  }

  /** Commits what was added, then releases the files. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ageTimer?.cancel();
    await this.#running;
    await this.#retry.stop();
    this.#syncTimer?.cancel();
    try {
      if (this.#failure === undefined) await this.#tail.sync();
    } catch (error) {
      throw writeError(error);
    } finally {
      await this.#tail.close();
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
    if (this.#tail.length === 0) this.#rotationDue = false;
    return this.#rotationDue;
  }

  async #commit(): Promise<void> {
    const { hooks, maxBytes, maxAge } = this.#options;
    const batch = this.#filling;
    this.#filling = this.#spare;
    this.#inFlight = batch.length;
    const base = this.#tail.length;
    const isFirst = base === 0 && batch.length > 0;
    const isLast = this.#rotationDue || base + batch.length >= maxBytes;
    if (isLast) hooks.closing();
    try {
      await this.#write(batch);
    } catch (error) {
      return await this.#fail(writeError(error), batch);
    }
    this.#inFlight = 0;
    hooks.committed(batch.tickets, batch.starts, base);
    batch.clear();
    this.#spare = batch;
    if (isFirst) this.#planRotation(maxAge);
    if (isLast) await this.#advance();
    else if (this.#tail.length > maxBytes / 2) this.#tail.prepareNext();
  }

  async #write(batch: Batch<T>): Promise<void> {
    if (batch.length > 0) await this.#tail.write(batch.bytes);
    if (this.#options.commits === "synced") return;
    if (this.#syncDue) {
      this.#syncTimer = undefined;
      this.#syncDue = false;
      return await this.#tail.sync();
    }
    this.#syncTimer ??= this.#options.clock.after(RELAXED_SYNC_MS, () => {
      this.#syncDue = true;
      if (!this.#closed) this.#start();
    });
  }

  /** Goes on to the next file. A failure is no loss: the present file grows until it works. */
  async #advance(): Promise<void> {
    this.#rotationDue = false;
    const { number } = this.#tail;
    try {
      await this.#tail.advance();
    } catch {
      this.#planRotation(ROTATION_RETRY_MS);
      return;
    }
    this.#ageTimer?.cancel();
    this.#options.hooks.closed(number);
  }

  #planRotation(ms: number): void {
    this.#ageTimer?.cancel();
    this.#ageTimer = this.#options.clock.after(ms, () => {
      this.#rotationDue = true;
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
    await this.#tail.cut().catch(() => undefined);
    this.#options.hooks.failed(tickets, error);
    this.#tellHealth();
    if (!this.#closed) this.#retry.start();
  }

  /** True when the disk takes writes again. */
  async #probe(): Promise<boolean> {
    try {
      await this.#tail.probe();
    } catch (error) {
      this.#failure = writeError(error);
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
