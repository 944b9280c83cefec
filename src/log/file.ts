/**
 * A rotating log file that survives what happens to files: a full disk, a folder that went away, a
 * file that logrotate moved.
 *
 * @module
 */
import { getRotatingFileSink } from "@logtape/file";
import type { LogRecord, Sink } from "@logtape/logtape";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import type { Format } from "./format.ts";

/** Waits between attempts to write again, milliseconds. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 300_000;
/** A lone line is on its way to the file after this long, milliseconds. */
const FLUSH_MS = 1000;
/** A burst is written in pieces of about this size, bytes. */
const BUFFER = 64 * 1024;

/** How a file is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** Bytes after which the file is moved to `<path>.1`. */
  readonly maxBytes: number;
  /** How many moved files are kept. */
  readonly maxFiles: number;
  readonly format: Format;
  /** `soon`: within a second; `at once`: each line as it comes. */
  readonly flush: "soon" | "at once";
  readonly clock: Clock;
  /** Told when writing fails: at most once for each attempt. */
  readonly onFailure: (error: unknown) => void;
}

type OpenSink = Sink & AsyncDisposable;

/** See the module's description. No method throws or rejects. */
export class LogFile {
  readonly #options: LogFileOptions;
  #sink: OpenSink | undefined;
  #retryAt = 0;
  #wait = FIRST_RETRY_MS;
  #openedAt = 0;
  /** Sinks being flushed and closed. */
  #closing: Promise<void> = Promise.resolve();

  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#open();
  }

  get path(): string {
    return this.#options.path;
  }

  /** Queues a record; while the file cannot be written, records are lost. */
  add(record: LogRecord): void {
    const now = this.#options.clock.monotonic();
    if (this.#sink === undefined) {
      if (now < this.#retryAt) return;
      this.#open();
    }
    this.#sink?.(record);
  }

  /** To be called when the sink says that it could not write. */
  failed(error: unknown): void {
    if (this.#sink === undefined) return;
    const now = this.#options.clock.monotonic();
    // It went well for long enough to be a new trouble.
    if (now - this.#openedAt > 2 * this.#wait) this.#wait = FIRST_RETRY_MS;
    this.#retire();
    this.#retryAt = now + this.#wait;
    this.#wait = Math.min(this.#wait * 2, LAST_RETRY_MS);
    this.#options.onFailure(error);
  }

  /** Writes what waits to the file as it is, then opens the path anew. */
  async reopen(): Promise<void> {
    this.#retire();
    await this.#closing;
    this.#wait = FIRST_RETRY_MS;
    this.#open();
  }

  /** Writes what waits and closes. */
  async close(): Promise<void> {
    this.#retire();
    this.#retryAt = Infinity;
    await this.#closing;
  }

  #retire(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#sink = undefined;
    this.#closing = this.#closing
      .then(() => sink[Symbol.asyncDispose]())
      .catch(() => {});
  }

  #open(): void {
    const { path, maxBytes, maxFiles, format, flush, clock } = this.#options;
    this.#openedAt = clock.monotonic();
    try {
      Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      prepare(path);
      const sink: Sink = getRotatingFileSink(path, {
        maxSize: maxBytes,
        maxFiles,
        formatter: format,
        nonBlocking: true,
        bufferSize: flush === "soon" ? BUFFER : 0,
        flushInterval: FLUSH_MS,
      });
      // With nonBlocking it is; the package's overloads are in an order that hides it.
      this.#sink = sink as OpenSink;
    } catch (error) {
      this.#retryAt = this.#openedAt + this.#wait;
      this.#wait = Math.min(this.#wait * 2, LAST_RETRY_MS);
      this.#options.onFailure(error);
    }
  }
}

/**
 * Makes the file for its owner alone, and ends a line that a full disk or a crash cut short, so that
 * the next one stands alone.
 */
function prepare(path: string): void {
  using file = Deno.openSync(path, { create: true, read: true, append: true, mode: 0o600 });
  const { size, isFile } = file.statSync();
  if (!isFile || size === 0) return;
  const last = new Uint8Array(1);
  file.seekSync(-1, Deno.SeekMode.End);
  file.readSync(last);
  if (last[0] !== 10) file.writeSync(Uint8Array.of(10));
}
