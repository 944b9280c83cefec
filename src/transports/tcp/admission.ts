/**
 * How many connections there are, and how fast they come, by address.
 *
 * @module
 */
import { partyOf } from "../../accounts/remote.ts";
import type { Clock } from "../../clock.ts";
import { TokenBucket } from "../../hub/token_bucket.ts";
import type { TcpLimits } from "./limits.ts";

/** Addresses whose pace is remembered; forgetting the oldest only gives it a full bucket again. */
const ADDRESSES = 10_000;

/** Why a connection is not taken. */
export type Refusal =
  | "too many"
  | "too many of this address"
  | "too fast"
  | "a PROXY header of nobody in trustedProxies"
  | "a broken PROXY header";

/** Counts connections; see the module's description. */
export class Admission {
  readonly #limits: TcpLimits;
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();
  readonly #pace = new Map<string, TokenBucket>();
  #total = 0;

  constructor(limits: TcpLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** A connection has come, from whomever; undefined when there is room. */
  enter(): Refusal | undefined {
    if (this.#total >= this.#limits.connections) return "too many";
    this.#total += 1;
    return undefined;
  }

  /** A connection that had entered is over. */
  leave(): void {
    this.#total -= 1;
  }

  /** It is clear which address a connection is from; undefined when it may have one more. */
  count(address: string): Refusal | undefined {
    const party = partyOf(address);
    const open = this.#open.get(party) ?? 0;
    if (this.#isTooFast(party)) return "too fast";
    if (open >= this.#limits.connectionsPerAddress) return "too many of this address";
    this.#open.set(party, open + 1);
    return undefined;
  }

  /** A connection that was counted is over. */
  discount(address: string): void {
    const party = partyOf(address);
    const open = (this.#open.get(party) ?? 1) - 1;
    if (open === 0) this.#open.delete(party);
    else this.#open.set(party, open);
  }

  #isTooFast(party: string): boolean {
    const { connectBurst, connectsPerSecond } = this.#limits;
    const now = this.#clock.monotonic();
    const bucket = this.#pace.get(party) ?? new TokenBucket(connectBurst, now);
    this.#pace.delete(party);
    this.#pace.set(party, bucket);
    if (this.#pace.size > ADDRESSES) this.#forgetOldest();
    return bucket.take(now, connectBurst, connectsPerSecond) > 0;
  }

  #forgetOldest(): void {
    for (const oldest of this.#pace.keys()) {
      this.#pace.delete(oldest);
      return;
    }
  }
}
