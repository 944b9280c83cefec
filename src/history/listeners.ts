/**
 * Those who want to be told.
 *
 * @module
 */
import type { Logger } from "../log.ts";

/** A set of listeners. They must not throw; if one does all the same, the others do not suffer. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener; the returned function removes it. */
  add(listener: (value: T) => void): () => void {
    // The same function may be added twice.
    const entry = (value: T) => listener(value);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#logger.error("A listener of the history failed: {error}", { error });
      }
    }
  }
}
