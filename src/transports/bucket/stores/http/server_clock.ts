/**
 * The store's clock, for signatures: ours, corrected once the store has shown that it differs.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { getLogger } from "../../../../log.ts";

/** Differences below this are the time that an answer takes, milliseconds. */
const NOTABLE = 60_000;

/** See the module's description. */
export class ServerClock {
  readonly #clock: Clock;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the Unix epoch, as the store counts them. */
  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  /**
   * Sets the clock by an answer's `Date`, and says so in the log.
   *
   * @returns whether that made a difference: if not, trying again is of no use
   */
  correct(headers: Headers): boolean {
    const date = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(date) || Math.abs(date - this.now()) < NOTABLE) return false;
    this.#ahead = date - this.#clock.now();
    const minutes = Math.round(Math.abs(this.#ahead) / 60_000);
    const way = this.#ahead > 0 ? "behind" : "ahead of";
    getLogger(["bucket"]).warn(
      "This machine's clock is {minutes} minutes {way} the store's; requests are signed with the store's time",
      { minutes, way },
    );
    return true;
  }
}
