/**
 * Contacts of an XMPP account as the terminal has them.
 *
 * @module
 */
import type { Show } from "../../protocol/frames.ts";
import type { Avatars } from "../../transports/xmpp/features/avatars.ts";
import type { Blocking } from "../../transports/xmpp/features/blocking.ts";
import type { ClientPresence, Presence } from "../../transports/xmpp/features/presence.ts";
import type { Contact as RosterContact, Roster } from "../../transports/xmpp/features/roster.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { Contact } from "../../ui/terminal/session_event.ts";
import type { Contacts } from "../../ui/terminal/session_extras.ts";
import type { RoomList } from "./room_list.ts";

const SEES = { none: "none", to: "them", from: "you", both: "both" } as const;

/** See the module's description. */
export class ContactList implements Contacts {
  readonly #roster: Roster;
  readonly #presence: Presence;
  readonly #blocking: Blocking;
  readonly #avatars: Avatars;
  readonly #rooms: Pick<RoomList, "decline">;

  constructor(
    { roster, presence, blocking, avatars, rooms }: {
      readonly roster: Roster;
      readonly presence: Presence;
      readonly blocking: Blocking;
      readonly avatars: Avatars;
      readonly rooms: Pick<RoomList, "decline">;
    },
  ) {
    this.#roster = roster;
    this.#presence = presence;
    this.#blocking = blocking;
    this.#avatars = avatars;
    this.#rooms = rooms;
  }

  list(): readonly Contact[] {
    return [...this.#roster.contacts.values()].map((contact) => this.of(contact));
  }

  /** One contact, with the presence that is known. */
  of({ jid, name, groups, subscription, isAsked }: RosterContact): Contact {
    const [best] = this.#presence.of(jid);
    return {
      address: jid,
      name: name ?? jid,
      show: showOf(best),
      ...(best?.status === undefined ? {} : { text: best.status }),
      groups,
      sees: subscription === "none" && isAsked ? "asked" : SEES[subscription],
      isBlocked: this.#blocking.blocked.has(jid),
      hasPicture: this.#avatars.hashOf(jid) !== undefined,
    };
  }

  /** What somebody is called; undefined when their address says it. */
  nameOf(bare: string): string | undefined {
    return this.#roster.contacts.get(bare)?.name;
  }

  async add(
    who: string,
    options: { readonly name?: string; readonly groups?: readonly string[] } = {},
  ): Promise<void> {
    const { bare } = parseJid(who);
    await this.#roster.set(bare, options);
    this.#roster.subscribe(bare);
  }

  async remove(who: string): Promise<void> {
    await this.#roster.remove(parseJid(who).bare);
  }

  accept(who: string): Promise<void> {
    const { bare } = parseJid(who);
    this.#roster.accept(bare);
    // Whoever lets somebody see them wants to see them too, as people expect of a contact.
    const known = this.#roster.contacts.get(bare);
    if (known === undefined || known.subscription === "none") this.#roster.subscribe(bare);
    return Promise.resolve();
  }

  /** Also to an invitation into a room. */
  async decline(who: string): Promise<void> {
    const { bare } = parseJid(who);
    if (!await this.#rooms.decline(bare)) this.#roster.refuse(bare);
  }

  /** A whole domain too, and in a room one person by the nickname. */
  async block(who: string): Promise<void> {
    await this.#blocking.block(who);
  }

  async unblock(who: string): Promise<void> {
    await this.#blocking.unblock(who);
  }

  blocked(): Promise<readonly string[]> {
    return Promise.resolve([...this.#blocking.blocked]);
  }
}

/** Presence as every protocol's people have it. */
export function showOf(client: ClientPresence | undefined): Show {
  return client === undefined ? "offline" : showOfState(client.show);
}

/** The same of a state that is known. */
export function showOfState(show: ClientPresence["show"]): Show {
  return SHOWS[show];
}

const SHOWS = {
  chat: "online",
  available: "online",
  away: "away",
  xa: "away",
  dnd: "busy",
} as const;
