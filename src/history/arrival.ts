/**
 * Reading in arrival order from slices of different kinds, whose offsets may interleave.
 *
 * @module
 */
import type { StoredEvent } from "./contract.ts";
import { ALL, at, firstIndex, type Slice } from "./slice.ts";

/** A slice that is loaded only when its offsets matter. */
export interface ArrivalSource {
  /** The least and the greatest offset within. */
  readonly first: number;
  readonly last: number;
  /** The events within, at least those with offsets below `below`. */
  load(below: number): Promise<Slice>;
}

/** Up to `limit` events from offset `from` on. Two sources never hold the same event. */
export async function readFrom(
  sources: readonly ArrivalSource[],
  from: number,
  limit: number,
): Promise<StoredEvent[]> {
  const relevant = sources.filter(({ last }) => last >= from).sort((a, b) => a.first - b.first);
  let found: StoredEvent[] = [];
  for (const source of relevant) {
    if (found.length >= limit && source.first > at(found, limit - 1).offset) break;
    const slice = await source.load(ALL);
    const begin = firstIndex(slice, from);
    const end = Math.min(slice.count, begin + limit);
    for (let index = begin; index < end; index++) found.push(slice.eventAt(index));
    found.sort((a, b) => a.offset - b.offset);
    found = found.slice(0, limit);
  }
  return found;
}
