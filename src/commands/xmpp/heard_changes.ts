/**
 * What others say about messages, and oneself from elsewhere: corrections, retractions, reactions,
 * answers.
 *
 * @module
 */
import { checkContent, readReaction } from "../../message/content.ts";
import type { ChatEvent } from "../../message/event.ts";
import { authors } from "../../transports/xmpp/features/authors.ts";
import type { CorrectionEvent } from "../../transports/xmpp/features/corrections.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";
import type { ReactionsEvent } from "../../transports/xmpp/features/reactions.ts";
import { readReply } from "../../transports/xmpp/features/replies.ts";
import type { RetractionEvent } from "../../transports/xmpp/features/retractions.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Conversations } from "./conversations.ts";
import { senderOf } from "./message_names.ts";
import { readNames } from "./names.ts";

/** What hearing takes. */
export interface HearingParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
}

const OCCUPANT = "occupant ";

/** See the module's description. */
export class HeardChanges {
  readonly #parts: HearingParts;

  constructor(parts: HearingParts) {
    this.#parts = parts;
  }

  /** Keeps a message, and what it answers; undefined when it is not new. */
  said(message: Message): ChatEvent | undefined {
    const reply = readReply(message);
    const kept = this.#parts.conversations.keep(message, {
      occupant: this.#occupantOf(message),
      parent: reply === undefined ? undefined : this.#spokenOf(message, reply.id)?.event_id,
      body: reply?.body,
    });
    return kept?.isNew === true ? kept.event : undefined;
  }

  /** A correction of the author's own is an edit; any other is a message of its own. */
  corrected({ message, id, claim }: CorrectionEvent): ChatEvent | undefined {
    const { conversations, xmpp } = this.#parts;
    const { peer, isAction } = message;
    const sender = senderOf(message, xmpp.account);
    const known = conversations.find(peer, sender, id);
    const target = known === undefined ? undefined : conversations.event(peer, known);
    if (target === undefined || !this.#isAuthor(message, target, claim)) return this.said(message);
    const body = readReply(message)?.body ?? message.body ?? "";
    const replacement = { body, msgtype: isAction ? "m.emote" : "m.text" };
    const content = { replaces: target.event_id, new_content: replacement };
    if (checkContent("m.room.edit", content) !== undefined) return this.said(message);
    const occupant = this.#occupantOf(message);
    return conversations.keepChanges(message, {
      ...{ says: [{ type: "m.room.edit", content }], occupant },
    })[0];
  }

  /**
   * The redaction, or nothing when it was heard before. Undefined when it is not theirs to take back,
   * or nothing that is known here.
   */
  retracted(
    { message, id, claim, reason }: RetractionEvent,
  ): readonly ChatEvent[] | undefined {
    const { conversations } = this.#parts;
    const target = this.#spokenOf(message, id);
    if (target === undefined) return undefined;
    if (claim !== "moderated" && !this.#isAuthor(message, target, claim)) return undefined;
    const content = { redacts: target.event_id, ...(reason === undefined ? {} : { reason }) };
    const isFit = checkContent("m.room.redaction", content) === undefined;
    return conversations.keepChanges(message, {
      says: [{
        type: "m.room.redaction",
        content: isFit ? content : { redacts: target.event_id },
      }],
      occupant: this.#occupantOf(message),
    });
  }

  /**
   * What somebody thinks of a message by now: reactions that are new, and redactions of those that
   * they do not think any more.
   */
  reacted({ message, id, reactions }: ReactionsEvent): readonly ChatEvent[] {
    const { conversations, xmpp } = this.#parts;
    const target = this.#spokenOf(message, id);
    if (target === undefined) return [];
    const sender = senderOf(message, xmpp.account);
    const before = conversations.reactionsTo(message.peer, target.event_id, sender);
    const signs = before.map(({ content }) => readReaction(content)?.reaction);
    const added = reactions.filter((one) => !signs.includes(one))
      .map((reaction) => ({ relates_to: target.event_id, reaction }))
      .filter((content) => checkContent("m.room.reaction", content) === undefined)
      .map((content) => ({ type: "m.room.reaction", content }) as const);
    const gone = before.filter((_, at) => !reactions.includes(signs[at] ?? ""))
      .map(({ event_id: redacts }) =>
        ({ type: "m.room.redaction", content: { redacts } }) as const
      );
    const says = [...added, ...gone];
    return conversations.keepChanges(message, { says, occupant: this.#occupantOf(message) });
  }

  /** The message that others call `id`: in a room as the room calls it, else as its author did. */
  #spokenOf(message: Message, id: string): ChatEvent | undefined {
    const { conversations, xmpp } = this.#parts;
    const { peer, type } = message;
    const found = type === "groupchat"
      ? conversations.findArchived(peer, id)
      : conversations.find(peer, senderOf(message, xmpp.account), id) ??
        conversations.find(peer, xmpp.account, id) ?? conversations.find(peer, peer, id);
    return found === undefined ? undefined : conversations.event(peer, found);
  }

  /**
   * Whether `message` comes from the author of `target`. What was said before this run is compared
   * with what the history knows of its author: in a room that is the room's own name for the person,
   * since a nickname of yesterday may be somebody else's today.
   */
  #isAuthor(message: Message, target: ChatEvent, claim: "own" | "unknown"): boolean {
    if (target.type !== "m.room.message") return false;
    const sender = senderOf(message, this.#parts.xmpp.account);
    if (claim === "own") return message.type === "groupchat" || sender === target.sender_id;
    const occupant = this.#occupantOf(message);
    if (occupant !== undefined) return occupant === readNames(target.content).occupant;
    return message.type !== "groupchat" && !sender.includes("/") && sender === target.sender_id;
  }

  #occupantOf(message: Message): string | undefined {
    const author = this.#parts.xmpp.use(authors).of(message);
    return author?.startsWith(OCCUPANT) === true ? author.slice(OCCUPANT.length) : undefined;
  }
}
