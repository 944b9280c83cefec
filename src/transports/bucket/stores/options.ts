/**
 * What a caller may ask for, checked the same way by every store.
 *
 * @module
 */
import type { ByteRange, ListOptions } from "./contract.ts";

/** @throws {RangeError} when it is no range of bytes */
export function checkRange(range: ByteRange | undefined): void {
  if (range === undefined) return;
  const { start, end } = range;
  const isStart = Number.isSafeInteger(start) && start >= 0;
  if (isStart && (end === undefined || (Number.isSafeInteger(end) && end > start))) return;
  throw new RangeError("a range has a start of at least 0 and an end behind it");
}

/** Whether a range begins behind the end of an object. */
export function isBehind(range: ByteRange, size: number): boolean {
  return range.start >= size;
}

/** The value of a `Range` header (RFC 9110, 14.1.2). */
export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`;
}

/** Entries of a page. @throws {RangeError} when it is not 1 to 1,000 */
export function pageLimit({ limit = 1000 }: ListOptions): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new RangeError("a page has 1 to 1,000 entries");
}
