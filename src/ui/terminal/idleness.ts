/**
 * Notices that nobody has touched the keyboard for a while, and that somebody does again.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";

/** What it works with. */
export interface IdlenessParts {
  readonly clock: Clock;
  /** Milliseconds without a key after which nobody counts as being there; 0: never. */
  readonly afterMs: number;
  /** Somebody is there: told with every key. */
  present(): void;
  /** Nobody is any more: told once. */
  absent(): void;
}

/** See the module's description. Begins with somebody who is there. */
export class Idleness {
  readonly #parts: IdlenessParts;
  #touchedAt: number;
  #timer: Timer | undefined;

  constructor(parts: IdlenessParts) {
    this.#parts = parts;
    this.#touchedAt = parts.clock.monotonic();
    this.#wait(parts.afterMs);
  }

  /** A key was pressed, or the window was turned to. */
  touched(): void {
    const { clock, afterMs, present } = this.#parts;
    this.#touchedAt = clock.monotonic();
    // While somebody types the timer that runs already is enough: it looks how long it has been.
    if (this.#timer === undefined) this.#wait(afterMs);
    present();
  }

  /** Nothing is noticed any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    const { clock, afterMs, absent } = this.#parts;
    if (afterMs === 0) return;
    this.#timer = clock.after(ms, () => {
      const left = this.#touchedAt + afterMs - clock.monotonic();
      if (left > 0) return this.#wait(left);
      this.#timer = undefined;
      absent();
    });
  }
}
