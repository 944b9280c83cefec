/**
 * Where events of conversations come from: each has one id from the first moment on, and whoever
 * shows it can wait until it is stored.
 *
 * @module
 */
import type {
  Address,
  ChatEvent,
  Content,
  EventId,
  EventType,
  RoomId,
} from "../../message/event.ts";
import { createEventIds } from "../../message/id.ts";

/** What becomes an event. */
export interface EventDraft {
  readonly room: RoomId;
  readonly sender: Address;
  /** When it was said, milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly type: EventType;
  readonly parent: EventId | null;
  readonly content: Content;
}

/** When something was said that is recorded. */
export type Said =
  /** Now. */
  | "live"
  /** Before it came here: out of an archive, or while nobody was there. */
  | "earlier";

/** What became of an event. */
export type Fate =
  | "stored"
  /** It was there already. */
  | "known";

/** See the module's description. */
export interface Recording {
  /** The event of a draft; in the order of the calls. */
  record(draft: EventDraft, said: Said): ChatEvent;
  /**
   * What becomes of an event of {@linkcode record}, in their order; undefined when nothing is stored.
   * Rejects with a {HistoryError} when it cannot be stored: it is none then.
   */
  fateOf(event: ChatEvent): Promise<Fate> | undefined;
}

/** An event as it is before anything is stored. */
export function eventOf(id: EventId, draft: EventDraft): ChatEvent {
  const { room, sender, timestamp, type, parent, content } = draft;
  return {
    event_id: id,
    room_id: room,
    timestamp_ms: timestamp,
    sender_id: sender,
    type,
    parent_event_id: parent,
    prev_event_hash: null,
    signature: null,
    content,
  };
}

/** For a client beside another one of the same account, which stores what is said. */
export function unrecorded(uuid: () => string): Recording {
  const ids = createEventIds(uuid);
  return {
    record: (draft) => eventOf(ids(draft.room, draft.timestamp), draft),
    fateOf: () => undefined,
  };
}
