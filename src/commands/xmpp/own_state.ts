/**
 * What others see of an account's person: their state, whether they are writing, what they have
 * read.
 *
 * @module
 */
import { chatStates } from "../../transports/xmpp/features/chat_states.ts";
import { invisible } from "../../transports/xmpp/features/invisible.ts";
import { presence } from "../../transports/xmpp/features/presence.ts";
import { receipts } from "../../transports/xmpp/features/receipts.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { OwnStatus, Signals, Status } from "../../ui/terminal/session_extras.ts";
import type { Conversations } from "./conversations.ts";
import { peerOf } from "./peers.ts";
import type { RoomList } from "./room_list.ts";

const STATES = { typing: "composing", paused: "paused", idle: "active" } as const;

/** One's own state. */
export function ownStatus(xmpp: XmppSession): OwnStatus {
  const own = xmpp.use(presence);
  const hiding = xmpp.use(invisible);
  return {
    get current(): Status {
      if (hiding.way !== undefined) return "invisible";
      const { show } = own.own;
      return show === "chat" ? "available" : show;
    },
    async set(status, text) {
      if (status === "invisible") {
        await hiding.hide();
        // Only now: who hides does not say so to everybody first.
        if (text !== undefined) own.set({ ...own.own, status: text });
        return;
      }
      const next = { show: status, ...(text === undefined ? {} : { status: text }) };
      if (hiding.way === undefined) own.set(next);
      else await hiding.show(next);
    },
  };
}

/** Small news for others. */
export function ownSignals(
  { xmpp, rooms, conversations }: {
    readonly xmpp: XmppSession;
    readonly rooms: RoomList;
    readonly conversations: Conversations;
  },
): Signals {
  return {
    typing(room, state) {
      const peer = peerOf(room);
      const type = rooms.has(peer) ? "groupchat" : "chat";
      if (type === "groupchat" && !rooms.isFollowed(peer)) return;
      xmpp.use(chatStates).tell(peer, type, STATES[state]);
    },
    seen(room, id) {
      const message = conversations.messageOf(id);
      if (message === undefined) return;
      conversations.seen(peerOf(room), id);
      xmpp.use(receipts).displayed(message);
    },
  };
}
