/**
 * How far long work is: a bar on a terminal, a plain line now and then elsewhere. Always on stderr,
 * so that stdout holds the result alone.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { printBytes } from "../config/units.ts";
import { truncated, visible } from "../text.ts";
import type { Output } from "./io.ts";

/** The bar is drawn again at most this often, milliseconds. */
const REDRAW_MS = 100;
/** Lines are written at most this often where there is no terminal, milliseconds. */
const LINE_MS = 5000;
/** Rates are over about this long, milliseconds. */
const RATE_MS = 5000;
const BAR = 24;

/** What is counted. */
export interface ProgressOptions {
  /** What is being done, a few words: `Verifying`. */
  readonly label: string;
  /** How much there is; undefined when nobody knows. */
  readonly total: number | undefined;
  /** What one is called in the plural (`events`), or `bytes`. */
  readonly unit: string;
  readonly output: Output;
  readonly clock: Clock;
}

/** Work that tells how far it is. */
export interface Progress {
  /** Sets how much is done; cheap enough to be called for each item. */
  update(done: number): void;
  /** Adds to what is done. */
  advance(by: number): void;
  /** Shows the end and leaves the line; further calls do nothing. */
  finish(): Promise<void>;
}

/** Begins to show the progress of one piece of work. */
export function progress(options: ProgressOptions): Progress {
  return new Shown(options);
}

class Shown implements Progress {
  readonly #options: ProgressOptions;
  readonly #started: number;
  readonly #meter: Meter;
  #done = 0;
  #drawn: number;
  #lines = 0;
  #finished = false;
  /** Writes go out one after the other; a failed one (nobody reads) ends the showing. */
  #writing: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#started = options.clock.monotonic();
    this.#drawn = this.#started;
    this.#meter = new Meter(this.#started);
  }

  update(done: number): void {
    this.#done = done;
    if (this.#finished) return;
    const now = this.#options.clock.monotonic();
    const every = this.#options.output.isTerminal ? REDRAW_MS : LINE_MS;
    if (now - this.#drawn < every) return;
    this.#drawn = now;
    this.#meter.count(done, now);
    // A terminal that cannot keep up is not sent more.
    if (this.#pending === 0) this.#write(this.#line(now));
  }

  advance(by: number): void {
    this.update(this.#done + by);
  }

  async finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    const { isTerminal } = this.#options.output;
    // Work that was over before its first line has nothing to tell where nobody watches.
    if (isTerminal) this.#write(`\r${this.#summary()}\x1b[K\n`);
    else if (this.#lines > 0) this.#write(`${this.#summary()}\n`);
    await this.#writing;
  }

  #write(text: string): void {
    this.#lines++;
    this.#pending++;
    this.#writing = this.#writing
      .then(() => this.#options.output.write(text))
      .catch(() => {
        this.#finished = true;
      })
      .finally(() => this.#pending--);
  }

  #line(now: number): string {
    const { label, total, output } = this.#options;
    const rate = this.#meter.rate();
    const left = total === undefined || rate <= 0 ? undefined : (total - this.#done) / rate;
    const facts = [
      this.#amount(),
      `${this.#counted(rate * 1000)}/s`,
      ...(left === undefined ? [] : [`${spell(left)} left`]),
    ].join(", ");
    if (!output.isTerminal) return `${visible(label)}: ${facts}\n`;
    const bar = total === undefined ? spell(now - this.#started) : drawBar(this.#done / total);
    const text = `${visible(label)} ${bar} ${facts}`;
    // A line that wraps could not be drawn over.
    return `\r${truncated(text, (output.columns ?? 80) - 1)}\x1b[K`;
  }

  #summary(): string {
    const { label, clock } = this.#options;
    const took = clock.monotonic() - this.#started;
    return `${visible(label)}: ${this.#counted(this.#done)} in ${spell(took)}`;
  }

  #amount(): string {
    const { total } = this.#options;
    if (total === undefined) return this.#counted(this.#done);
    const percent = total === 0 ? 100 : Math.min(100, Math.floor(this.#done / total * 100));
    return `${percent}% of ${this.#counted(total)}`;
  }

  #counted(amount: number): string {
    const { unit } = this.#options;
    if (unit === "bytes") return shortBytes(amount);
    const digits = amount > 0 && amount < 10 && !Number.isInteger(amount) ? 1 : 0;
    return `${amount.toFixed(digits).replace(/\B(?=(?:\d{3})+$)/g, ",")} ${unit}`;
  }
}

/** An exponentially weighted rate: follows changes, does not jump. */
class Meter {
  #at: number;
  #done = 0;
  #rate: number | undefined;

  constructor(at: number) {
    this.#at = at;
  }

  count(done: number, now: number): void {
    const passed = now - this.#at;
    if (passed <= 0) return;
    const current = (done - this.#done) / passed;
    const weight = 1 - Math.exp(-passed / RATE_MS);
    this.#rate = this.#rate === undefined ? current : this.#rate + weight * (current - this.#rate);
    this.#at = now;
    this.#done = done;
  }

  /** Per millisecond. */
  rate(): number {
    return Math.max(0, this.#rate ?? 0);
  }
}

function drawBar(fraction: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR);
  return `[${"#".repeat(filled)}${"-".repeat(BAR - filled)}]`;
}

/** One decimal of the largest fitting unit: `3.4MiB`. */
function shortBytes(bytes: number): string {
  const step = [1024 ** 3, 1024 ** 2, 1024].find((unit) => bytes >= unit) ?? 1;
  const suffix = printBytes(step).replace(/^\d+/, "");
  return `${(bytes / step).toFixed(step === 1 ? 0 : 1)}${suffix}`;
}

/** `800ms`, `12s`, `3m 20s`, `2h 05m`. */
function spell(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}
