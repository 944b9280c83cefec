/**
 * Decides whether it is worth handing a commit to another thread.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

const QUICK_MS = 1;
const SLOW_MS = 5;

/** Learns from each commit how long the next one will take. */
export class Pace {
  readonly #clock: Clock;
  /** Moving average of a commit's milliseconds; begins slow, so that the first ones do not block. */
  #average = 2;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the disk is so quick that waiting for it here is cheaper than not to. */
  get quick(): boolean {
    return this.#average < QUICK_MS;
  }

  begin(): number {
    return this.#clock.monotonic();
  }

  end(began: number): void {
    const took = this.#clock.monotonic() - began;
    // One slow answer is enough to stop blocking; many quick ones are needed to begin again.
    this.#average = took > SLOW_MS ? took : this.#average * 0.9 + took * 0.1;
  }
}
