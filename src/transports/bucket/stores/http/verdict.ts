/**
 * What a status means where a store has said no more.
 *
 * @module
 */
import { visible } from "../../../../text.ts";
import type { BucketErrorCode } from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { Answer, Verdict } from "./exchange.ts";

/** Statuses that may be gone at the next attempt. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 509]);

const FAILURES: Readonly<Record<number, readonly [BucketErrorCode, string]>> = {
  401: ["bucket/credentials", "the store does not accept the credentials"],
  403: ["bucket/forbidden", "the store does not allow it"],
  405: ["bucket/unsupported", "the store cannot do this"],
  416: ["bucket/range", "the range begins behind the end of the object"],
  501: ["bucket/unsupported", "the store cannot do this"],
  507: ["bucket/full", "the store has no space left"],
};

/**
 * The verdict on `answer` by its status alone.
 *
 * @param what completes "Cannot ..."
 * @param now milliseconds since the epoch, for a `Retry-After` that is a date
 * @param reason what the store calls it, when it says so: shown, bounded, on one line
 */
export function judgeStatus(what: string, answer: Answer, now: number, reason = ""): Verdict {
  const { status } = answer;
  const said = reason === "" ? `status ${status}` : `status ${status}, ${shown(reason)}`;
  if (PASSING.has(status)) {
    const error = new BucketError(
      "bucket/unavailable",
      `Cannot ${what}: the store is failing or overloaded (${said})`,
    );
    const afterMs = retryAfter(answer.headers, now);
    return { kind: "again", error, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  const [code, state] = FAILURES[status] ?? ["bucket/refused", "the store refuses it"];
  return { kind: "fail", error: new BucketError(code, `Cannot ${what}: ${state} (${said})`) };
}

function shown(text: string): string {
  return visible(text.slice(0, 200));
}

/** Milliseconds of a `Retry-After` (RFC 9110, 10.2.3); undefined without a usable one. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  // At least 1: at 0 it would be tried again without any pause.
  if (/^\d{1,9}$/.test(value)) return Math.max(1, Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(1, date - now);
}
