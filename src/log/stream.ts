/**
 * Lines to stderr, without ever waiting for whoever reads it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** What is needed of stderr. */
export interface LogStream {
  readonly isTerminal: boolean;
  write(text: string): Promise<void>;
}

/** Lines that wait for a reader that is slow, in UTF-16 units; more are dropped and counted. */
const MOST_WAITING = 1024 * 1024;
/** How long closing waits for the reader, milliseconds. */
const CLOSE_MS = 2000;

/** A bounded queue in front of a stream. */
export class StreamQueue {
  readonly #stream: LogStream;
  readonly #clock: Clock;
  readonly #note: (dropped: number) => string;
  #waiting: string[] = [];
  #size = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /** `note` makes the line that stands where lines were dropped. */
  constructor(stream: LogStream, clock: Clock, note: (dropped: number) => string) {
    this.#stream = stream;
    this.#clock = clock;
    this.#note = note;
  }

  /** Queues a line; drops it when too much waits. Never throws. */
  add(line: string): void {
    if (this.#size + line.length > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#size += line.length;
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const text = this.#waiting.join("");
        // Lines are dropped only once these fill the queue: the note belongs right after them.
        const note = this.#dropped === 0 ? "" : this.#note(this.#dropped);
        this.#waiting = [];
        this.#dropped = 0;
        await this.#stream.write(text + note);
        this.#size -= text.length;
      }
    } catch {
      // Nobody reads stderr any more; there is nowhere left to say so.
      this.#waiting = [];
      this.#size = 0;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Resolves once everything is written, or after two seconds. */
  async close(): Promise<void> {
    if (this.#writing === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(CLOSE_MS, resolve);
    await Promise.race([this.#writing, promise]);
    timer.cancel();
  }
}
