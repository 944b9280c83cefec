/**
 * Waits for a bucket that cannot be reached: for work that goes on until it is interrupted.
 *
 * @module
 */
import { getLogger } from "../log.ts";
import { BackOff } from "../protocol/client/back_off.ts";
import { BucketError } from "../transports/bucket/stores/errors.ts";
import { type BucketSurroundings, type OpenedBucket, reachBucket } from "./bucket.ts";
import { pause } from "./pause.ts";

/** What passes by itself. Whatever else is wrong has to be put right by somebody. */
const PASSING: ReadonlySet<string> = new Set(["bucket/unavailable", "bucket/timeout"]);
const PAUSES = { first: 1_000, most: 60_000 };

/**
 * As `reachBucket`, again and again as long as the bucket is only out of reach.
 *
 * @throws as `reachBucket`; the signal's reason
 */
export async function awaitBucket(
  url: string,
  surroundings: BucketSurroundings,
): Promise<OpenedBucket> {
  const { random, clock, signal } = surroundings;
  const backOff = new BackOff(random, PAUSES.first, PAUSES.most);
  for (let told = "";;) {
    try {
      return await reachBucket(url, surroundings);
    } catch (error) {
      if (!(error instanceof BucketError) || !PASSING.has(error.code)) throw error;
      const reason = error.message;
      if (reason !== told) {
        getLogger(["sync"]).warn("{reason}; it is tried again until it works", { reason });
      }
      told = reason;
    }
    await pause(clock, backOff.next(), signal);
  }
}
