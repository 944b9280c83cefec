/**
 * What this client says about other messages: edits, redactions, reactions, answers.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { readBody, readEdit, readReaction, readRedaction } from "../../message/content.ts";
import type { ChatEvent, Content, EventId, EventType } from "../../message/event.ts";
import { corrections } from "../../transports/xmpp/features/corrections.ts";
import type { OutgoingMessage, SentMessage } from "../../transports/xmpp/features/messages.ts";
import { reactions } from "../../transports/xmpp/features/reactions.ts";
import { replies } from "../../transports/xmpp/features/replies.ts";
import { retractions } from "../../transports/xmpp/features/retractions.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import { Unable } from "../../ui/terminal/session.ts";
import type { Conversations } from "./conversations.ts";
import { readNames } from "./names.ts";
import type { RoomList } from "./room_list.ts";

/** What is said about something, and how it goes to whom. */
export interface Saying {
  readonly peer: string;
  readonly way: Pick<OutgoingMessage, "to" | "type" | "extra">;
}

/** Says something that was prepared, under this name. */
export type Sending = (named: string) => SentMessage;

/** What a change works with. */
export interface ChangeParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
}

/** See the module's description. */
export class Changes {
  readonly #parts: ChangeParts;

  constructor(parts: ChangeParts) {
    this.#parts = parts;
  }

  /**
   * How an event about another one is said.
   *
   * @returns undefined when the room has to take it away: see {@linkcode moderate}
   * @throws {ChatnodeError} `client/unable`, `client/no-message`, `client/not-yours`,
   *   `client/reaction`, `client/unnamed`
   */
  about(saying: Saying, type: EventType, content: Content): Sending | undefined {
    switch (type) {
      case "m.room.edit":
        return this.#edit(saying, content);
      case "m.room.redaction":
        return this.#redact(saying, content);
      case "m.room.reaction":
        return this.#react(saying, content);
      default:
        throw new Unable("send that kind of event", "this XMPP client");
    }
  }

  /**
   * Has the room take a message away; it tells everybody.
   *
   * @throws {ChatnodeError} `client/no-message`, `client/unnamed`; {StanzaError} {XmppError} as
   *   `Retractions.moderate`
   */
  async moderate({ peer, way }: Saying, content: Content): Promise<void> {
    const target = this.#target(peer, readRedaction(content)?.redacts);
    const { reason } = content;
    const why = typeof reason === "string" ? reason : undefined;
    await this.#parts.xmpp.use(retractions).moderate(peer, this.#nameOf(target, way.type), why);
  }

  /** How a message is answered. @throws {ChatnodeError} `client/no-message`, `client/unnamed` */
  reply({ peer, way }: Saying, parent: EventId, body: string): Sending {
    const { conversations, xmpp } = this.#parts;
    const target = this.#target(peer, parent);
    this.#nameOf(target, way.type);
    const { id } = readNames(target.content);
    const answered = {
      ...{ id, originId: undefined, peer, stanzaId: conversations.archiveName(target) },
      type: way.type ?? "chat",
      from: parseJid(this.#addressOf(peer, target)),
      body: readBody(target.content),
    } as const;
    return (named) => {
      const sent = xmpp.use(replies).reply(answered, body, named);
      if (sent === undefined) throw unnamed();
      return sent;
    };
  }

  #edit({ peer, way }: Saying, content: Content): Sending {
    const edit = readEdit(content);
    const body = edit === undefined ? undefined : readBody(edit.content);
    const target = this.#target(peer, edit?.replaces);
    this.#mine(target, "edit");
    const { id } = readNames(target.content);
    if (id === undefined || body === undefined) throw unnamed();
    const isAction = edit?.content.msgtype === "m.emote";
    return (named) =>
      this.#parts.xmpp.use(corrections).correct(id, { ...way, body, isAction, id: named });
  }

  #redact(saying: Saying, content: Content): Sending | undefined {
    const { xmpp, conversations } = this.#parts;
    const { peer, way } = saying;
    const id = readRedaction(content)?.redacts;
    const spoken = id === undefined ? undefined : conversations.event(peer, id);
    if (spoken?.type === "m.room.reaction") {
      this.#mine(spoken, "take back");
      return this.#think(saying, readReaction(spoken.content)?.relatesTo);
    }
    const target = this.#target(peer, id);
    const name = this.#nameOf(target, way.type);
    if (target.sender_id !== xmpp.account && way.type === "groupchat") return undefined;
    this.#mine(target, "take back");
    const type = way.type === "groupchat" ? "groupchat" : "chat";
    return (named) => xmpp.use(retractions).retract(way.to, type, name, named);
  }

  #react(saying: Saying, content: Content): Sending {
    const { reaction = "", relatesTo } = readReaction(content) ?? {};
    if (!this.#parts.xmpp.use(reactions).isReaction(reaction)) {
      throw new ChatnodeError("client/reaction", "Cannot react: in XMPP a reaction is one emoji");
    }
    return this.#think(saying, relatesTo);
  }

  /** All that one thinks of a message by now: it stands instead of what was said before. */
  #think({ peer, way }: Saying, id: EventId | undefined): Sending {
    const { conversations, xmpp } = this.#parts;
    const target = this.#target(peer, id);
    const name = this.#nameOf(target, way.type);
    const type = way.type === "groupchat" ? "groupchat" : "chat";
    return (named) => {
      // What is said now is among them, or not any more.
      const signs = conversations.reactionsTo(peer, target.event_id, xmpp.account)
        .map(({ content }) => readReaction(content)?.reaction ?? "");
      return xmpp.use(reactions).react(way.to, type, name, [...new Set(signs)], named);
    };
  }

  #target(peer: string, id: EventId | undefined): ChatEvent {
    const { conversations } = this.#parts;
    const event = id === undefined ? undefined : conversations.event(peer, id);
    if (event?.type === "m.room.message") return event;
    throw new ChatnodeError("client/no-message", "Cannot do this: there is no such message here");
  }

  /** What everybody knows a message by: in a room the room's name, else the author's. */
  #nameOf(event: ChatEvent, type: OutgoingMessage["type"]): string {
    const name = type === "groupchat"
      ? this.#parts.conversations.archiveName(event)
      : readNames(event.content).id;
    if (name === undefined) throw unnamed();
    return name;
  }

  #addressOf(peer: string, { sender_id: sender }: ChatEvent): string {
    const { xmpp, rooms } = this.#parts;
    const isOwnInRoom = sender === xmpp.account && rooms.isFollowed(peer);
    return isOwnInRoom ? `${peer}/${rooms.nickIn(peer)}` : sender;
  }

  #mine({ sender_id: sender }: ChatEvent, action: string): void {
    if (sender === this.#parts.xmpp.account) return;
    const message = `Cannot ${action} the message: it is somebody else's`;
    throw new ChatnodeError("client/not-yours", message);
  }
}

function unnamed(): ChatnodeError {
  const state = "it came without a name by which it could be spoken of";
  return new ChatnodeError("client/unnamed", `Cannot speak of the message: ${state}`);
}
