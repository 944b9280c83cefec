/**
 * Who is connected, with how many sessions, and in which state.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Address, RoomId } from "../message/event.ts";
import { Audience, type Receiver } from "./audience.ts";
import type { Channel, Signals } from "./channel.ts";
import type { Person, Presence } from "./contract.ts";
import type { Item } from "./fanout.ts";
import type { HubLimits } from "./limits.ts";
import { bestPresence, samePresence } from "./presence.ts";

/** A session, as far as this file needs it. */
export interface Connected extends Receiver {
  readonly identity: Identity;
  readonly presence: Presence;
  /** The serial since which it hears its account's direct conversations. */
  readonly since: number;
  /** A direct conversation of its account was delivered to it. */
  heard(room: RoomId): void;
}

interface Account {
  who: Identity;
  presence: Presence;
  readonly sessions: Set<Connected>;
}

/** The connected accounts. Also the channel that reaches everybody. */
export class People implements Channel {
  readonly pending: Map<string, Item> = new Map();
  readonly #accounts = new Map<Address, Account>();
  readonly #everybody = new Audience();
  readonly #signals: Signals;
  readonly #limits: HubLimits;

  constructor(parts: { signals: Signals; limits: HubLimits }) {
    this.#signals = parts.signals;
    this.#limits = parts.limits;
  }

  /** Every session. */
  audiences(): readonly Audience[] {
    return [this.#everybody];
  }

  /** How many sessions the account has. */
  sessionsOf(address: Address): number {
    return this.#accounts.get(address)?.sessions.size ?? 0;
  }

  /** The sessions of some accounts, made for one delivery. */
  audienceOf(addresses: readonly Address[]): Audience {
    const audience = new Audience();
    for (const address of new Set(addresses)) {
      for (const session of this.#accounts.get(address)?.sessions ?? []) {
        audience.add(session, session.since);
      }
    }
    return audience;
  }

  /** Tells the sessions of some accounts that a direct conversation reaches them. */
  heard(addresses: readonly Address[], room: RoomId): void {
    for (const address of addresses) {
      for (const session of this.#accounts.get(address)?.sessions ?? []) session.heard(room);
    }
  }

  connect(session: Connected): void {
    const address = session.identity.address;
    const account = this.#accounts.get(address);
    if (account === undefined) {
      const sessions = new Set([session]);
      const made = { who: session.identity, presence: session.presence, sessions };
      this.#accounts.set(address, made);
      this.#announce(made, session);
    } else {
      account.sessions.add(session);
      account.who = session.identity;
      this.changed(session);
    }
    // Behind its own coming, so that what it hears is the end of what the others hear.
    this.#everybody.add(session, this.#signals.serial);
  }

  disconnect(session: Connected): void {
    const account = this.#accounts.get(session.identity.address);
    this.#everybody.delete(session);
    if (account === undefined || !account.sessions.delete(session)) return;
    if (account.sessions.size === 0) this.#accounts.delete(session.identity.address);
    this.changed(session, account);
  }

  /** Looks whether the state of the session's account is another one now, and tells everybody. */
  changed(session: Connected, account = this.#accounts.get(session.identity.address)): void {
    if (account === undefined) return;
    const presence = bestPresence([...account.sessions].map((one) => one.presence));
    if (samePresence(presence, account.presence)) return;
    account.presence = presence;
    this.#announce(account, session);
  }

  /** The state of an account; offline when it is not connected. */
  presenceOf(address: Address): Presence {
    return this.#accounts.get(address)?.presence ?? { show: "offline" };
  }

  /** Everybody, by name. */
  list(): Person[] {
    return [...this.#accounts.values()]
      .map(({ who, presence, sessions }) => ({ who, presence, sessions: sessions.size }))
      .sort((a, b) => a.who.name < b.who.name ? -1 : 1);
  }

  /** One connected account; undefined when it is not. */
  get(address: Address): Person | undefined {
    const account = this.#accounts.get(address);
    if (account === undefined) return undefined;
    return { who: account.who, presence: account.presence, sessions: account.sessions.size };
  }

  #announce(account: Account, origin: Connected): void {
    if (this.#accounts.size > this.#limits.announce) return;
    const { who, presence } = account;
    this.#signals.gather(this, { kind: "presence", who, presence }, origin);
  }
}
