/**
 * Files of which something waits, to be verified again when there is what it waits for.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Hold, WantedFile } from "./intake.ts";

/** What waits for its time to come is verified again this often. */
const HELD_EVERY = 10 * 60 * 1000;

/** See the module's description. */
export class HeldFiles {
  readonly #clock: Clock;
  readonly #files: Map<string, { readonly wanted: WantedFile; readonly for: Hold }>;
  #learnt: boolean;
  /** Files taken in since the last look. */
  #took = 0;
  #lookedAt: number;

  /** @param keys of files that are held from an earlier run */
  constructor(keys: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.#files = new Map(keys.map((key) => [key, { wanted: { key }, for: "knowledge" }]));
    this.#learnt = keys.length > 0;
    this.#lookedAt = clock.monotonic();
  }

  get size(): number {
    return this.#files.size;
  }

  /** Whether something was learnt of devices since the last look. */
  get learnt(): boolean {
    return this.#learnt;
  }

  has(key: string): boolean {
    return this.#files.has(key);
  }

  hold(wanted: WantedFile, hold: Hold): void {
    this.#files.set(wanted.key, { wanted, for: hold });
  }

  /** Something was learnt of devices. */
  noteLearnt(): void {
    this.#learnt = true;
  }

  /** A file was taken in. */
  noteTaken(): void {
    this.#took++;
  }

  /**
   * Hands out what may be verified again now.
   *
   * @param take false when it cannot be taken now; it stays held then
   */
  release(take: (wanted: WantedFile) => boolean): void {
    const now = this.#clock.monotonic();
    const everything = this.#learnt;
    this.#learnt = false;
    // Fetching again costs money: nothing but time changes by itself.
    const isTime = now - this.#lookedAt >= HELD_EVERY;
    if (everything || isTime) this.#lookedAt = now;
    for (const [key, held] of this.#files) {
      const isDue = everything || (held.for === "time" && isTime) ||
        (held.for === "files" && this.#took > 0);
      if (isDue && take(held.wanted)) this.#files.delete(key);
    }
    this.#took = 0;
  }
}
