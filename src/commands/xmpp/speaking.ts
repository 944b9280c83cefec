/**
 * What an account's person says: messages, files, answers and changes, each to whom and how the
 * conversation wants it, and kept as an event.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { checkContent, readRedaction } from "../../message/content.ts";
import type { ChatEvent, Content, EventId } from "../../message/event.ts";
import type { Clock } from "../../clock.ts";
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
import type { Changes, Saying } from "./changes.ts";
import type { Conversations, SaidChange, SaidText } from "./conversations.ts";
import { notThere, type RoomList } from "./room_list.ts";

/** What {@linkcode Speaking} works with. */
export interface SpeakingParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
  readonly changes: Changes;
  readonly clock: Clock;
  /** A random UUID. */
  uuid(): string;
  /** Something that was said is stored. */
  stored(event: ChatEvent): void;
}

/** A text, and what goes with it. */
interface Text {
  readonly body: string;
  readonly msgtype: SaidText["msgtype"];
  readonly more?: readonly Element[];
}

type SaidReply = SaidText & { readonly parent: EventId };

/** A room that has taken something away tells it soon. */
const CONFIRMED_MS = 10_000;

/** See the module's description. Whom a message goes to is told as a JID. */
export class Speaking {
  readonly #parts: SpeakingParts;
  #last: Promise<unknown> = Promise.resolve();

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
    const { xmpp } = this.#parts;
    const isAction = msgtype === "m.emote";
    const { extra = [], ...way } = this.#wayTo(peer);
    const message = { ...way, body, isAction, extra: [...extra, ...more] };
    return await this.#store(
      peer,
      { body, msgtype },
      (id) => xmpp.use(messages).send({ ...message, id }),
    );
  }

  /** Says where a file is. @throws {ChatnodeError} */
  async sayFile(peer: string, url: URL): Promise<ChatEvent> {
    return await this.say(peer, { body: url.href, msgtype: "m.text", more: [fileElement(url)] });
  }

  /** Keeps what went to somebody in another way than as a message. @throws {HistoryError} */
  async keepSent(peer: string, content: Content): Promise<ChatEvent> {
    const gone = { accepted: Promise.resolve() };
    return await this.#store(peer, { type: "m.room.message", content }, () => gone);
  }

  /** Resolves when nothing waits to be stored before it goes out. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #reply(peer: string, parent: EventId, { body, msgtype }: Text): Promise<ChatEvent> {
    const sending = this.#parts.changes.reply({ peer, way: this.#wayTo(peer) }, parent, body);
    return await this.#store(peer, { parent, body, msgtype }, sending);
  }

  async #change(
    peer: string,
    { event_type: type, content }: Extract<Outgoing, { event_type: unknown }>,
  ): Promise<ChatEvent> {
    const { changes } = this.#parts;
    const error = checkContent(type, content);
    if (error !== undefined) throw error;
    const saying = { peer, way: this.#wayTo(peer) };
    const sending = changes.about(saying, type, content);
    return sending === undefined
      ? await this.#moderate(saying, content)
      : await this.#store(peer, { type, content }, sending);
  }

  /** What a room takes away is told by the room. */
  async #moderate(saying: Saying, content: Content): Promise<ChatEvent> {
    const { changes, conversations, clock } = this.#parts;
    const told = conversations.redactionOf(readRedaction(content)?.redacts ?? "");
    await changes.moderate(saying, content);
    const late = Promise.withResolvers<never>();
    const timer = clock.after(CONFIRMED_MS, () => late.reject(unconfirmed()));
    try {
      return await Promise.race([told, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  /** On disk before anybody has it; what cannot be stored goes nowhere. */
  async #store(
    peer: string,
    said: SaidText | SaidReply | SaidChange,
    sending: (id: string) => Pick<SentMessage, "accepted">,
  ): Promise<ChatEvent> {
    const { conversations, xmpp, uuid } = this.#parts;
    const id = uuid();
    // Refuses what could not be told apart in a history before anybody has it.
    const event = conversations.keepSaid({ peer, sender: xmpp.account, id, ...said });
    const fate = conversations.fateOf(event);
    if (fate !== undefined) {
      this.#last = fate.catch(() => {});
      try {
        await fate;
      } catch (error) {
        conversations.forget(event);
        throw error;
      }
      this.#parts.stored(event);
    }
    await sending(id).accepted;
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

function unconfirmed(): ChatnodeError {
  const state = "the room has not told that it is gone";
  return new ChatnodeError("client/unconfirmed", `Cannot say whether the message went: ${state}`);
}
