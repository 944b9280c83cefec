/**
 * Access tokens: fetched once for all who wait, renewed before they end.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { BucketError } from "../errors.ts";
import type { HttpClient } from "../http/client.ts";
import type { Answer, Exchange } from "../http/exchange.ts";

/** A token as a server gave it. */
export interface AccessToken {
  readonly value: string;
  /** Milliseconds that it is good for, from now on. */
  readonly lifetime: number;
}

/** Where tokens come from: made into a request, and back. */
export interface TokenSource {
  /** For errors: `the service account x@y`. */
  readonly name: string;
  /** Milliseconds for getting one, retries included; the client's own bound when absent. */
  readonly deadlineMs?: number;
  /** What to do when nobody answers. */
  readonly hint?: string;
  /** How to ask for one; see {@linkcode Exchange}. */
  exchange(): Exchange;
}

/** Renewed this long before its end, so that no request is under way with a dead one. */
const MARGIN = 300_000;
/** What Google gives is shorter than 2 KiB. */
const LONGEST_TOKEN = 16_384;

/** See the module's description. */
export class Tokens {
  readonly #source: TokenSource;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  #current: { readonly value: string; readonly end: number } | undefined;
  #coming: Promise<string> | undefined;

  constructor(source: TokenSource, client: HttpClient, clock: Clock) {
    this.#source = source;
    this.#client = client;
    this.#clock = clock;
  }

  /** A token that is good for a while. @throws {BucketError} */
  async get(): Promise<string> {
    if (this.#current !== undefined && this.#clock.monotonic() < this.#current.end) {
      return this.#current.value;
    }
    this.#coming ??= this.#fetch().finally(() => this.#coming = undefined);
    return await this.#coming;
  }

  /** Forgets `value`, which was refused: the next {@linkcode get} fetches another one. */
  forget(value: string): void {
    if (this.#current?.value === value) this.#current = undefined;
  }

  async #fetch(): Promise<string> {
    const asked = this.#clock.monotonic();
    const what = `authenticate as ${this.#source.name}`;
    const answer = await this.#ask(what);
    const { value, lifetime } = readToken(what, answer);
    // A short-lived one is used for half of its time.
    this.#current = { value, end: asked + Math.max(lifetime - MARGIN, lifetime / 2) };
    return value;
  }

  async #ask(what: string): Promise<Answer> {
    const { deadlineMs, hint } = this.#source;
    const options = deadlineMs === undefined ? {} : { deadlineMs };
    try {
      return await this.#client.calls.run(
        what,
        options,
        (call) => this.#client.ask(call, this.#source.exchange()),
      );
    } catch (error) {
      const isSilent = error instanceof BucketError &&
        (error.code === "bucket/unavailable" || error.code === "bucket/timeout");
      if (!isSilent || hint === undefined) throw error;
      throw new BucketError(error.code, error.message, { hint, cause: error });
    }
  }
}

function readToken(what: string, { bytes }: Answer): AccessToken {
  const fields = jsonFields(new TextDecoder().decode(bytes));
  const value = fields["access_token"];
  const seconds = fields["expires_in"];
  const isToken = typeof value === "string" && value.length <= LONGEST_TOKEN &&
    /^[!-~]+$/.test(value);
  if (!isToken || typeof seconds !== "number" || !(seconds > 0)) {
    throw new BucketError("bucket/corrupt", `Cannot ${what}: the answer holds no token`);
  }
  return { value, lifetime: seconds * 1000 };
}

/** The members of a JSON object; none when it is something else. */
export function jsonFields(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Its message would quote what came.
    return {};
  }
}
