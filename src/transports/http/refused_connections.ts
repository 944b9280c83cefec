import type { Clock } from "../../clock.ts";
import type { Logger } from "../../log.ts";

/** Between two lines about refused connections, milliseconds. */
const TELL_EVERY = 10_000;

/** Tells of connections that were refused: a flood of them must not become a flood of lines. */
export class RefusedConnections {
  readonly #clock: Clock;
  readonly #log: Logger;
  #told = -Infinity;
  #untold = 0;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Counts a connection of `address` that was refused. */
  add(address: string): void {
    this.#untold++;
    const now = this.#clock.monotonic();
    if (now - this.#told < TELL_EVERY) return;
    this.#told = now;
    const refused = this.#untold;
    this.#untold = 0;
    this.#log.warn(
      "{refused} connections refused since the last such line, this one of {address}: too many",
      { refused, address },
    );
  }
}
