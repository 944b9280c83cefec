/**
 * Search without an index: looks at every event, by the same rules as the index. For a history in
 * memory, which keeps few enough.
 *
 * @module
 */
import { readEdit, readRedaction } from "../message/content.ts";
import type { EventId, RoomId } from "../message/event.ts";
import type { SearchHit, SearchQuery, SearchResult, StoredEvent } from "./contract.ts";
import { type Actor, actorOf, mayEdit, mayRedact, textOf } from "./revisions.ts";
import { indexQuery } from "./search_index.ts";
import { badCursor, matches } from "./search_query.ts";
import { tokensOf } from "./search_text.ts";

/** What is searched. */
export interface Searched {
  /** The events of each room in arrival order. */
  readonly rooms: ReadonlyMap<RoomId, readonly StoredEvent[]>;
  /** The device that records; see `mayRedact`. */
  readonly device: string;
  /** An event's place among those of all rooms; the later an event came, the greater. */
  placeOf(stored: StoredEvent): number;
}

/**
 * See `History.search`.
 *
 * @throws {HistoryError} `history/query`
 * @throws {RangeError} for a limit that is none
 */
export function scan(searched: Searched, query: SearchQuery): SearchResult {
  const { phrases, rooms, sender, since, until, limit, cursor } = indexQuery(query);
  const end = cursor === undefined ? Infinity : placeIn(cursor);
  const hits = Array.from(searched.rooms)
    .filter(([room]) => rooms?.includes(room) ?? true)
    .flatMap(([, events]) => currentOf(events, searched.device))
    .filter(({ event, edit }) =>
      (sender === undefined || event.sender_id === sender) &&
      event.timestamp_ms >= (since ?? -Infinity) && event.timestamp_ms < (until ?? Infinity) &&
      matches(phrases, tokensOf(textOf((edit ?? { event }).event) ?? ""))
    )
    .map((hit) => ({ hit, place: searched.placeOf(hit.message) }))
    .filter(({ place }) => place < end)
    .sort((a, b) => b.place - a.place);
  const page = hits.slice(0, limit);
  const last = page.at(-1);
  const found = page.map(({ hit: { message, edit } }) => hitOf(message, edit));
  return hits.length > limit && last !== undefined
    ? { hits: found, next: `${last.place}` }
    : { hits: found };
}

/** A message as it reads now. */
interface Current {
  readonly message: StoredEvent;
  readonly event: StoredEvent["event"];
  /** The edit that counts. */
  readonly edit: StoredEvent | undefined;
}

/** The messages of one room that were not taken back. */
function currentOf(events: readonly StoredEvent[], device: string): Current[] {
  const edits = new Map<EventId, StoredEvent[]>();
  const redactions = new Map<EventId, Actor<string>[]>();
  for (const stored of events) {
    const { type, content } = stored.event;
    const edit = type === "m.room.edit" ? readEdit(content) : undefined;
    if (edit !== undefined) push(edits, edit.replaces, stored);
    const redaction = type === "m.room.redaction" ? readRedaction(content) : undefined;
    if (redaction !== undefined) push(redactions, redaction.redacts, actorOf(stored.event));
  }
  const stands = ({ event }: StoredEvent) =>
    !redactions.get(event.event_id)?.some((by) => mayRedact(by, actorOf(event), device));
  return events
    .filter((stored) => stored.event.type === "m.room.message" && stands(stored))
    .map((message) => {
      const { event } = message;
      const edit = edits.get(event.event_id)
        ?.filter((each) => mayEdit(actorOf(each.event), actorOf(event)) && stands(each))
        .reduce<StoredEvent | undefined>(later, undefined);
      return { message, event, edit };
    });
}

function push<T>(lists: Map<EventId, T[]>, id: EventId, item: T): void {
  const list = lists.get(id);
  if (list === undefined) lists.set(id, [item]);
  else list.push(item);
}

function later(a: StoredEvent | undefined, b: StoredEvent): StoredEvent {
  if (a === undefined) return b;
  const [x, y] = [a.event, b.event];
  const isLater = y.timestamp_ms > x.timestamp_ms ||
    (y.timestamp_ms === x.timestamp_ms && y.event_id > x.event_id);
  return isLater ? b : a;
}

function hitOf(message: StoredEvent, edit: StoredEvent | undefined): SearchHit {
  if (edit === undefined) return message;
  const { room, offset, json, event } = message;
  return { room, offset, json, event, edit };
}

function placeIn(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw badCursor();
}
