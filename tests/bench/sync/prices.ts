/**
 * What requests cost: list prices of S3 Standard in us-east-1, USD, without transfer.
 *
 * @module
 */
import type { Asked } from "./orders.ts";

const PUT_OR_LIST = 0.005 / 1_000;
const GET_OR_HEAD = 0.0004 / 1_000;
const GB_MONTH = 0.023;
const DAYS = 30;

/** How the prices are told. */
export const PRICES =
  "List prices of S3 Standard in us-east-1: 0.005 USD for 1,000 PUT or LIST requests, 0.0004 USD " +
  "for 1,000 GET or HEAD requests, 0.023 USD for a GB kept for a month; 30 days. Traffic out of " +
  "the vendor's network comes on top.";

/** A month of days like this one, USD. Removing is free. */
export function monthOf({ put, get, head, list }: Asked): number {
  return DAYS * ((put + list) * PUT_OR_LIST + (get + head) * GET_OR_HEAD);
}

/** What `bytes` a day, all kept, cost in the month after which there are a month's of them, USD. */
export function storageOf(bytes: number): number {
  return DAYS * bytes / 1e9 * GB_MONTH;
}
