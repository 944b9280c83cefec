/**
 * Which edits and redactions count. One rule for the search index, exports and whoever shows a
 * message: events are never changed, so what a message says now follows from those after it.
 *
 * - An **edit** counts when its sender wrote the message. Of several the last one by (timestamp,
 *   id) counts, whatever order they came in.
 * - A **redaction** counts when its sender wrote the event, or when the device that recorded the
 *   redaction recorded the event too, or is this store's own: a node lets only the author and its
 *   administrators redact, and its signature vouches for that.
 * - Redacting a message takes it away for good; redacting an edit takes that edit back.
 *
 * @module
 */
import { readBody, readEdit } from "../message/content.ts";
import type { Address, ChatEvent } from "../message/event.ts";

/** Who stands behind an event. `Name` is whatever names people and devices alike. */
export interface Actor<Name> {
  readonly sender: Name;
  /** The device that recorded it; undefined for events of other programs. */
  readonly device: Name | undefined;
}

/** The actor of an event. */
export function actorOf(event: ChatEvent): Actor<Address> {
  return { sender: event.sender_id, device: event.content.chatnode?.device };
}

/** Whether an edit counts. */
export function mayEdit<Name>(edit: Actor<Name>, message: Actor<Name>): boolean {
  return edit.sender === message.sender;
}

/** Whether a redaction counts; `own` is this store's device. */
export function mayRedact<Name>(
  redaction: Actor<Name>,
  target: Actor<Name>,
  own: Name | undefined,
): boolean {
  if (redaction.sender === target.sender) return true;
  if (redaction.device === undefined) return false;
  return redaction.device === target.device || redaction.device === own;
}

/** What a message says or an edit makes of it; undefined for other events. */
export function textOf({ type, content }: ChatEvent): string | undefined {
  if (type === "m.room.message") return readBody(content);
  const edit = type === "m.room.edit" ? readEdit(content) : undefined;
  return edit === undefined ? undefined : readBody(edit.content);
}
