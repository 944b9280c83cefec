/**
 * What an account's person says: messages, files, answers and changes, each to whom and how the
 * conversation wants it, and kept as an event.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { checkContent } from "../../message/content.ts";
import type { ChatEvent, EventId } from "../../message/event.ts";
import {
  messages,
  type OutgoingMessage,
  type SentMessage,
} from "../../transports/xmpp/features/messages.ts";
import { MUC_USER } from "../../transports/xmpp/features/room.ts";
import { fileElement } from "../../transports/xmpp/features/uploads.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import { type Element, xml } from "../../transports/xmpp/xml.ts";
import type { Outgoing } from "../../ui/terminal/session.ts";
import type { Changes } from "./changes.ts";
import type { Conversations, Said, SaidText } from "./conversations.ts";
import type { Past } from "./past.ts";
import { notThere, type RoomList } from "./room_list.ts";

/** What {@linkcode Speaking} works with. */
export interface SpeakingParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
  readonly changes: Changes;
  readonly past: Past;
}

/** A text, and what goes with it. */
interface Text {
  readonly body: string;
  readonly msgtype: SaidText["msgtype"];
  readonly more?: readonly Element[];
}

/** See the module's description. Whom a message goes to is told as a JID. */
export class Speaking {
  readonly #parts: SpeakingParts;

  constructor(parts: SpeakingParts) {
    this.#parts = parts;
  }

  /** As {@linkcode ChatSession.send} has it. @throws {ChatnodeError} */
  async send(peer: string, message: Outgoing): Promise<ChatEvent> {
    if ("event_type" in message) return await this.#change(peer, message);
    const { body, msgtype = "m.text", parent } = message;
    if (body.trim() === "") {
      throw new ChatnodeError("client/empty", "Cannot send: there is nothing in the message");
    }
    if (parent !== undefined) return await this.#reply(peer, parent, { body, msgtype });
    return await this.say(peer, { body, msgtype });
  }

  /** Says a text. @throws {ChatnodeError} */
  async say(peer: string, { body, msgtype, more = [] }: Text): Promise<ChatEvent> {
    const { xmpp, conversations } = this.#parts;
    // Refuses what could not be told apart in a history before anybody has it.
    conversations.roomOf(peer);
    const isAction = msgtype === "m.emote";
    const { extra = [], ...way } = this.#wayTo(peer);
    const sent = xmpp.use(messages).send({ ...way, body, isAction, extra: [...extra, ...more] });
    return await this.#stored(sent, {
      ...{ peer, sender: xmpp.account, id: sent.id, body, msgtype },
    });
  }

  /** Says where a file is. @throws {ChatnodeError} */
  async sayFile(peer: string, url: URL): Promise<ChatEvent> {
    return await this.say(peer, { body: url.href, msgtype: "m.text", more: [fileElement(url)] });
  }

  async #reply(peer: string, parent: EventId, { body, msgtype }: Text): Promise<ChatEvent> {
    const { xmpp, conversations, changes } = this.#parts;
    conversations.roomOf(peer);
    const sent = changes.reply({ peer, way: this.#wayTo(peer) }, parent, body);
    const sender = xmpp.account;
    return await this.#stored(sent, { peer, sender, id: sent.id, parent, body, msgtype });
  }

  async #change(
    peer: string,
    { event_type: type, content }: Extract<Outgoing, { event_type: unknown }>,
  ): Promise<ChatEvent> {
    const { xmpp, conversations, changes } = this.#parts;
    conversations.roomOf(peer);
    const error = checkContent(type, content);
    if (error !== undefined) throw error;
    const sent = await changes.say({ peer, way: this.#wayTo(peer) }, type, content);
    const sender = xmpp.account;
    // What a room takes away is told by the room.
    if (sent === undefined) return conversations.draft(peer, sender, { type, content });
    return await this.#stored(sent, { peer, sender, id: sent.id, type, content });
  }

  async #stored({ accepted }: SentMessage, said: Said): Promise<ChatEvent> {
    const { conversations, past } = this.#parts;
    const event = conversations.keepSaid(said);
    past.keep(event, "live");
    await accepted;
    return event;
  }

  /** How something is said to somebody. @throws {ChatnodeError} `client/not-there` */
  #wayTo(peer: string): Pick<OutgoingMessage, "to" | "type" | "extra"> {
    const { rooms } = this.#parts;
    if (rooms.has(peer)) {
      if (!rooms.isFollowed(peer)) throw notThere();
      return { to: peer, type: "groupchat" };
    }
    if (rooms.isOccupant(peer)) return { to: peer, extra: [xml("x", MUC_USER)] };
    // A person who was in a room is nobody without it.
    if (parseJid(peer).resource !== "") throw notThere();
    return { to: peer };
  }
}
