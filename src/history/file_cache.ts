/**
 * A bounded set of files held in memory, the longest unused dropped first, all dropped when nobody
 * reads: an idle server should not hold what somebody scrolled through an hour ago.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";

const IDLE_MS = 60_000;

/** Something that takes memory. */
export interface Sized {
  /** Bytes. */
  readonly size: number;
}

/** See the module's description. */
export class FileCache<T extends Sized> {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, T>();
  #timer: Timer | undefined;
  #lastUse = 0;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** The entry of `key`, when it is held. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.put(key, entry);
    return entry;
  }

  /** The entry of `key`, made when it is not held. */
  use(key: string, make: () => T): T {
    const entry = this.#entries.get(key) ?? make();
    this.put(key, entry);
    return entry;
  }

  /** Holds an entry as the last used one. */
  put(key: string, entry: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#lastUse = this.#clock.monotonic();
    this.#timer ??= this.#clock.after(IDLE_MS, () => this.#expire());
    this.#trim(key);
  }

  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** Drops everything. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#entries.clear();
  }

  /** Entries grow after they were handed out: what is counted is what they hold now. */
  #trim(keep: string): void {
    let total = 0;
    for (const entry of this.#entries.values()) total += entry.size;
    for (const [key, entry] of this.#entries) {
      if (total <= this.#maxBytes) return;
      if (key === keep) continue;
      total -= entry.size;
      this.#entries.delete(key);
    }
  }

  #expire(): void {
    this.#timer = undefined;
    const idle = this.#clock.monotonic() - this.#lastUse;
    if (idle >= IDLE_MS) this.#entries.clear();
    else this.#timer = this.#clock.after(IDLE_MS - idle, () => this.#expire());
  }
}
