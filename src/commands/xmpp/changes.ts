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
import { type Reacted, reactionKey } from "./heard_changes.ts";
import { readNames } from "./names.ts";
import type { RoomList } from "./room_list.ts";

/** What is said about something, and how it goes to whom. */
export interface Saying {
  readonly peer: string;
  readonly way: Pick<OutgoingMessage, "to" | "type" | "extra">;
}

/** What a change works with. */
export interface ChangeParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
  readonly reacted: Reacted;
}

/** See the module's description. */
export class Changes {
  readonly #parts: ChangeParts;

  constructor(parts: ChangeParts) {
    this.#parts = parts;
  }

  /**
   * Says an event about another one.
   *
   * @returns undefined when the room takes it away itself, and tells everybody
   * @throws {ChatnodeError} `client/unable`, `client/no-message`, `client/not-yours`,
   *   `client/reaction`, `client/unnamed`
   */
  async say(
    saying: Saying,
    type: EventType,
    content: Content,
  ): Promise<SentMessage | undefined> {
    switch (type) {
      case "m.room.edit":
        return this.#edit(saying, content);
      case "m.room.redaction":
        return await this.#redact(saying, content);
      case "m.room.reaction":
        return this.#react(saying, content);
      default:
        throw new Unable("send that kind of event", "this XMPP client");
    }
  }

  /** Answers a message. @throws {ChatnodeError} `client/no-message`, `client/unnamed` */
  reply({ peer, way }: Saying, parent: EventId, body: string): SentMessage {
    const { conversations, xmpp } = this.#parts;
    const target = this.#target(peer, parent);
    const { id } = readNames(target.content);
    const sent = xmpp.use(replies).reply({
      ...{ id, originId: undefined, peer, stanzaId: conversations.archiveName(target) },
      type: way.type ?? "chat",
      from: parseJid(this.#addressOf(peer, target)),
      body: readBody(target.content),
    }, body);
    if (sent === undefined) throw unnamed();
    return sent;
  }

  #edit({ peer, way }: Saying, content: Content): SentMessage {
    const edit = readEdit(content);
    const body = edit === undefined ? undefined : readBody(edit.content);
    const target = this.#target(peer, edit?.replaces);
    this.#mine(target, "edit");
    const { id } = readNames(target.content);
    if (id === undefined || body === undefined) throw unnamed();
    const isAction = edit?.content.msgtype === "m.emote";
    return this.#parts.xmpp.use(corrections).correct(id, { ...way, body, isAction });
  }

  async #redact({ peer, way }: Saying, content: Content): Promise<SentMessage | undefined> {
    const { xmpp } = this.#parts;
    const target = this.#target(peer, readRedaction(content)?.redacts);
    const name = this.#nameOf(target, way.type);
    if (target.sender_id !== xmpp.account && way.type === "groupchat") {
      const { reason } = content;
      const why = typeof reason === "string" ? reason : undefined;
      await xmpp.use(retractions).moderate(peer, name, why);
      return undefined;
    }
    this.#mine(target, "take back");
    const type = way.type === "groupchat" ? "groupchat" : "chat";
    return xmpp.use(retractions).retract(way.to, type, name);
  }

  #react({ peer, way }: Saying, content: Content): SentMessage {
    const reaction = readReaction(content);
    const target = this.#target(peer, reaction?.relatesTo);
    const name = this.#nameOf(target, way.type);
    const { reacted, xmpp } = this.#parts;
    const key = reactionKey(target.event_id, xmpp.account);
    // What is said stands instead of all that was said before.
    const before = reacted.get(key) ?? [];
    const all = [...new Set([...before, reaction?.reaction ?? ""])];
    const type = way.type === "groupchat" ? "groupchat" : "chat";
    try {
      const sent = xmpp.use(reactions).react(way.to, type, name, all);
      reacted.set(key, all);
      return sent;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ChatnodeError("client/reaction", "Cannot react: in XMPP a reaction is one emoji");
    }
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
