/**
 * A queue of events on their way, in the order of their offsets. An array and not a map: entries
 * come and go by the hundred thousand, and a map that was outgrown would keep them all, with their
 * events, until the next full collection.
 *
 * @module
 */
import type { KeyEntry } from "./key_window.ts";
import { bisect } from "./slice.ts";

/** Entries that may be gone at the front before the array is made anew. */
const SLACK = 1_024;

/** See the module's description. */
export class WaitingKeys {
  #entries: (KeyEntry | undefined)[] = [];
  /** Index of the first entry that is still there. */
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** The entry of an event, if it is on its way. */
  at(offset: number): KeyEntry | undefined {
    const index = bisect(this.size, (each) => this.#offsetAt(each) >= offset);
    const entry = this.#entries[this.#head + index];
    return entry?.offset === offset ? entry : undefined;
  }

  push(entry: KeyEntry): void {
    this.#entries.push(entry);
  }

  /** Drops the first entry. */
  shift(): void {
    this.#entries[this.#head++] = undefined;
    if (this.#head < this.#entries.length && this.#head < SLACK) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** Drops the last entry. */
  pop(): void {
    this.#entries.pop();
  }

  #offsetAt(index: number): number {
    return this.#entries[this.#head + index]?.offset ?? Number.POSITIVE_INFINITY;
  }
}
