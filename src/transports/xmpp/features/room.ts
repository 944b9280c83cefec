/**
 * A room of a multi-user chat as one occupant sees it: who is there, as what, and what is said of
 * their coming and going (XEP-0045, 7 and 8).
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { childText, type Element } from "../xml.ts";
import type { Show } from "./presence.ts";

/** What somebody may do in a room now. */
export type Role = "none" | "visitor" | "participant" | "moderator";
/** What somebody is to a room for good. */
export type Affiliation = "none" | "outcast" | "member" | "admin" | "owner";

/** Somebody in a room. */
export interface Occupant {
  /** As they chose it: not safe to show. */
  readonly nick: string;
  /** Who they are, bare, if the room tells. */
  readonly jid: string | undefined;
  readonly role: Role;
  readonly affiliation: Affiliation;
  readonly show: Show;
  /** Theirs: not safe to show. */
  readonly status: string | undefined;
  /** The room's own name for the person, the same under each nickname (XEP-0421). */
  readonly occupantId: string | undefined;
}

/** Why somebody is not there any more. */
export type Departure =
  | "left"
  | "kicked"
  | "banned"
  | "members-only"
  | "destroyed"
  /** The room, or the way to it, is gone for now. */
  | "lost";

/** What a presence in a room says. */
export interface RoomPresence {
  readonly nick: string;
  readonly isSelf: boolean;
  readonly isCreated: boolean;
  /** Who is there; undefined when they are not. */
  readonly occupant: Occupant | undefined;
  readonly departure: Departure | undefined;
  /** The nickname that they have from now on. */
  readonly newNick: string | undefined;
  /** What is said with it: not safe to show. */
  readonly text: string | undefined;
  /** Who did it, if it was done to them: a nickname or a JID, not safe to show. */
  readonly by: string | undefined;
}

export const MUC = "http://jabber.org/protocol/muc";
export const MUC_USER = "http://jabber.org/protocol/muc#user";
export const OCCUPANT_IDS = "urn:xmpp:occupant-id:0";

export const ROLES: readonly Role[] = ["none", "visitor", "participant", "moderator"];
export const AFFILIATIONS: readonly Affiliation[] = [
  ...["none", "outcast", "member", "admin", "owner"] as const,
];
const SHOWS: readonly Show[] = ["chat", "away", "xa", "dnd"];
const OCCUPANTS_MOST = 5_000;
const ID_MOST = 512;
const DEPARTURES: readonly (readonly [string, Departure])[] = [
  ["301", "banned"],
  ["307", "kicked"],
  ["321", "members-only"],
  ["322", "members-only"],
  ["332", "lost"],
  ["333", "lost"],
];

/** See the module's description. */
export class Room {
  /** Bare. */
  readonly jid: string;
  /** By nickname. */
  readonly occupants = new Map<string, Occupant>();
  /** One's own nickname. */
  nick: string;
  isJoined = false;
  /** The room's own; not safe to show. */
  subject: string | undefined;
  readonly #entries = new Map<string, number>();
  #entered = 0;
  /** What the room says that it can. */
  features: ReadonlySet<string> = new Set();

  constructor(jid: string, nick: string) {
    this.jid = jid;
    this.nick = nick;
  }

  /** Whether others see who one is. Undefined before the room was asked. */
  get isAnonymous(): boolean | undefined {
    if (this.features.size === 0) return undefined;
    return !this.features.has("muc_nonanonymous");
  }

  get self(): Occupant | undefined {
    return this.occupants.get(this.nick);
  }

  /** Takes over what a presence says; false when there is no room for one more. */
  apply({ nick, occupant, newNick, isSelf }: RoomPresence): boolean {
    if (occupant === undefined) {
      const entry = this.#entries.get(nick);
      this.occupants.delete(nick);
      this.#entries.delete(nick);
      // Who takes another nickname stays the same person.
      if (newNick !== undefined && entry !== undefined) this.#entries.set(newNick, entry);
      if (isSelf && newNick !== undefined) this.nick = newNick;
      return true;
    }
    if (!this.occupants.has(nick) && this.occupants.size >= OCCUPANTS_MOST && !isSelf) return false;
    this.occupants.set(nick, occupant);
    if (!this.#entries.has(nick)) this.#entries.set(nick, this.#entered += 1);
    return true;
  }

  /** One's own entry is over, and with it what one knows of others. */
  clear(): void {
    this.isJoined = false;
    this.occupants.clear();
    this.#entries.clear();
  }

  /** Which stay in the room it is that somebody has under a nickname; undefined for nobody. */
  entryOf(nick: string): number | undefined {
    return this.#entries.get(nick);
  }

  /** The name of the person who said `stanza`, where the room vouches for such names. */
  occupantIdOf(stanza: Element): string | undefined {
    if (!this.features.has(OCCUPANT_IDS)) return undefined;
    const id = stanza.getChild("occupant-id", OCCUPANT_IDS)?.attrs["id"];
    return id === undefined || id === "" || id.length > ID_MOST ? undefined : id;
  }
}

/** Reads a presence of type available or unavailable from an occupant of `room`. */
export function readRoomPresence(stanza: Element, nick: string, room: Room): RoomPresence {
  const x = stanza.getChild("x", MUC_USER);
  const codes = new Set((x?.getChildren("status") ?? []).map(({ attrs }) => attrs["code"]));
  const item = x?.getChild("item");
  const isGone = stanza.attrs["type"] === "unavailable";
  const isRenamed = isGone && codes.has("303") && (item?.attrs["nick"] ?? "") !== "";
  const destroyed = x?.getChild("destroy");
  const actor = item?.getChild("actor");
  const show = stanza.getChildText("show")?.trim();
  return {
    nick,
    isSelf: codes.has("110") || (room.isJoined && nick === room.nick),
    isCreated: codes.has("201"),
    occupant: isGone ? undefined : {
      nick,
      jid: readJid(item?.attrs["jid"])?.bare,
      role: ROLES.find((role) => role === item?.attrs["role"]) ?? "none",
      affiliation: AFFILIATIONS.find((each) => each === item?.attrs["affiliation"]) ?? "none",
      show: SHOWS.find((each) => each === show) ?? "available",
      status: childText(stanza, "status"),
      occupantId: room.occupantIdOf(stanza),
    },
    departure: !isGone || isRenamed
      ? undefined
      : destroyed !== undefined
      ? "destroyed"
      : DEPARTURES.find(([code]) => codes.has(code))?.[1] ?? "left",
    newNick: isRenamed ? item?.attrs["nick"] : undefined,
    text: textOf(item, "reason") ?? textOf(destroyed, "reason") ??
      (isGone ? childText(stanza, "status") : undefined),
    by: actor?.attrs["nick"] ?? readJid(actor?.attrs["jid"])?.bare,
  };
}

function textOf(element: Element | undefined, name: string): string | undefined {
  return element === undefined ? undefined : childText(element, name);
}
