/**
 * Who is meant: by the id of a room, by what a person types, by an address.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { roomKind } from "../../message/address.ts";
import type { Address, RoomId } from "../../message/event.ts";
import { roster } from "../../transports/xmpp/features/roster.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Conversations } from "./conversations.ts";
import { nickOf, type RoomList } from "./room_list.ts";

/** What {@linkcode Peers} looks into. */
export interface PeerParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
}

/** See the module's description. */
export class Peers {
  readonly #parts: PeerParts;

  constructor(parts: PeerParts) {
    this.#parts = parts;
  }

  /**
   * A JID, the local part of one of the own domain, or what a contact is called.
   *
   * @throws {XmppError} `xmpp/address`
   */
  person(text: string): string {
    const { xmpp, rooms } = this.#parts;
    if (text.includes("@")) {
      const { bare, full } = parseJid(text);
      // Somebody in a room is known by the room and a nickname alone.
      return rooms.has(bare) && full !== bare ? full : bare;
    }
    const called = [...xmpp.use(roster).contacts.values()]
      .filter(({ name }) => name?.toLowerCase() === text.toLowerCase());
    const [only] = called;
    if (called.length === 1 && only !== undefined) return only.jid;
    return parseJid(`${text}@${parseJid(xmpp.account).domain}`).bare;
  }

  /** As {@linkcode ChatSession.find} has it. @throws {ChatnodeError} */
  find(name: string, as: "room" | "person"): RoomId {
    const { conversations, rooms } = this.#parts;
    if (name.startsWith("xmpp:") && name.includes("/")) {
      peerOf(name);
      return name;
    }
    return conversations.roomOf(
      as === "person" ? this.person(name) : rooms.named(name) ?? parseJid(name).bare,
    );
  }

  /** As {@linkcode ChatSession.nameOf} has it; `named` is what contacts are called. */
  nameOf(
    address: Address,
    room: RoomId | undefined,
    named: (bare: string) => string | undefined,
  ): string | undefined {
    const { xmpp, rooms } = this.#parts;
    const peer = room === undefined ? undefined : knownPeerOf(room);
    if (peer !== undefined && nickOf(address, peer) !== undefined) return nickOf(address, peer);
    if (peer !== undefined && address === xmpp.account && rooms.isFollowed(peer)) {
      return rooms.nickIn(peer);
    }
    return named(address);
  }
}

/** With whom a room is. @throws {ChatnodeError} `xmpp/address` when it is none of an account */
export function peerOf(room: RoomId): string {
  const kind = roomKind(room);
  if (kind.kind === "xmpp") return kind.peer;
  throw new ChatnodeError("xmpp/address", "Cannot use the room: it is no XMPP conversation", {
    hint: "Name somebody: alice@example.org.",
  });
}

/** The same; undefined for what is no room of an account, as for one that only an interface has. */
export function knownPeerOf(room: RoomId): string | undefined {
  return room.startsWith("xmpp:") ? peerOf(room) : undefined;
}
