/**
 * What a history has already, for the verification of what a bucket has.
 *
 * @module
 */
import type { FileHistory } from "../../../history/store.ts";
import type { ChatEvent, EventId, RoomId } from "../../../message/event.ts";
import type { KnownEvents } from "./contract.ts";

/** How many of a room's latest events are looked through for a number. */
const SEARCHED = 200_000;
const PAGE = 1_000;

/** See the module's description. */
export class HistoryEvents implements KnownEvents {
  readonly #history: FileHistory;

  constructor(history: FileHistory) {
    this.#history = history;
  }

  async find(
    events: readonly ChatEvent[],
  ): Promise<ReadonlyMap<EventId, string>> {
    const [first] = events;
    if (first === undefined) return new Map();
    const { from, to } = timesOf(events);
    const ids = new Set(events.map(({ event_id: id }) => id));
    const { reader } = this.#history.parts;
    const found = await reader.getBetween(first.room_id, ids, from, to);
    const lines = new Map(Array.from(found, ([id, { json }]) => [id, json]));
    // Somebody who gives an id again may give it another time.
    for (const { room_id: room, event_id: id, timestamp_ms: time } of events) {
      if (lines.has(id) || saysTime(id, time)) continue;
      const stored = await this.#history.get(room, id);
      if (stored !== undefined) lines.set(id, stored.json);
    }
    return lines;
  }

  async sibling(event: ChatEvent): Promise<string | undefined> {
    const { room_id: room, sender_id: sender, content: { chatnode } } = event;
    if (chatnode === undefined) return undefined;
    for await (const { json, event: other } of this.#backwards(room)) {
      const { device, seq } = other.content.chatnode ?? {};
      if (seq !== chatnode.seq || device !== chatnode.device) continue;
      if (other.sender_id === sender) return json;
    }
    return undefined;
  }

  /** The latest events first. */
  async *#backwards(room: RoomId) {
    const { first, next } = this.#history.room(room);
    const end = Math.max(first, next - SEARCHED);
    for (let to = next; to > end;) {
      const from = Math.max(end, to - PAGE);
      const stored = await this.#history.read(room, from, to - from);
      yield* stored.toReversed();
      to = from;
    }
  }
}

/** Whether an id holds the time of its event, as those of a chatnode do. */
function saysTime(id: EventId, time: number): boolean {
  return id.includes(`::${new Date(time).toISOString().slice(0, -1)}`);
}

function timesOf(events: readonly ChatEvent[]): { readonly from: number; readonly to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const { timestamp_ms: time } of events) {
    from = Math.min(from, time);
    to = Math.max(to, time);
  }
  return { from, to };
}
