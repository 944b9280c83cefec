/**
 * Where events stand in their rooms' arrival order, which is how the protocol counts what was read.
 *
 * @module
 */
import type { EventId, RoomId } from "../../../message/event.ts";

/** Events that are kept; the oldest are forgotten. */
const MOST = 10_000;
/** How far back the event before an offset is looked for: between two there may be a few unseen. */
const LOOK_BACK = 200;

/** See the module's description. */
export class Places {
  readonly #offsets = new Map<EventId, { readonly room: RoomId; readonly offset: number }>();
  readonly #ids = new Map<string, EventId>();

  /** Keeps where an event stands. */
  add(room: RoomId, offset: number, id: EventId): void {
    this.#offsets.set(id, { room, offset });
    this.#ids.set(keyOf(room, offset), id);
    for (const [oldest, place] of this.#offsets) {
      if (this.#offsets.size <= MOST) return;
      this.#offsets.delete(oldest);
      this.#ids.delete(keyOf(place.room, place.offset));
    }
  }

  /** The offset of an event; undefined when it was not seen lately. */
  offsetOf(id: EventId): number | undefined {
    return this.#offsets.get(id)?.offset;
  }

  /** The latest event at or before an offset; undefined when none was seen lately. */
  upTo(room: RoomId, offset: number): EventId | undefined {
    for (let at = offset; at >= 0 && at > offset - LOOK_BACK; at--) {
      const id = this.#ids.get(keyOf(room, at));
      if (id !== undefined) return id;
    }
    return undefined;
  }
}

function keyOf(room: RoomId, offset: number): string {
  return `${offset} ${room}`;
}
