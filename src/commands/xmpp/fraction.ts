/**
 * Randomness as the XMPP client takes it.
 *
 * @module
 */
import type { Io } from "../io.ts";

/** A number at least 0 and below 1, as `Math.random` gives. */
export function fractionOf(io: Pick<Io, "random">): number {
  return new DataView(io.random(4).buffer).getUint32(0) / 2 ** 32;
}
