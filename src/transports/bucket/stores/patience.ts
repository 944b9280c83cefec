/**
 * How long a bucket waits and how often it tries again.
 *
 * @module
 */

/** Bounds of one call; all in milliseconds but `attempts`. */
export interface Patience {
  /** The whole call, unless it brings its own; more for large contents, see `slowest`. */
  readonly deadline: number;
  /** One attempt, up to the answer's head; more for large contents. */
  readonly attempt: number;
  /** One read of a body that comes in pieces. */
  readonly stall: number;
  /** At most this many, the first included. */
  readonly attempts: number;
  /** The longest pause before the first retry; it doubles up to `longestPause`. */
  readonly pause: number;
  readonly longestPause: number;
  /** Bytes a millisecond: what is sent slower than this runs into the bounds above. */
  readonly slowest: number;
}

/** What suits a network. */
export const PATIENCE: Patience = {
  deadline: 60_000,
  attempt: 20_000,
  stall: 20_000,
  attempts: 8,
  pause: 200,
  longestPause: 10_000,
  slowest: 50,
};

/** Milliseconds that sending `bytes` may add to a bound. */
export function sendingTime(patience: Patience, bytes: number): number {
  return Math.ceil(bytes / patience.slowest);
}
