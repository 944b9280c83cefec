/**
 * Reads what ordering needs from an event line without parsing the rest of it.
 *
 * @module
 */
import type { Address, EventId, RoomId } from "../message/event.ts";

/** The keys by which events are ordered and grouped. */
export interface EventHead {
  readonly id: EventId;
  readonly room: RoomId;
  readonly timestamp: number;
  readonly sender: Address;
}

/** chatnode and the reference write the keys in this order; anything else is parsed as a whole. */
const HEAD =
  /^\{"event_id":"([^"\\]*)","room_id":"([^"\\]*)","timestamp_ms":(\d{1,16}),"sender_id":"([^"\\]*)",/;

/** The head of a line that is known to be an event. */
export function peekEvent(json: string): EventHead {
  const match = HEAD.exec(json);
  if (match !== null) {
    const [, id = "", room = "", timestamp, sender = ""] = match;
    return { id, room, timestamp: Number(timestamp), sender };
  }
  const event = JSON.parse(json);
  return {
    id: String(event.event_id),
    room: String(event.room_id),
    timestamp: Number(event.timestamp_ms),
    sender: String(event.sender_id),
  };
}
