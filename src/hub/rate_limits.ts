import type { Clock } from "../clock.ts";
import type { Address } from "../message/event.ts";
import { HubError } from "./errors.ts";
import type { HubLimits } from "./limits.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Accounts remembered; forgetting the oldest only gives it a full bucket again. */
const ACCOUNTS = 10_000;

/** One bucket per account, for requests that belong to no session. */
export class RateLimits {
  readonly #limits: HubLimits;
  readonly #clock: Clock;
  readonly #buckets = new Map<Address, TokenBucket>();

  constructor(limits: HubLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes one request. @throws {HubError} `hub/rate-limited` */
  spend(account: Address): void {
    const { burst, ratePerSecond } = this.#limits;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(account) ?? new TokenBucket(burst, now);
    this.#buckets.delete(account);
    this.#buckets.set(account, bucket);
    if (this.#buckets.size > ACCOUNTS) this.#forgetOldest();
    const retryAfterMs = bucket.take(now, burst, ratePerSecond);
    if (retryAfterMs === 0) return;
    throw new HubError("hub/rate-limited", "Cannot do this now: too many requests", {
      retryAfterMs,
    });
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
