/**
 * Counts of failures that grow into delays.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { LruMap } from "./lru.ts";

/** How one count grows into a delay. */
export interface DelayRule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** Delay after the first failure beyond, milliseconds; doubles with each further one. */
  readonly first: number;
  /** Longest delay, milliseconds; never longer than the window. */
  readonly longest: number;
}

interface Count {
  failures: number;
  /** Monotonic time of the last one. */
  last: number;
}

/** See the module's description. */
export class Delays {
  readonly #clock: Clock;
  readonly #window: number;
  readonly #counts: LruMap<string, Count>;

  /**
   * @param limits `kept`: how many counts are kept, the one not used for longest is forgotten
   *   first; `window`: a count that has not grown for so many milliseconds is forgotten
   */
  constructor(clock: Clock, limits: { readonly kept: number; readonly window: number }) {
    this.#clock = clock;
    this.#window = limits.window;
    this.#counts = new LruMap(limits.kept);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Milliseconds until the next attempt may be made; 0 for now. */
  wait(key: string, rule: DelayRule): number {
    const count = this.#counts.get(key);
    if (count === undefined || count.failures <= rule.free) return 0;
    const past = this.#clock.monotonic() - count.last;
    if (past >= this.#window) return 0;
    const doublings = Math.min(count.failures - rule.free - 1, 30);
    return Math.max(0, Math.ceil(Math.min(rule.first * 2 ** doublings, rule.longest) - past));
  }

  /** Counts one more. */
  add(key: string): void {
    const now = this.#clock.monotonic();
    const count = this.#counts.get(key);
    if (count === undefined || now - count.last >= this.#window) {
      this.#counts.set(key, { failures: 1, last: now });
    } else {
      count.failures++;
      count.last = now;
    }
  }

  /** Takes one {@linkcode add} back. */
  undo(key: string): void {
    const count = this.#counts.get(key);
    if (count === undefined) return;
    count.failures--;
    if (count.failures <= 0) this.#counts.delete(key);
  }

  /** Forgets a count. */
  reset(key: string): void {
    this.#counts.delete(key);
  }
}
