/**
 * Conversations and rooms of an account, and who is in them, as the terminal lists them.
 *
 * @module
 */
import type { RoomId } from "../../message/event.ts";
import { presence } from "../../transports/xmpp/features/presence.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Occupant, RoomSummary, SessionPerson } from "../../ui/terminal/session_event.ts";
import { type ContactList, showOf } from "./contact_list.ts";
import type { Conversations } from "./conversations.ts";
import { knownPeerOf } from "./peers.ts";
import type { RoomList } from "./room_list.ts";

/** What {@linkcode Places} looks into. */
export interface PlaceParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly contacts: ContactList;
  readonly rooms: RoomList;
}

/** See the module's description. */
export class Places {
  readonly #parts: PlaceParts;

  constructor(parts: PlaceParts) {
    this.#parts = parts;
  }

  /** As {@linkcode ChatSession.about} has it. */
  about(room: RoomId): RoomSummary | undefined {
    const { rooms } = this.#parts;
    const peer = knownPeerOf(room);
    if (peer === undefined || !rooms.has(peer)) return undefined;
    return { room, ...rooms.about(peer) };
  }

  /** Who is there: in a conversation `you` and the other one. @throws {ChatnodeError} */
  occupants(peer: string, you: SessionPerson | undefined): readonly Occupant[] {
    const { xmpp, contacts, rooms } = this.#parts;
    if (rooms.has(peer)) return rooms.occupants(peer);
    const [best] = xmpp.use(presence).of(peer);
    const other: Occupant = {
      address: peer,
      name: contacts.nameOf(peer) ?? peer,
      show: showOf(best),
      ...(best?.status === undefined ? {} : { text: best.status }),
    };
    return you === undefined ? [other] : [{ ...you, show: "online" }, other];
  }

  /** Conversations that there were, contacts, rooms one is in or has marked. */
  all(): readonly RoomSummary[] {
    const { conversations, contacts, rooms } = this.#parts;
    const known = new Map(conversations.all().map((each) => [each.peer, each]));
    for (const peer of [...contacts.list().map(({ address }) => address), ...rooms.all()]) {
      if (known.has(peer)) continue;
      known.set(peer, { room: conversations.roomOf(peer), peer, events: [], unread: 0 });
    }
    return [...known.values()].map(({ room, peer, events, unread }) => {
      const lastMs = events.at(-1)?.timestamp_ms;
      const person = { members: 2, kind: "person", name: contacts.nameOf(peer) ?? peer } as const;
      return {
        ...{ room, unread, ...rooms.has(peer) ? rooms.about(peer) : person },
        ...(lastMs === undefined ? {} : { lastMs }),
      };
    });
  }
}
