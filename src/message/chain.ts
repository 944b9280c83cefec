/**
 * The chain of one device's events in one room: numbered at acceptance, linked and signed at
 * sealing. A number left out shows an event withheld or lost; a number used twice shows a device
 * that told two stories.
 *
 * @module
 */
import { canonicalEvent } from "./canonical.ts";
import type { ChatEvent } from "./event.ts";
import { MessageError } from "./error.ts";
import type { SigningKey } from "./signature.ts";
import { eventHash } from "./signature.ts";

/** Where a chain ends: what the next event of it follows. */
export interface ChainTail {
  /** The last event's number; 0 before the first. */
  readonly seq: number;
  /** The last event's hash, base64; null before the first. */
  readonly hash: string | null;
}

/** The tail of a chain without events. */
export const EMPTY_CHAIN: ChainTail = { seq: 0, hash: null };

/** What {@linkcode seal} gives. */
export interface Sealed {
  readonly event: ChatEvent;
  readonly tail: ChainTail;
}

/**
 * Names the chain of an event, unique among (room, sender, device): the key under which tails are
 * kept. Events without provenance share one chain per room and sender.
 */
export function chainOf(event: ChatEvent): string {
  // None of the three parts can hold a line feed.
  return `${event.room_id}\n${event.sender_id}\n${event.content.chatnode?.device ?? ""}`;
}

/**
 * Links an accepted event to its chain and signs it. The same arguments give the same bytes: a
 * sealing that was interrupted can be done again.
 *
 * @throws {MessageError} `chain/sequence` when the event is not the one that follows `tail`
 */
export function seal(event: ChatEvent, tail: ChainTail, key: SigningKey): Sealed {
  const seq = tail.seq + 1;
  if (event.content.chatnode?.seq !== seq) {
    throw new MessageError(
      "chain/sequence",
      `Cannot seal the event: its sequence number is not ${seq}, which follows the chain`,
    );
  }
  const linked: ChatEvent = {
    event_id: event.event_id,
    room_id: event.room_id,
    timestamp_ms: event.timestamp_ms,
    sender_id: event.sender_id,
    type: event.type,
    parent_event_id: event.parent_event_id,
    prev_event_hash: tail.hash,
    signature: null,
    content: event.content,
  };
  const canonical = canonicalEvent(linked);
  return {
    event: { ...linked, signature: key.sign(canonical) },
    tail: { seq, hash: eventHash(canonical) },
  };
}
