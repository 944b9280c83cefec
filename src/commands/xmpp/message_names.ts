/**
 * By what names a message is known in a conversation: as its author called it, and as the archive
 * did. A name holds the room and, where the author gave it, the author: nobody can make somebody
 * else's message look like one that was there before.
 *
 * @module
 */
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";
import { readNames } from "./names.ts";

/** The author's name for a message. */
export function authored(room: RoomId, sender: Address, id: string): string {
  return `${room} ${sender} ${id}`;
}

/** The archive's. */
export function archived(room: RoomId, id: string): string {
  return `${room} archive ${id}`;
}

/** All names of a message. */
export function namesOf(room: RoomId, sender: Address, message: Message): string[] {
  const { originId, id, stanzaId } = message;
  return both(room, sender, originId ?? id, stanzaId);
}

/** All names of what is kept. */
export function namesOfEvent({ room_id: room, sender_id: sender, content }: ChatEvent): string[] {
  const { id, archived: archive } = readNames(content);
  return both(room, sender, id, archive);
}

/**
 * Who said it: in a room the occupant, but oneself by the account's address everywhere, as in every
 * other protocol.
 */
export function senderOf({ type, peer, from, direction }: Message, account: Address): Address {
  if (direction === "out") return account;
  return type === "groupchat" || from.bare !== peer ? from.full : from.bare;
}

function both(
  room: RoomId,
  sender: Address,
  own: string | undefined,
  archive: string | undefined,
): string[] {
  return [
    ...own === undefined ? [] : [authored(room, sender, own)],
    ...archive === undefined ? [] : [archived(room, archive)],
  ];
}
