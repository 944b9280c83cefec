/**
 * Events that were seen lately: so that none is shown twice, and reactions and edits find what they
 * are about.
 *
 * @module
 */
import { readRedaction } from "../../message/content.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";

const MOST = 2_000;

/** See the module's description. Bounded: the oldest are forgotten. */
export class RecentEvents {
  readonly #events = new Map<EventId, ChatEvent>();
  readonly #redacted = new Set<EventId>();

  /** Keeps an event; false when it was kept already. */
  add(event: ChatEvent): boolean {
    if (this.#events.has(event.event_id)) return false;
    this.#events.set(event.event_id, event);
    if (event.type === "m.room.redaction") {
      const target = readRedaction(event.content)?.redacts;
      if (target !== undefined) this.#redacted.add(target);
    }
    trim(this.#events);
    trim(this.#redacted);
    return true;
  }

  get(id: EventId): ChatEvent | undefined {
    return this.#events.get(id);
  }

  isRedacted(id: EventId): boolean {
    return this.#redacted.has(id);
  }

  /** What `you` have reacted with in `room` and not taken back, the latest last. */
  reactions(room: RoomId, you: Address): readonly ChatEvent[] {
    return [...this.#events.values()].filter((event) =>
      event.room_id === room && event.type === "m.room.reaction" && event.sender_id === you &&
      !this.#redacted.has(event.event_id)
    ).sort((a, b) => a.timestamp_ms - b.timestamp_ms);
  }

  /** The `back`th latest message (1: the latest) in `room`: of `you`, or of anybody else. */
  latest(room: RoomId, whose: "own" | "others", you: Address, back: number): ChatEvent | undefined {
    const found = [...this.#events.values()].filter((event) =>
      event.room_id === room && event.type === "m.room.message" &&
      (event.sender_id === you) === (whose === "own") && !this.#redacted.has(event.event_id)
    );
    return found.sort((a, b) => a.timestamp_ms - b.timestamp_ms).at(-back);
  }
}

function trim(
  kept: { readonly size: number; keys(): Iterator<EventId>; delete(id: EventId): boolean },
): void {
  while (kept.size > MOST) {
    const { value, done } = kept.keys().next();
    if (done === true) return;
    kept.delete(value);
  }
}
