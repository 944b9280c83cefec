/**
 * Slows the guessing of passwords down.
 *
 * Three counts of failed attempts, each free for a while and then met with growing delays:
 * - **place**, an account from an address: somebody guessing one password. Strict.
 * - **address**: somebody trying many names. Strict, with more free attempts. This machine's own
 *   addresses are left out: behind them stands the operator, or a proxy that does not tell whom it
 *   speaks for, and one guesser must not keep out everybody else behind it.
 * - **name**: many addresses guessing one account's password. Soft: its delay is short.
 *
 * A place from which the account was signed in to lately answers for itself only: neither strangers
 * elsewhere who guess its password nor somebody else behind the same address keep its owner out.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { type DelayRule, Delays } from "./delays.ts";
import { LruMap } from "./lru.ts";
import { isLoopback, partyOf } from "./remote.ts";

export interface ThrottleRules {
  readonly place: DelayRule;
  readonly address: DelayRule;
  readonly name: DelayRule;
  /** New accounts of one address, failed attempts too. */
  readonly registration: DelayRule;
  /** A count that has not grown for so many milliseconds is forgotten. */
  readonly window: number;
}

/**
 * The rules that follow from two settings.
 *
 * @param attempts failed attempts at one account from one address that cost nothing; twice as many
 *   from one address, five times as many at one account
 * @param window milliseconds without a failed attempt after which all is forgotten
 */
export function throttleRules(attempts: number, window: number): ThrottleRules {
  const longest = Math.min(15 * MINUTE, window);
  return {
    place: { free: attempts, first: 1_000, longest },
    address: { free: 2 * attempts, first: 1_000, longest },
    name: { free: 5 * attempts, first: 1_000, longest: Math.min(30_000, window) },
    registration: { free: 10, first: 10_000, longest },
    window,
  };
}

const MINUTE = 60_000;

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

  constructor(clock: Clock, rules: ThrottleRules) {
    this.#rules = rules;
    this.#delays = new Delays(clock, { kept: KEPT_COUNTS, window: rules.window });
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
    const place = `place ${party ?? "here"} ${name}`;
    const counts = this.#countsOf(party, name, place);
    const wait = Math.max(...counts.map(([key, rule]) => this.#delays.wait(key, rule)));
    if (wait > 0) return wait;
    for (const [key] of counts) this.#delays.add(key);
    const dropped = (): void => counts.forEach(([key]) => this.#delays.undo(key));
    return {
      dropped,
      succeeded: () => {
        dropped();
        this.#delays.reset(place);
        this.#delays.reset(`name ${name}`);
        this.#places.set(place, true);
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
    place: string,
  ): readonly (readonly [string, DelayRule])[] {
    const rules = this.#rules;
    if (this.#places.get(place) !== undefined) return [[place, rules.place]];
    const remote = party !== undefined && !isLoopback(party);
    return [
      [place, rules.place],
      [`name ${name}`, rules.name],
      ...remote ? [[`address ${party}`, rules.address] as const] : [],
    ];
  }
}
