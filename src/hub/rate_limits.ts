import type { Clock } from "../clock.ts";
import type { Address } from "../message/event.ts";
import { HubError } from "./errors.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Accounts remembered; forgetting the oldest only gives it a full bucket again. */
const ACCOUNTS = 10_000;

/** How much may come at once, and per second in the long run; see `TokenBucket.take`. */
export interface Rate {
  readonly burst: number;
  readonly ratePerSecond: number;
}

/** One bucket per account, for what belongs to no session. */
export class RateLimits {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<Address, TokenBucket>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Takes one request. @throws {HubError} `hub/rate-limited` */
  spend(account: Address): void {
    const retryAfterMs = this.take(account);
    if (retryAfterMs === 0) return;
    throw new HubError("hub/rate-limited", "Cannot do this now: too many requests", {
      retryAfterMs,
    });
  }

  /** Takes one. Returns 0 when there was one, else the milliseconds until there will be. */
  take(account: Address): number {
    const { burst, ratePerSecond } = this.#rate;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(account) ?? new TokenBucket(burst, now);
    this.#buckets.delete(account);
    this.#buckets.set(account, bucket);
    if (this.#buckets.size > ACCOUNTS) this.#forgetOldest();
    return bucket.take(now, burst, ratePerSecond);
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
