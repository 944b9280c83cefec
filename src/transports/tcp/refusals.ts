import type { Clock } from "../../clock.ts";
import { getLogger } from "../../log.ts";
import type { Refusal } from "./admission.ts";

/** Between two lines about refused connections, milliseconds: a flood must not fill the log. */
const TELL_EVERY = 10_000;

const log = getLogger(["tcp"]);

/** Tells the log of refused connections: of the first at once, of the others now and then. */
export class Refusals {
  readonly #clock: Clock;
  #count = 0;
  #toldAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(address: string, refusal: Refusal): void {
    this.#count += 1;
    const now = this.#clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY) return;
    log.warn("{count} connections refused, the last of {address}: {refusal}", {
      count: this.#count,
      address,
      refusal,
    });
    this.#toldAt = now;
    this.#count = 0;
  }
}
