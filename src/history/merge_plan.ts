/**
 * Decides which segments become one.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { CatalogState } from "./catalog_state.ts";
import { parseSegmentName, type SegmentInfo } from "./segments.ts";

/** A merged segment stays small enough to be read as a whole. */
const MAX_BYTES = 8 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Segments of a day that goes on are merged when there are so many small ones in a row. */
const MANY = 64;
const SMALL_BYTES = 128 * 1024;

/**
 * Groups of our segments of one room and day, neighbours in their order: at least two of a day that
 * is over, and many small ones of a day that goes on, as they come from sealing every few seconds.
 *
 * @param until only days that ended before this timestamp are over; later events stay as they are
 * @param apart paths that must stay as they are
 */
export function planMerges(
  catalog: CatalogState,
  until: number,
  apart: ReadonlySet<string>,
): SegmentInfo[][] {
  const groups: SegmentInfo[][] = [];
  for (const { segments } of catalog.rooms.values()) {
    let group: SegmentInfo[] = [];
    for (const segment of segments.values()) {
      if (segment.origin !== "own") continue;
      const over = isOver(segment, until);
      const mayMerge = over || (segment.end < until && segment.bytes < SMALL_BYTES);
      if (!mayMerge || apart.has(segment.path)) group = [];
      else if (fits(group, segment)) group.push(segment);
      else group = [segment];
      if (group.length === (over ? 2 : MANY)) groups.push(group);
    }
  }
  return groups;
}

function isOver({ end }: SegmentInfo, until: number): boolean {
  return end - (end % DAY_MS) + DAY_MS <= until;
}

function fits(group: readonly SegmentInfo[], next: SegmentInfo): boolean {
  const [first] = group;
  if (first === undefined || dirname(first.path) !== dirname(next.path)) return false;
  // A device that took another one's place writes files of its own.
  if (writerOf(first) !== writerOf(next)) return false;
  return group.reduce((sum, { bytes }) => sum + bytes, next.bytes) <= MAX_BYTES;
}

function writerOf({ path }: SegmentInfo): string | undefined {
  return parseSegmentName(basename(path))?.writer;
}
