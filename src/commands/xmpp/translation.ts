/**
 * What an XMPP session and its features tell, as the terminal hears it.
 *
 * @module
 */
import type { Address } from "../../message/event.ts";
import type { ChatStateEvent } from "../../transports/xmpp/features/chat_states.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import type { FailedMessageEvent, MessageEvent } from "../../transports/xmpp/features/messages.ts";
import type { PresenceEvent } from "../../transports/xmpp/features/presence.ts";
import type { ReadElsewhereEvent, ReceiptEvent } from "../../transports/xmpp/features/receipts.ts";
import type { RosterEvent, SubscriptionEvent } from "../../transports/xmpp/features/roster.ts";
import type { SessionNews } from "../../transports/xmpp/session/session.ts";
import type { SessionEvent, SessionPerson } from "../../ui/terminal/session_event.ts";
import { type ContactList, showOf } from "./contact_list.ts";
import type { Conversations } from "./conversations.ts";

/** Everything that is translated; what features tell besides is nobody's here. */
type Told =
  | SessionNews
  | ChatStateEvent
  | FailedMessageEvent
  | MessageEvent
  | PresenceEvent
  | ReadElsewhereEvent
  | ReceiptEvent
  | RosterEvent
  | SubscriptionEvent;

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

/** See the module's description. */
export class Translation {
  readonly #account: Address;
  readonly #conversations: Conversations;
  readonly #contacts: ContactList;

  constructor(account: Address, conversations: Conversations, contacts: ContactList) {
    this.#account = account;
    this.#conversations = conversations;
    this.#contacts = contacts;
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
        return this.#message(event);
      case "message-failed":
        return this.#failed(event);
      case "receipt":
        return this.#receipt(event);
      case "read-elsewhere":
        return this.#seen(event);
      case "chat-state": {
        const { peer, state } = event;
        const told = TYPING[state];
        return [{ kind: "typing", room: this.#room(peer), who: this.#person(peer), state: told }];
      }
      case "presence": {
        const { from, best } = event;
        const text = best?.status === undefined ? {} : { text: best.status };
        return [{ kind: "presence", who: this.#person(from), show: showOf(best), ...text }];
      }
      case "roster":
        return this.#roster(event);
      case "subscription":
        return this.#subscription(event);
      default:
        return [];
    }
  }

  #message({ message }: MessageEvent): SessionEvent[] {
    const kept = this.#conversations.keep(message);
    return kept?.isNew === true ? [{ kind: "event", event: kept.event }] : [];
  }

  #failed({ peer, id, condition }: FailedMessageEvent): SessionEvent[] {
    const event = this.#conversations.find(peer, this.#account, id);
    if (event === undefined) return [];
    const room = this.#room(peer);
    return [{ kind: "receipt", room, id: event, state: "failed", text: condition }];
  }

  #receipt({ peer, id, state }: ReceiptEvent): SessionEvent[] {
    const event = this.#conversations.find(peer, this.#account, id);
    if (event === undefined) return [];
    const told = state === "displayed" ? "read" : "delivered";
    return [{ kind: "receipt", room: this.#room(peer), id: event, state: told }];
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
