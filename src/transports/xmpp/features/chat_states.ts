/**
 * Chat state notifications (XEP-0085): that somebody types.
 *
 * @module
 */
import { xml } from "../xml.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { Remembered } from "./remembered.ts";

/** What somebody does with a conversation. */
export type ChatState = "active" | "composing" | "paused" | "inactive" | "gone";

/** Somebody does something else than before. */
export interface ChatStateEvent extends FeatureEvent {
  readonly kind: "chat-state";
  readonly peer: string;
  /** Full. */
  readonly from: string;
  readonly state: ChatState;
}

/** What one does with chat states. */
export interface ChatStates {
  /** Tells, if it is new and the other side wants to know such things; false when it does not. */
  tell(peer: string, type: "chat" | "groupchat", state: ChatState): boolean;
}

const NS = "http://jabber.org/protocol/chatstates";
const STATES: readonly ChatState[] = ["active", "composing", "paused", "inactive", "gone"];
const PEERS_MOST = 1_000;

/** See the module's description. */
export const chatStates = feature<ChatStates>({
  extensions: [
    { xep: "0085", name: "Chat State Notifications", version: "2.1", state: "complete" },
  ],
  disco: [NS],
  start(port) {
    const all = port.use(messages);
    /** Who has sent one, or a message, and what we told them last. */
    const willing = new Remembered<string, true>(PEERS_MOST);
    const told = new Remembered<string, ChatState>(PEERS_MOST);
    all.decorate(({ to }) => {
      told.set(to, "active");
      return [xml("active", NS)];
    });
    all.listen((message) => {
      const state = stateOf(message);
      if (state === undefined) return false;
      const { direction, source, peer, from, isDelayed } = message;
      if (direction === "in" && source !== "archive") willing.set(peer, true);
      if (direction === "in" && source === "live" && !isDelayed) {
        const event: ChatStateEvent = { kind: "chat-state", peer, from: from.full, state };
        port.emit(event);
      }
      return message.body === undefined;
    });
    return {
      tell(peer, type, state) {
        if (!willing.has(peer) && type === "chat") return false;
        if (told.get(peer) === state) return true;
        told.set(peer, state);
        return all.signal(peer, type, xml(state, NS));
      },
    };
  },
});

function stateOf({ stanza }: Message): ChatState | undefined {
  return STATES.find((state) => stanza.getChild(state, NS) !== undefined);
}
