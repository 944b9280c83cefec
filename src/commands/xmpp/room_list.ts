/**
 * Rooms of an XMPP account as the terminal has them: coming in, who is there, going.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { Address } from "../../message/event.ts";
import { bookmarks } from "../../transports/xmpp/features/bookmarks.ts";
import { disco } from "../../transports/xmpp/features/disco.ts";
import { type InvitationEvent, invitations } from "../../transports/xmpp/features/invitations.ts";
import type { Occupant as RoomOccupant, Room } from "../../transports/xmpp/features/room.ts";
import { roomControl } from "../../transports/xmpp/features/room_control.ts";
import { type RoomEvent, rooms } from "../../transports/xmpp/features/rooms.ts";
import { parseJid, readJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Occupant, RoomSummary, SessionPerson } from "../../ui/terminal/session_event.ts";
import type { JoinOptions } from "../../ui/terminal/session.ts";
import { showOfState } from "./contact_list.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";

const KNOWN_MOST = 2_000;
const PASSWORDS_MOST = 100;
const INVITATIONS_MOST = 100;

/** See the module's description. Rooms are named by their bare JIDs. */
export class RoomList {
  readonly #xmpp: XmppSession;
  /** What once was a room is not written to as to a person. */
  readonly #known = new Remembered<string, true>(KNOWN_MOST);
  readonly #unlocking = new Map<string, Promise<void>>();
  readonly #leaving = new Set<string>();
  /** Of rooms that one is in, or was invited to; secrets. */
  readonly #passwords = new Remembered<string, string>(PASSWORDS_MOST);
  /** Who has invited to a room that one has not come into; undefined for whom nobody can answer. */
  readonly #inviters = new Remembered<string, string | undefined>(INVITATIONS_MOST);

  constructor(xmpp: XmppSession) {
    this.#xmpp = xmpp;
  }

  /** Whether `peer` is a room, as far as one knows. */
  has(peer: string): boolean {
    return this.#xmpp.use(rooms).all.has(peer) || this.#known.has(peer) ||
      this.#xmpp.use(bookmarks).all.has(peer);
  }

  /** From now on `peer` counts as a room. */
  note(peer: string): void {
    this.#known.set(peer, true);
  }

  /** Somebody invites to a room: the password that they gave serves when one comes. */
  invited({ room, password, from, way }: InvitationEvent): void {
    if (password !== undefined) this.#passwords.set(room, password);
    this.#inviters.set(room, way === "mediated" ? from : undefined);
  }

