/**
 * What an XMPP session and its features tell, as the terminal hears it.
 *
 * @module
 */
import type { Address, ChatEvent } from "../../message/event.ts";
import type { AvatarEvent } from "../../transports/xmpp/features/avatars.ts";
import type { ArchiveEvent } from "../../transports/xmpp/features/archive.ts";
import type { ChatStateEvent } from "../../transports/xmpp/features/chat_states.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import type { CorrectionEvent } from "../../transports/xmpp/features/corrections.ts";
import type { ReactionsEvent } from "../../transports/xmpp/features/reactions.ts";
import type { RetractionEvent } from "../../transports/xmpp/features/retractions.ts";
import type { InvitationEvent } from "../../transports/xmpp/features/invitations.ts";
import type { FailedMessageEvent, MessageEvent } from "../../transports/xmpp/features/messages.ts";
import type { PresenceEvent } from "../../transports/xmpp/features/presence.ts";
import type { ReadElsewhereEvent, ReceiptEvent } from "../../transports/xmpp/features/receipts.ts";
import type {
  OccupantEvent,
  RoomEvent,
  RoomSubjectEvent,
} from "../../transports/xmpp/features/rooms.ts";
import type { VoiceRequestEvent } from "../../transports/xmpp/features/room_standing.ts";
import type { RosterEvent, SubscriptionEvent } from "../../transports/xmpp/features/roster.ts";
import type { SessionNews } from "../../transports/xmpp/session/session.ts";
import { truncated } from "../../text.ts";
import type { SessionEvent, SessionPerson } from "../../ui/terminal/session_event.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { type ContactList, showOf, showOfState } from "./contact_list.ts";
import type { Conversations } from "./conversations.ts";
import type { HeardChanges } from "./heard_changes.ts";
import { nickOf, type RoomList } from "./room_list.ts";

/** Everything that is translated; what features tell besides is nobody's here. */
type Told =
  | SessionNews
  | AvatarEvent
  | ArchiveEvent
  | ChatStateEvent
  | CorrectionEvent
  | FailedMessageEvent
  | InvitationEvent
  | MessageEvent
  | OccupantEvent
  | PresenceEvent
  | ReactionsEvent
  | ReadElsewhereEvent
  | ReceiptEvent
  | RetractionEvent
  | RoomEvent
  | RoomSubjectEvent
  | RosterEvent
  | SubscriptionEvent
  | VoiceRequestEvent;

const TYPING = {
  active: "idle",
  composing: "typing",
  paused: "paused",
  inactive: "idle",
  gone: "idle",
} as const;
const SUBSCRIPTIONS = {
  granted: "lets you see when they are there",
  refused: "does not let you see when they are there",
  withdrawn: "does not want to see any more when you are there",
} as const;

/** What stands behind a nickname must be seen. */
const NICK_COLUMNS = 18;

const STAYS = {
  kicked: "You were put out of the room",
  banned: "You were put out of the room for good",
  "members-only": "The room is for its members alone now",
  destroyed: "The room was closed",
} as const;

/** See the module's description. */
export class Translation {
  readonly #account: Address;
  readonly #conversations: Conversations;
  readonly #contacts: ContactList;
  readonly #rooms: RoomList;
  readonly #changes: HeardChanges;

  constructor(
    account: Address,
    conversations: Conversations,
    { contacts, rooms, changes }: {
      readonly contacts: ContactList;
      readonly rooms: RoomList;
      readonly changes: HeardChanges;
    },
  ) {
    this.#account = account;
    this.#conversations = conversations;
    this.#contacts = contacts;
    this.#rooms = rooms;
    this.#changes = changes;
  }

