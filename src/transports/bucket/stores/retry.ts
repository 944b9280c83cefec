/**
 * Tries a call again while that is worth it: a pause with full jitter between the attempts, longer
 * each time, or as long as the store asks for; over with the attempts or with the call.
 *
 * @module
 */
import type { Call } from "./call.ts";
import type { BucketError } from "./errors.ts";
import type { Patience } from "./patience.ts";

/** How an attempt went. A throw ends the call at once. */
export type Attempt<T> =
  | { readonly kind: "done"; readonly value: T }
  | {
    readonly kind: "again";
    /** Thrown when this was the last one. */
    readonly error: BucketError;
    /** Milliseconds that the store wants us to wait at least; 0 is at once, without a pause. */
    readonly afterMs?: number;
  };

/** What {@linkcode retry} decides with. */
export interface RetryOptions {
  readonly patience: Patience;
  /** 0 <= random() < 1. */
  readonly random: () => number;
}

/**
 * The value of the first attempt that is done.
 *
 * @throws the error of the last attempt; the reason of `call` when it ended
 */
export async function retry<T>(
  call: Call,
  options: RetryOptions,
  attempt: () => Promise<Attempt<T>>,
): Promise<T> {
  const { patience, random } = options;
  for (let made = 1;; made++) {
    call.signal.throwIfAborted();
    const outcome = await attempt();
    if (outcome.kind === "done") return outcome.value;
    const { error, afterMs } = outcome;
    call.note(error);
    call.signal.throwIfAborted();
    if (made >= patience.attempts) throw error;
    if (afterMs === 0) continue;
    const jitter = random() * Math.min(patience.longestPause, patience.pause * 2 ** (made - 1));
    const pause = (afterMs ?? 0) + jitter;
    // Waiting for a time that never comes would only hide the reason.
    if (pause >= call.remaining) throw error;
    await call.wait(pause);
  }
}
