/**
 * The one model: a Bucket Chat event, in memory exactly as it stands on disk, in a bucket and on
 * the `chatnode.v1` wire. Every door turns its own messages into this and back.
 *
 * @module
 */

/** A room's id, see `address.ts` for the forms. Never contains `::`. */
export type RoomId = string;
/** A person's or bot's bare address, `name@node`, a JID or an e-mail address. */
export type Address = string;
/** `{room}::{ISO 8601 time}::{uuid}`; opaque to everything but `id.ts`. */
export type EventId = string;

/** The stored event types. Typing and presence are signals of the hub and never stored. */
export const EVENT_TYPES = [
  "m.room.message",
  "m.room.member",
  "m.room.redaction",
  "m.room.edit",
  "m.room.reaction",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** Any JSON object. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/**
 * What chatnode adds to `content`, under the key `chatnode`; readers of the plain Bucket Chat
 * protocol ignore it.
 */
export interface Provenance {
  /** Id of the device whose key signs the event. */
  readonly device: string;
  /** 1, 2, 3, ... within (room, sender, device): a hole shows a withheld or lost event. */
  readonly seq: number;
  /** The author's own key for this message; a resend with the same key is not stored twice. */
  readonly key?: string;
  /** The door the event came in by, for example `websocket`; bridges never send it back there. */
  readonly via?: string;
}

/** The content of an event; its keys depend on the type. */
export interface Content extends JsonObject {
  /** `m.room.message`: plain text, at most {@linkcode LIMITS}.bodyBytes of UTF-8. */
  readonly body?: string;
  /** `m.room.message`: `m.text`, `m.emote` (/me) or `m.notice` (from a bot or the server). */
  readonly msgtype?: string;
  readonly chatnode?: Provenance & JsonObject;
}

/**
 * One event. The keys stand in the order in which they are written, so `JSON.stringify` of an
 * event built in this order is its stored line.
 */
export interface ChatEvent {
  readonly event_id: EventId;
  readonly room_id: RoomId;
  /** Milliseconds since the Unix epoch, an integer above 0. */
  readonly timestamp_ms: number;
  readonly sender_id: Address;
  readonly type: string;
  /** The event answered or referred to, or null. */
  readonly parent_event_id: EventId | null;
  /** base64 SHA-256 of the canonical form of the same chain's previous event, or null. */
  readonly prev_event_hash: string | null;
  /** base64 Ed25519 over the canonical form; null only in the journal, until it is sealed. */
  readonly signature: string | null;
  readonly content: Content;
}

/** Bounds that hold for every door. Sizes are bytes of UTF-8. */
export const LIMITS = {
  /** One message body. */
  bodyBytes: 256 * 1024,
  /** The reason of a redaction or a kick, a display name, and texts like them. */
  noteBytes: 1024,
  /** A reaction: one emoji, however composed, or a `:name:`. */
  reactionBytes: 64,
  /** The content of an event as JSON: leaves room for the other keys of its line. */
  contentBytes: 2 * 1024 * 1024 - 8 * 1024,
  /** One event line, LF included. A longer line is a fault of the file that holds it. */
  lineBytes: 2 * 1024 * 1024,
  /** Nesting of arrays and objects in one event. */
  depth: 32,
  /** A room id or address, after the encoding of `file_name.ts`; file systems take 255. */
  nameBytes: 240,
  /** An event id. */
  idBytes: 512,
  /** An author's message key. */
  keyBytes: 64,
  /** How far in the future a foreign timestamp may lie, milliseconds. */
  futureMs: 60 * 60 * 1000,
} as const;
