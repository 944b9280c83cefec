/**
 * Who there is: for completion, for the marks beside names, and for the contact list.
 *
 * @module
 */
import type { Address } from "../../../../message/event.ts";
import type { Show } from "../../../../protocol/frames.ts";
import type { Contact, SessionPerson } from "../../session.ts";

/** Names that are kept for completion. */
const MOST = 500;
/** People whose state is kept. */
const PRESENCES_MOST = 5_000;

/** A state, and what its owner says of it; not safe to show. */
export interface Presence {
  readonly show: Show;
  readonly text: string | undefined;
}

/** See the module's description. */
export class Names {
  /** Those who spoke or came last, last. */
  readonly #names = new Map<string, Address>();
  readonly #presence = new Map<Address, Presence>();
  readonly #contacts = new Map<Address, Contact>();

  /** What people are called, those who spoke last first; not safe to show. */
  list(): readonly string[] {
    return [...this.#names.keys()].reverse();
  }

  /** The contact list, by name. */
  contacts(): readonly Contact[] {
    return [...this.#contacts.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  presenceOf(address: Address): Presence | undefined {
    return this.#presence.get(address);
  }

  /** The address that goes with a name; undefined when nobody of that name was seen. */
  addressOf(name: string): Address | undefined {
    return this.#names.get(name);
  }

  /** Somebody said something. */
  spoke(address: Address, name: string): void {
    this.#names.delete(name);
    this.#names.set(name, address);
    bound(this.#names, MOST);
  }

  /** Somebody is, or was, about. */
  seen(who: SessionPerson): void {
    if (!this.#names.has(who.name)) this.#names.set(who.name, who.address);
    bound(this.#names, MOST);
  }

  /** Somebody's state is known. */
  present(who: SessionPerson, show: Show, text?: string): void {
    this.seen(who);
    this.#presence.set(who.address, { show, text });
    bound(this.#presence, PRESENCES_MOST);
  }

  /** Somebody is on the contact list. */
  contact(contact: Contact): void {
    this.#contacts.set(contact.address, contact);
    this.present(contact, contact.show, contact.text);
  }

  /** Not any more. */
  forget(address: Address): void {
    this.#contacts.delete(address);
  }
}

function bound<Key>(kept: Map<Key, unknown>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(oldest);
  }
}
