/**
 * A message as the log formats write it: who and when, in the words of people's clocks.
 *
 * @module
 */
import { readBody, readEdit, readKind } from "../../message/content.ts";
import type { Address, ChatEvent } from "../../message/event.ts";
import { LOG_DOOR } from "./contract.ts";

/** Whose conversation a log is of. */
export interface Conversation {
  /** The account, a bare JID. */
  readonly account: Address;
  /** A person, or a room of several, a bare JID; somebody in a room has a nickname behind it. */
  readonly peer: string;
  readonly kind: "two" | "group";
}

/** One message to be written. */
export interface WrittenMessage {
  /** When it was said, in the zone of the log. */
  readonly time: Temporal.ZonedDateTime;
  readonly from: "self" | "peer" | "bot";
  /** The author's address; in a room of several the nickname. */
  readonly name: string;
  readonly kind: "text" | "emote";
  readonly body: string;
}

/**
 * What a log has of an event; undefined for what is no message, and for what came from a log.
 *
 * @param zone IANA
 */
export function writtenOf(
  event: ChatEvent,
  { account, peer }: Pick<Conversation, "account" | "peer">,
  zone: string,
): WrittenMessage | undefined {
  if (event.content.chatnode?.via?.endsWith(LOG_DOOR)) return undefined;
  const edit = event.type === "m.room.edit" ? readEdit(event.content)?.content : undefined;
  const content = event.type === "m.room.message" ? event.content : edit;
  const body = content && readBody(content);
  if (content === undefined || body === undefined) return undefined;
  const kind = readKind(content);
  const isOwn = event.sender_id === account;
  return {
    time: Temporal.Instant.fromEpochMilliseconds(event.timestamp_ms).toZonedDateTimeISO(zone),
    from: !isOwn ? "peer" : kind === "m.notice" ? "bot" : "self",
    name: nameOf(event.sender_id, peer),
    kind: kind === "m.emote" ? "emote" : "text",
    // Nobody's log has another way to say that a message was changed.
    body: edit === undefined ? body : `* ${body}`,
  };
}

/** Somebody in a room is called by the nickname. */
function nameOf(sender: Address, peer: string): string {
  return sender.startsWith(`${peer}/`) ? sender.slice(peer.length + 1) : sender;
}

/** `08:45:35` */
export function clockOf(time: Temporal.ZonedDateTime): string {
  return time.toPlainTime().toString({ smallestUnit: "second" });
}

/** `2026-11-20` */
export function dayOf(time: Temporal.ZonedDateTime): string {
  return time.toPlainDate().toString();
}
