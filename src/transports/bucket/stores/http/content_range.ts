/**
 * Which part of an object an answer brings (RFC 9110, 14.4).
 *
 * @module
 */
import type { ByteRange } from "../contract.ts";
import { BucketError } from "../errors.ts";
import { announcedLength } from "../body.ts";
import type { AnswerHead } from "./exchange.ts";

/** Lengths in bytes. */
export interface Delivery {
  /** The whole object. */
  readonly total: number;
  /** What the body has to bring. */
  readonly part: number;
}

/**
 * The lengths that a 200 or 206 announces.
 *
 * @throws {BucketError} `bucket/corrupt` when it says none, or is not the part that was asked for
 */
export function deliveryOf(what: string, head: AnswerHead, range: ByteRange | undefined): Delivery {
  const corrupt = (state: string) => new BucketError("bucket/corrupt", `Cannot ${what}: ${state}`);
  if (range === undefined) {
    const total = announcedLength(head.headers);
    if (total === undefined) throw corrupt("the answer does not say how long it is");
    return { total, part: total };
  }
  // Behind the slash stands the whole length, whatever is before it.
  const form = /^bytes (?:(\d{1,15})-(\d{1,15})|.*)\/(\d{1,15})$/;
  const [, first, last, size] = form.exec(head.headers.get("content-range") ?? "") ?? [];
  const total = Number(size);
  if (range.start >= total) {
    const state = "the range begins behind the end of the object";
    throw new BucketError("bucket/range", `Cannot ${what}: ${state}`);
  }
  const wantedLast = Math.min(range.end ?? total, total) - 1;
  if (head.status !== 206 || Number(first) !== range.start || Number(last) !== wantedLast) {
    throw corrupt("the answer is not the part that was asked for");
  }
  return { total, part: wantedLast - range.start + 1 };
}
