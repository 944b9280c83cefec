/**
 * What a store's HTTP client is asked to do, and what it may answer.
 *
 * @module
 */
import type { BucketError } from "../errors.ts";

/** `fetch` as a dependency. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One request, signed and ready. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
}

/** An answer with its whole body. */
export interface Answer extends AnswerHead {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an answer with a status that was not wanted means. */
export type Verdict =
  /** Throw this. */
  | { readonly kind: "fail"; readonly error: BucketError }
  /** Try again; see {@linkcode Attempt}. */
  | { readonly kind: "again"; readonly error: BucketError; readonly afterMs?: number };

/** See the module's description. */
export interface Exchange {
  /** Makes the request anew for each attempt, so that signatures and tokens are fresh. */
  readonly request: () => HttpRequest | Promise<HttpRequest>;
  /** Statuses that are handed to the caller. */
  readonly accepts: readonly number[];
  /**
   * What the store means by another status, seen with at most 64 KiB of its body. Undefined leaves
   * it to {@linkcode judgeStatus}.
   */
  readonly judge?: (answer: Answer) => Verdict | undefined | Promise<Verdict | undefined>;
  /** Bytes that the body of an accepted answer may have; 1 MiB when absent. Not for streams. */
  readonly maxBytes?: number;
}
