/**
 * Exchanges with Google's XML API: what an answer means, and what may be tried again with another
 * token or another time.
 *
 * @module
 */
import type { Call } from "../call.ts";
import { BucketError } from "../errors.ts";
import type { Answer, Exchange, Verdict } from "../http/exchange.ts";
import type { ServerClock } from "../http/server_clock.ts";
import type { Authority } from "./authority.ts";
import { errorCodeOf, judgeGoogle } from "./faults.ts";
import type { GoogleRequests, RequestParts } from "./requests.ts";

/** See the module's description. */
export class GoogleExchanges {
  readonly #requests: GoogleRequests;
  readonly #authority: Authority;
  readonly #clock: ServerClock;

  constructor(requests: GoogleRequests, authority: Authority, clock: ServerClock) {
    this.#requests = requests;
    this.#authority = authority;
    this.#clock = clock;
  }

  /** One exchange; not to be used for two calls. */
  of(call: Call, parts: RequestParts, accepts: readonly number[]): Exchange {
    let token: string | undefined;
    let renewed = false;
    return {
      request: async () => {
        const made = await this.#requests.make(parts);
        token = made.token;
        return made.request;
      },
      accepts,
      judge: (answer) => {
        const verdict = this.judge(call, answer);
        if (answer.status !== 401 || token === undefined || renewed) return verdict;
        // Revoked or expired early: once, another one may help.
        renewed = true;
        if (this.#authority.kind === "tokens") this.#authority.tokens.forget(token);
        return { kind: "again", error: verdict.error, afterMs: 0 };
      },
    };
  }

  /** The verdict on an answer with an error. */
  judge(call: Call, answer: Answer): Verdict {
    const code = errorCodeOf(answer);
    const verdict = judgeGoogle(call.what, answer, this.#clock.now());
    // The answer to HEAD has no body, so that it may be this, too.
    const mayBeTime = code === "RequestTimeTooSkewed" || (code === "" && answer.status === 403);
    if (this.#authority.kind === "hmac" && mayBeTime && this.#clock.correct(answer.headers)) {
      return { kind: "again", error: verdict.error, afterMs: 0 };
    }
    // Nothing else may pass for an object that is not there: a proxy has 404s of its own.
    if (answer.status === 404 && code === "NoSuchKey") {
      return { kind: "fail", error: new NoSuchObject(call.what) };
    }
    return verdict;
  }
}

/** Becomes undefined before a caller sees it. */
class NoSuchObject extends BucketError {
  constructor(what: string) {
    super("bucket/refused", `Cannot ${what}: there is no such object`);
  }
}

/** `answer`, or undefined when the object is not there. */
export async function absentIfMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NoSuchObject) return undefined;
    throw error;
  }
}