  /** Says no to an invitation; false when there is none. @throws {XmppError} as `Invitations` */
  async decline(room: string): Promise<boolean> {
    if (!this.#inviters.has(room)) return false;
    const from = this.#inviters.get(room);
    this.#inviters.delete(room);
    // Who has invited directly is not told: there is no way to.
    if (from !== undefined) await this.#xmpp.use(invitations).decline(room, from);
    return true;
  }

  /** Whether a full JID is somebody in a room that one is in. */
  isOccupant(full: string): boolean {
    const jid = readJid(full);
    return jid !== undefined && jid.resource !== "" && this.#xmpp.use(rooms).all.has(jid.bare);
  }

  /** Whether one is in the room, or comes back into it by itself. */
  isFollowed(room: string): boolean {
    return this.#xmpp.use(rooms).all.has(room);
  }

  /** Whether one goes of one's own will, just now. */
  isLeaving(room: string): boolean {
    return this.#leaving.has(room);
  }

  /**
   * Comes in; nothing for who is there already. Whether a JID is a room is asked of its server: who
   * is none has a conversation, which needs no coming in.
   *
   * @throws {XmppError} as `Rooms.join`
   */
  async join(peer: string, { nick, password }: JoinOptions): Promise<void> {
    const all = this.#xmpp.use(rooms);
    const known = all.all.get(peer);
    if (known?.isJoined === true) {
      if (nick !== undefined && nick !== known.nick) await all.rename(peer, nick);
      return;
    }
    const isSure = nick !== undefined || password !== undefined || this.has(peer);
    if (!isSure) {
      if (!await this.#isRoom(peer)) return;
      // Also for who is not let in: what is meant for a room is said to nobody.
      this.note(peer);
    }
    const bookmark = this.#xmpp.use(bookmarks).all.get(peer);
    const secret = password ?? this.#passwords.get(peer) ?? bookmark?.password;
    await all.join(peer, {
      nick: nick ?? bookmark?.nick ?? this.#ownName,
      ...(secret === undefined ? {} : { password: secret }),
    });
    if (secret !== undefined) this.#passwords.set(peer, secret);
    await this.#unlocking.get(peer);
  }

  /** What one came in with, or was told; a secret. */
  passwordOf(peer: string): string | undefined {
    return this.#passwords.get(peer);
  }

  /** The room of the bookmarks that is called so. */
  named(name: string): string | undefined {
    const called = [...this.#xmpp.use(bookmarks).all.values()]
      .filter((one) => one.name?.toLowerCase() === name.toLowerCase());
    return called.length === 1 ? called[0]?.room : undefined;
  }

  /** Goes; nothing for who is not there. */
  leave(peer: string): void {
    this.#leaving.add(peer);
    try {
      this.#xmpp.use(rooms).leave(peer);
    } finally {
      this.#leaving.delete(peer);
    }
  }

  /** Something happened to one's stay. What one has made by coming in is opened for others. */
  happened({ room, state, isCreated }: RoomEvent): void {
    if (state !== "joined") return;
    this.note(room);
    this.#inviters.delete(room);
    if (!isCreated) return;
    const done = this.#xmpp.use(roomControl).configure(room)
      // Whoever may not open it learns that from everybody who stays outside.
      .catch(() => {}).finally(() => this.#unlocking.delete(room));
    this.#unlocking.set(room, done);
  }

  /** Who is in a room. @throws {ChatnodeError} `client/not-there` */
  occupants(peer: string): readonly Occupant[] {
    return [...this.#here(peer).occupants.values()].map((one) => this.#occupant(peer, one));
  }

  /** A room that one is in. @throws {ChatnodeError} `client/not-there` */
  #here(peer: string): Room {
    const room = this.#xmpp.use(rooms).all.get(peer);
    if (room !== undefined) return room;
    throw notThere();
  }

  /** What one's own nickname in a room is. @throws {ChatnodeError} `client/not-there` */
  nickIn(peer: string): string {
    return this.#here(peer).nick;
  }

  /** What is known of a room, but for what was said in it. */
  about(peer: string): Omit<RoomSummary, "room"> {
    const room = this.#xmpp.use(rooms).all.get(peer);
    const name = this.#xmpp.use(bookmarks).all.get(peer)?.name;
    return {
      kind: "room",
      members: room?.occupants.size ?? 0,
      isFollowed: room !== undefined,
      name: name ?? peer,
      ...(room?.subject === undefined ? {} : { topic: room.subject }),
    };
  }

  /** Rooms that one is in, and those of the bookmarks. */
  all(): readonly string[] {
    const all = [...this.#xmpp.use(rooms).all.keys(), ...this.#xmpp.use(bookmarks).all.keys()];
    return [...new Set(all)];
  }

  /** Who has a nickname in a room; oneself is the account's person everywhere. */
  person(peer: string, nick: string): SessionPerson {
    const { account } = this.#xmpp;
    const isSelf = this.#xmpp.use(rooms).all.get(peer)?.nick === nick;
    return { address: isSelf ? account : `${peer}/${nick}`, name: nick };
  }

  #occupant(peer: string, { nick, role, affiliation, show, status }: RoomOccupant): Occupant {
    const isPlain = affiliation === "none" || affiliation === "member";
    return {
      ...this.person(peer, nick),
      show: showOfState(show),
      ...(status === undefined ? {} : { text: status }),
      role: isPlain ? role : affiliation,
    };
  }

  get #ownName(): string {
    return readJid(this.#xmpp.account)?.local ?? "chatnode";
  }

  async #isRoom(peer: string): Promise<boolean> {
    const { local, domain } = parseJid(peer);
    if (local === "") return false;
    const identities = await this.#xmpp.use(disco).info(domain)
      .then((info) => info.identities, () => []);
    return identities.some(({ category }) => category === "conference");
  }
}

/** The addresses of people in rooms end with their nicknames there. */
export function nickOf(address: Address, room: string): string | undefined {
  return address.startsWith(`${room}/`) ? address.slice(room.length + 1) : undefined;
}

/** One is not in a room. */
export function notThere(): ChatnodeError {
  return new ChatnodeError("client/not-there", "Cannot do this: you are not in the room", {
    hint: "/join ROOM enters it.",
  });
}