  /** What the terminal is told; `you` is who one is by now. */
  of(happened: SessionNews | FeatureEvent, you: SessionPerson | undefined): SessionEvent[] {
    const event = happened as Told;
    switch (event.kind) {
      case "online":
        return you === undefined ? [] : [{ kind: "online", you, node: event.jid.domain }];
      case "offline":
        return [{ kind: "offline", retryMs: event.retryMs }];
      case "message":
        return told(this.#changes.said(event.message));
      case "correction":
        return told(this.#changes.corrected(event));
      case "retraction":
        return this.#retracted(event);
      case "reactions":
        return this.#reacted(event);
      case "message-failed":
        return this.#failed(event);
      case "receipt":
        return this.#receipt(event);
      case "read-elsewhere":
        return this.#seen(event);
      case "chat-state": {
        const { peer, state } = event;
        // In a room everybody who is there has a nickname.
        const who = this.#rooms.has(peer)
          ? this.#rooms.person(peer, parseJid(event.from).resource)
          : this.#person(peer);
        return [{ kind: "typing", room: this.#room(peer), who, state: TYPING[state] }];
      }
      case "presence": {
        const { from, best } = event;
        const text = best?.status === undefined ? {} : { text: best.status };
        return [{ kind: "presence", who: this.#person(from), show: showOf(best), ...text }];
      }
      case "roster":
        return this.#roster(event);
      case "avatar": {
        const contact = this.#contacts.list().find(({ address }) => address === event.from);
        return contact === undefined ? [] : [{ kind: "contact", contact, state: "kept" }];
      }
      case "subscription":
        return this.#subscription(event);
      case "room":
        return this.#stay(event);
      case "room-subject":
        return [this.#summary(event.room)];
      case "occupant":
        return this.#occupant(event);
      case "invitation":
        return this.#invitation(event);
      case "voice-request":
        return this.#voiceRequest(event);
      case "archive":
        return this.#archive(event);
      default:
        return [];
    }
  }

  #archive({ archive, state }: ArchiveEvent): SessionEvent[] {
    if (state === "caught-up") return [];
    const text = "More was said while you were away than is fetched by itself: the archive has it";
    return [{ kind: "notice", text, room: this.#room(archive) }];
  }

  #retracted(event: RetractionEvent): SessionEvent[] {
    const redactions = this.#changes.retracted(event);
    if (redactions !== undefined) return redactions.flatMap(told);
    const { message: { peer, from, type, source } } = event;
    if (source === "archive") return [];
    const who = type === "groupchat" ? from.resource : this.#person(from.bare).name;
    const text = `${who} takes back a message that is not known here as theirs`;
    return [{ kind: "notice", text, room: this.#room(peer) }];
  }

  #reacted(event: ReactionsEvent): SessionEvent[] {
    return this.#changes.reacted(event).flatMap(told);
  }

  #failed({ peer, id, condition }: FailedMessageEvent): SessionEvent[] {
    const event = this.#conversations.find(peer, this.#account, id);
    if (event === undefined) return [];
    const room = this.#room(peer);
    return [{ kind: "receipt", room, id: event, state: "failed", text: condition }];
  }

  #receipt({ peer, id, state }: ReceiptEvent): SessionEvent[] {
    const reached = state === "displayed" ? "read" : "delivered";
    const event = this.#conversations.find(peer, this.#account, id);
    if (event !== undefined) {
      return [{ kind: "receipt", room: this.#room(peer), id: event, state: reached }];
    }
    // Of a message to a whole room somebody there tells it.
    const { bare, resource } = parseJid(peer);
    if (resource === "" || !this.#rooms.has(bare)) return [];
    const said = this.#conversations.find(bare, this.#account, id);
    const who = this.#rooms.person(bare, resource);
    if (said === undefined || who.address === this.#account) return [];
    return [{ kind: "receipt", room: this.#room(bare), id: said, state: reached, who }];
  }

  /** One is in a room, or no longer. */
  #stay({ room: peer, state, isCreated, text, by }: RoomEvent): SessionEvent[] {
    const room = this.#room(peer);
    const summary = this.#summary(peer);
    if (state === "joined") {
      if (!isCreated) return [summary];
      const made = "The room is new: you have made it, and others can come in.";
      return [summary, { kind: "notice", text: made, room }];
    }
    if (state === "lost") {
      const gone = "The room cannot be reached for now; you come in again as soon as it can";
      return [summary, { kind: "notice", text: gone, room }];
    }
    // Whoever goes knows it, and may have put the room away.
    if (this.#rooms.isLeaving(peer)) return [];
    const said = [by === undefined ? "" : ` by ${by}`, text === undefined ? "" : `: ${text}`];
    const why: SessionEvent[] = state === "left"
      ? []
      : [{ kind: "notice", text: `${STAYS[state]}${said.join("")}`, room }];
    return [...why, summary, { kind: "lost", room, code: `xmpp/${state}` }];
  }

  #occupant({ room: peer, nick, change, occupant, newNick, text }: OccupantEvent): SessionEvent[] {
    const room = this.#room(peer);
    const who = this.#rooms.person(peer, nick);
    if (change === "renamed") {
      return [{
        kind: "notice",
        text: `${nick} is called ${newNick ?? "something else"} now`,
        room,
      }];
    }
    if (change === "joined" || change === "changed") {
      const came: SessionEvent[] = change === "joined"
        ? [{ kind: "member", room, who, state: "joined" }]
        : [];
      if (occupant === undefined) return came;
      const { show, status } = occupant;
      const said = status === undefined ? {} : { text: status };
      return [...came, { kind: "presence", who, show: showOfState(show), ...said }];
    }
    const why: SessionEvent[] = change === "kicked" || change === "banned"
      ? [{
        kind: "notice",
        text: `${nick} was put out${text === undefined ? "" : `: ${text}`}`,
        room,
      }]
      : [];
    return [...why, { kind: "member", room, who, state: "left" }];
  }

  #invitation(event: InvitationEvent): SessionEvent[] {
    const { state, room: peer, from, reason } = event;
    const room = this.#room(peer);
    const who = from === undefined ? { address: peer, name: peer } : inviter(from, peer) ??
      this.#person(from);
    const said = reason === undefined ? {} : { text: reason };
    if (state === "invited") {
      this.#rooms.invited(event);
      return [{ kind: "invitation", room, who, ...said }];
    }
    const text = `${who.name} does not come${reason === undefined ? "" : `: ${reason}`}`;
    return [{ kind: "notice", text, room }];
  }

  /** A room speaks for itself alone, and for one that somebody is in. */
  #voiceRequest({ room, nick, jid }: VoiceRequestEvent): SessionEvent[] {
    if (!this.#rooms.isFollowed(room)) return [];
    const who = jid === undefined ? nick : `${nick} (${jid})`;
    const text = `${who} asks to be allowed to speak: /role participant ${nick}`;
    return [{ kind: "notice", text, room: this.#room(room) }];
  }

  #summary(peer: string): SessionEvent {
    return { kind: "room", room: { room: this.#room(peer), ...this.#rooms.about(peer) } };
  }

  #seen({ peer, id }: ReadElsewhereEvent): SessionEvent[] {
    const event = this.#conversations.find(peer, peer, id);
    if (event === undefined) return [];
    this.#conversations.seen(peer, event);
    return [{ kind: "seen", room: this.#room(peer), id: event }];
  }

  #roster({ changed, removed }: RosterEvent): SessionEvent[] {
    return [
      ...changed.map((contact) => ({
        kind: "contact" as const,
        contact: this.#contacts.of(contact),
        state: "kept" as const,
      })),
      ...removed.map((jid) => ({
        kind: "contact" as const,
        contact: this.#contacts.of({
          jid,
          name: undefined,
          groups: [],
          subscription: "none",
          isAsked: false,
        }),
        state: "removed" as const,
      })),
    ];
  }

  #subscription({ from, state, text }: SubscriptionEvent): SessionEvent[] {
    if (state === "requested") {
      const said = text === undefined ? {} : { text };
      return [{ kind: "request", who: this.#person(from), ...said }];
    }
    return [{ kind: "notice", text: `${from} ${SUBSCRIPTIONS[state]}`, room: this.#room(from) }];
  }

  #room(peer: string): string {
    return this.#conversations.roomOf(peer);
  }

  #person(bare: string): SessionPerson {
    return { address: bare, name: this.#contacts.nameOf(bare) ?? bare };
  }
}

/** Who is known by a nickname alone; it says so, since anybody may be called as a contact is. */
function inviter(from: string, room: string): SessionPerson | undefined {
  const nick = nickOf(from, room);
  return nick === undefined
    ? undefined
    : { address: from, name: `${truncated(nick, NICK_COLUMNS)} (in the room)` };
}

function told(event: ChatEvent | undefined): SessionEvent[] {
  return event === undefined ? [] : [{ kind: "event", event }];
}
