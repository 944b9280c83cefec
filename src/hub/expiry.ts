/**
 * Ends what has a time to end, with one timer for all: thousands of sessions need no timer each.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";

/** Two ends closer than this are found by one look, milliseconds. */
const GRAIN_MS = 1_000;
/** Longer waits are split: timers count in 32 bits, and the wall clock may step. */
const LONGEST_MS = 10 * 60 * 1_000;

/** See the module's description. */
export class Expiry<Key> {
  readonly #clock: Clock;
  readonly #expired: (key: Key) => void;
  readonly #ends = new Map<Key, number>();
  #timer: Timer | undefined;
  #due = Infinity;

  /** @param expired called once for every key whose time has come */
  constructor(clock: Clock, expired: (key: Key) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** @param at milliseconds since the epoch */
  add(key: Key, at: number): void {
    this.#ends.set(key, at);
    this.#schedule(at);
  }

  /** Forgets a key; harmless when it is not there. */
  delete(key: Key): void {
    if (!this.#ends.delete(key) || this.#ends.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Infinity;
  }

  #schedule(at: number): void {
    const now = this.#clock.now();
    const due = Math.min(Math.max(at, now + 1), now + LONGEST_MS);
    if (due >= this.#due) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = this.#clock.after(due - now, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    this.#timer = undefined;
    this.#due = Infinity;
    const expired = [...this.#ends].filter(([, at]) => at <= now).map(([key]) => key);
    for (const key of expired) {
      this.#ends.delete(key);
      this.#expired(key);
    }
    const next = [...this.#ends.values()].reduce((least, at) => Math.min(least, at), Infinity);
    if (next !== Infinity) this.#schedule(Math.max(next, now + GRAIN_MS));
  }
}
