/**
 * Some of one room's events in arrival order, in memory: what every source of events (the latest
 * ones, a journal file, a segment) looks like to those who read.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";

/** Events `0` to `count - 1`, with ascending offsets. */
export interface Slice {
  readonly count: number;
  /** Whether timestamps never fall from one event to the next. */
  readonly ordered: boolean;
  offsetAt(index: number): number;
  eventAt(index: number): StoredEvent;
}

/** Above every offset. */
export const ALL = Number.POSITIVE_INFINITY;

/** A stored event whose line is parsed when somebody looks into it. */
export class StoredLine implements StoredEvent {
  readonly room: RoomId;
  readonly offset: number;
  readonly json: string;
  #event: ChatEvent | undefined;

  constructor(room: RoomId, offset: number, json: string) {
    this.room = room;
    this.offset = offset;
    this.json = json;
  }

  get event(): ChatEvent {
    return this.#event ??= JSON.parse(this.json) as ChatEvent;
  }
}

/** A slice of events that are in an array already. */
export function sliceOf(events: readonly StoredEvent[], ordered: boolean): Slice {
  return {
    count: events.length,
    ordered,
    offsetAt: (index) => at(events, index).offset,
    eventAt: (index) => at(events, index),
  };
}

/** The events of `slice` with offsets below `end`. */
export function sliceBelow(slice: Slice, end: number): Slice {
  const count = firstIndex(slice, end);
  if (count === slice.count) return slice;
  return {
    count,
    ordered: slice.ordered,
    offsetAt: (index) => slice.offsetAt(index),
    eventAt: (index) => slice.eventAt(index),
  };
}

/** Index of the first event whose offset is not below `offset`; `count` when there is none. */
export function firstIndex(slice: Slice, offset: number): number {
  return bisect(slice.count, (index) => slice.offsetAt(index) >= offset);
}

/** The least index in [0, count) for which the monotone `holds` is true; `count` when none. */
export function bisect(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The element at an index that is known to exist. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no element ${index} of ${items.length}`);
  return item;
}
