/**
 * Pages of a room's timeline, gathered from slices that may overlap in time: a foreign writer's
 * events may arrive long after they were written.
 *
 * @module
 */
import type { Page, PageQuery, StoredEvent, TimelinePosition } from "./contract.ts";
import { peekEvent } from "./peek.ts";
import { ALL, at, bisect, type Slice } from "./slice.ts";

/** A slice that is loaded only when its time matters. */
export interface TimelineSource {
  /** Bounds of the timestamps within, inclusive; they may be wider than what is there. */
  readonly start: number;
  readonly end: number;
  /** The events within, at least those with offsets below `below`. */
  load(below: number): Promise<Slice>;
}

type Side = "older" | "newer";

/** A cut through the timeline. An event exactly there belongs to the side `owner`. */
interface Cut extends TimelinePosition {
  readonly owner: Side;
}

interface Placed extends TimelinePosition {
  readonly stored: StoredEvent;
}

/** One page as `query` asks. Two sources never hold the same event. */
export async function readPage(
  sources: readonly TimelineSource[],
  query: PageQuery,
): Promise<Page> {
  const { limit } = query;
  if ("after" in query) {
    const cut: Cut = { ...query.after, owner: "older" };
    const older = await gather(sources, cut, "older", 1);
    return pageOf(older, await gather(sources, cut, "newer", limit + 1), 0, limit);
  }
  if ("around" in query) {
    const cut: Cut = { ...query.around, owner: "newer" };
    const older = await gather(sources, cut, "older", limit + 1);
    const newer = await gather(sources, cut, "newer", limit + 1);
    const after = Math.min(newer.length, limit - Math.min(limit >> 1, older.length));
    return pageOf(older, newer, limit - after, after);
  }
  const cut: Cut = { ...(query.before ?? END), owner: "newer" };
  const newer = query.before === undefined ? [] : await gather(sources, cut, "newer", 1);
  return pageOf(await gather(sources, cut, "older", limit + 1), newer, limit, 0);
}

const END: TimelinePosition = { timestamp: Number.POSITIVE_INFINITY, id: "" };

/** Both lists begin at the cut and lead away from it. */
function pageOf(
  older: readonly Placed[],
  newer: readonly Placed[],
  before: number,
  after: number,
): Page {
  const events = [...older.slice(0, before).reverse(), ...newer.slice(0, after)];
  return {
    events: events.map(({ stored }) => stored),
    moreBefore: older.length > before,
    moreAfter: newer.length > after,
  };
}

/** The `count` events next to the cut on one side, or fewer when there are not so many. */
async function gather(
  sources: readonly TimelineSource[],
  cut: Cut,
  side: Side,
  count: number,
): Promise<Placed[]> {
  const older = side === "older";
  const relevant = sources
    .filter(({ start, end }) => older ? start <= cut.timestamp : end >= cut.timestamp)
    .sort((a, b) => older ? b.end - a.end : a.start - b.start);
  let found: Placed[] = [];
  for (const source of relevant) {
    const farthest = found.length < count ? undefined : at(found, count - 1).timestamp;
    if (farthest !== undefined && (older ? source.end < farthest : source.start > farthest)) break;
    found.push(...nearest(await source.load(ALL), cut, side, count));
    found.sort(older ? (a, b) => comparePlaces(b, a) : comparePlaces);
    found = found.slice(0, count);
  }
  return found;
}

/**
 * At least the `count` events of one slice that are next to the cut: of events with one timestamp
 * all or none, since only their ids order them.
 */
function nearest(slice: Slice, cut: Cut, side: Side, count: number): Placed[] {
  const order = slice.ordered ? undefined : timelineOrder(slice);
  const placeAt = (index: number) => place(slice.eventAt(order?.[index] ?? index));
  const step = side === "older" ? -1 : 1;
  let index = side === "older"
    ? bisect(slice.count, (each) => placeAt(each).timestamp > cut.timestamp) - 1
    : bisect(slice.count, (each) => placeAt(each).timestamp >= cut.timestamp);
  const found: Placed[] = [];
  for (; index >= 0 && index < slice.count; index += step) {
    const placed = placeAt(index);
    const last = found.at(-1);
    if (last !== undefined && found.length >= count && last.timestamp !== placed.timestamp) break;
    if (sideOf(placed, cut) === side) found.push(placed);
  }
  return found;
}

/** The indexes of a slice by timestamp. */
function timelineOrder(slice: Slice): Uint32Array {
  const timestamps = Float64Array.from(
    { length: slice.count },
    (_, index) => place(slice.eventAt(index)).timestamp,
  );
  return Uint32Array.from({ length: slice.count }, (_, index) => index)
    .sort((a, b) => at(timestamps, a) - at(timestamps, b));
}

function place(stored: StoredEvent): Placed {
  const { timestamp, id } = peekEvent(stored.json);
  return { timestamp, id, stored };
}

function sideOf(placed: TimelinePosition, cut: Cut): Side {
  const order = comparePlaces(placed, cut);
  return order === 0 ? cut.owner : order < 0 ? "older" : "newer";
}

/** Timeline order: timestamp, then id by UTF-16 code unit. */
export function comparePlaces(a: TimelinePosition, b: TimelinePosition): number {
  return a.timestamp - b.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
