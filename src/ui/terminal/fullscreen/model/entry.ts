/**
 * What stands in a conversation: messages as they read now, and what the program says itself.
 *
 * @module
 */
import { readBody, readKind } from "../../../../message/content.ts";
import type { Address, ChatEvent, Content, EventId } from "../../../../message/event.ts";

/** How far a message of one's own got. */
export type Delivery = "sending" | "sent" | "delivered" | "read" | "failed";

/** A message. Changes as edits, reactions and receipts come; `version` counts them. */
export interface Message {
  readonly kind: "message";
  readonly id: EventId;
  readonly at: number;
  readonly sender: Address;
  readonly isOwn: boolean;
  readonly parent: EventId | undefined;
  content: Content;
  /** When its present text was written, if that is not its first one. */
  editedAt: number | undefined;
  /** Who took it back. */
  redactedBy: Address | undefined;
  /** Sign -> who reacted so. */
  readonly reactions: Map<string, Set<Address>>;
  delivery: Delivery;
  /** Who has read up to here and no further. */
  readonly readers: Set<string>;
  version: number;
}

/** Something that the program says, in its place in time. */
export interface Note {
  readonly kind: "note";
  readonly id: EventId;
  readonly at: number;
  /** Safe to show. */
  readonly text: string;
  readonly tone: "plain" | "fault";
  readonly version: number;
}

export type Entry = Message | Note;

/** The message that an event is; undefined for what has no body. */
export function messageOf(event: ChatEvent, you: Address | undefined): Message | undefined {
  if (event.type !== "m.room.message" || readBody(event.content) === undefined) return undefined;
  return {
    ...{ kind: "message", id: event.event_id, at: event.timestamp_ms, sender: event.sender_id },
    isOwn: event.sender_id === you,
    parent: event.parent_event_id ?? undefined,
    content: event.content,
    editedAt: undefined,
    redactedBy: undefined,
    reactions: new Map(),
    delivery: "sent",
    readers: new Set(),
    version: 0,
  };
}

/** What a message says, as it came: not safe to show. */
export function bodyOf(message: Message): string {
  return readBody(message.content) ?? "";
}

/** Whether it says what its author does. */
export function isEmote(message: Message): boolean {
  return readKind(message.content) === "m.emote";
}
