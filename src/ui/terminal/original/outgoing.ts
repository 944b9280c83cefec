/**
 * What is said, as the original protocol has it, and by whom.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import { addressOf } from "../../../message/address.ts";
import { MessageError } from "../../../message/error.ts";
import type { RoomId } from "../../../message/event.ts";
import { cleanAlias, guestAddress } from "../../../message/guest.ts";
import { type Outgoing, type SessionPerson, Unable } from "../session.ts";

/** The one room there is. */
export const ORIGINAL_ROOM: RoomId = "lobby";

/** A message that the protocol can carry. */
export interface OriginalMessage {
  readonly body: string;
  readonly msgtype: string;
  /** As it is written to the server. */
  readonly text: string;
}

/**
 * The message, as it can be written.
 *
 * @throws {Unable} for what the protocol does not have
 * @throws {ChatnodeError} `client/empty`
 */
export function originalMessage(message: Outgoing): OriginalMessage {
  if ("to" in message) throw new Unable("say something to one person");
  if (message.room !== ORIGINAL_ROOM) throw new Unable("speak in another room");
  if ("event_type" in message) throw new Unable("send that kind of event");
  const { body, msgtype = "m.text" } = message;
  if (body.trim() === "") {
    throw new ChatnodeError("client/empty", "Cannot send: there is nothing in the message");
  }
  return { body, msgtype, text: msgtype === "m.emote" ? `* ${body}` : body };
}

/** Somebody on a server: all that it tells of them is what they are called. */
export function originalPerson(alias: string, node: string): SessionPerson {
  const name = cleanAlias(alias);
  return { address: guestAddress(name, node), name };
}

/** A host name that can stand in an address: colons of IPv6 cannot. */
export function domainOf(host: string): string {
  const domain = host.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
  try {
    addressOf("x", domain);
    return domain;
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return "original";
  }
}
