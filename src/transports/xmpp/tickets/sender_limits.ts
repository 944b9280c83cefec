/**
 * How much one contact may ask of the ticket system.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { TokenBucket } from "../../../hub/token_bucket.ts";

/** At once, and in the long run. */
const RATES = {
  ticket: { burst: 3, perSecond: 1 / 60 },
  message: { burst: 20, perSecond: 1 },
} as const;
/** Contacts remembered; the one unheard of for longest is forgotten first. */
const MOST = 10_000;

/** See the module's description. */
export class SenderLimits {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a contact may do this now; it counts then. */
  allows(peer: string, what: keyof typeof RATES): boolean {
    const { burst, perSecond } = RATES[what];
    const now = this.#clock.monotonic();
    const key = `${what} ${peer}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(burst, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(now, burst, perSecond) === 0;
  }
}
