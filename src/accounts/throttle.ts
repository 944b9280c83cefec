/**
 * Slows the guessing of passwords down.
 *
 * Three counts of failed attempts, each free for a while and then met with growing delays:
 * - **address and name**: somebody guessing one account's password. Strict.
 * - **address**: somebody trying many names. Strict, with more free attempts. This machine's own
 *   addresses are left out: behind them stands the operator, or a proxy that does not tell whom it
 *   speaks for, and one guesser must not keep out everybody else behind it.
 * - **name**: many addresses guessing one account's password. Soft: its delay is short, and whoever
 *   comes from where the account was signed in to lately is let past, so that an attacker cannot
 *   keep the owner out.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { type DelayRule, Delays } from "./delays.ts";
import { LruMap } from "./lru.ts";
import { isLoopback, partyOf } from "./remote.ts";

export interface ThrottleRules {
  readonly pair: DelayRule;
  readonly address: DelayRule;
  readonly name: DelayRule;
  /** New accounts of one address, failed or not. */
  readonly registration: DelayRule;
}

export const THROTTLE_RULES: ThrottleRules = {
  pair: { free: 5, first: 1_000, longest: 15 * 60_000 },
  address: { free: 20, first: 1_000, longest: 15 * 60_000 },
  name: { free: 50, first: 1_000, longest: 30_000 },
  registration: { free: 10, first: 10_000, longest: 30 * 60_000 },
};

/** Counts kept: about 10 MB when an attacker fills them. */
const KEPT_COUNTS = 50_000;
/** Places from where an account was signed in to. */
const KEPT_PLACES = 20_000;

/** One attempt that was let through; tell it how it ended unless it failed. */
export interface Attempt {
  /** The password was right. Resets the counts of the name, not that of the address. */
  succeeded(): void;
  /** It was never checked (the node was busy): it does not count. */
  dropped(): void;
}

/** See the module's description. */
export class Throttle {
  readonly #rules: ThrottleRules;
  readonly #delays: Delays;
  readonly #places = new LruMap<string, true>(KEPT_PLACES);

  constructor(clock: Clock, rules: ThrottleRules = THROTTLE_RULES) {
    this.#rules = rules;
    this.#delays = new Delays(clock, KEPT_COUNTS);
  }

  /**
   * Asks whether an attempt to sign in may be made now. It counts as failed from here on, so that
   * making many at once is no way around; {@linkcode Attempt} takes that back.
   *
   * @param name the folded name
   * @param address the remote address; undefined where there is none
   * @returns the attempt, or the milliseconds to wait
   */
  begin(name: string, address: string | undefined): Attempt | number {
    const party = address === undefined ? undefined : partyOf(address);
    const pair = `pair ${party ?? "here"} ${name}`;
    const counts = this.#countsOf(party, name, pair);
    const wait = Math.max(...counts.map(([key, rule]) => this.#delays.wait(key, rule)));
    if (wait > 0) return wait;
    for (const [key] of counts) this.#delays.add(key);
    const dropped = (): void => counts.forEach(([key]) => this.#delays.undo(key));
    return {
      dropped,
      succeeded: () => {
        dropped();
        this.#delays.reset(pair);
        this.#delays.reset(`name ${name}`);
        this.#places.set(pair, true);
      },
    };
  }

  /**
   * Asks whether an account may be registered from an address now, and counts it.
   *
   * @returns the milliseconds to wait; 0 for now
   */
  beginRegistration(address: string | undefined): number {
    const party = address === undefined ? undefined : partyOf(address);
    if (party === undefined || isLoopback(party)) return 0;
    const key = `registration ${party}`;
    const wait = this.#delays.wait(key, this.#rules.registration);
    if (wait === 0) this.#delays.add(key);
    return wait;
  }

  #countsOf(
    party: string | undefined,
    name: string,
    pair: string,
  ): readonly (readonly [string, DelayRule])[] {
    const rules = this.#rules;
    const known = this.#places.get(pair) !== undefined;
    const remote = party !== undefined && !isLoopback(party);
    return [
      [pair, rules.pair],
      ...remote ? [[`address ${party}`, rules.address] as const] : [],
      ...known ? [] : [[`name ${name}`, rules.name] as const],
    ];
  }
}
