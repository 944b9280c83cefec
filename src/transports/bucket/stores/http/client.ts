/**
 * HTTP with an object store: attempts with bounds of their own, retries, and answers that are
 * checked for length. What the store's words mean is the store's own part, given as a judge.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { type Call, Calls } from "../call.ts";
import { BucketError } from "../errors.ts";
import { type Patience, sendingTime } from "../patience.ts";
import { retry } from "../retry.ts";
import { type BodyCheck, checkedBody, wholeBody } from "../body.ts";
import type { Answer, AnswerHead, Exchange, Fetch, HttpRequest, Verdict } from "./exchange.ts";
import { networkFault } from "./network_fault.ts";
import { judgeStatus } from "./verdict.ts";

/** What a store on the network takes from outside. */
export interface Surroundings {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly patience: Patience;
}

/** An answer whose body is read by the caller. */
export interface StreamedAnswer extends AnswerHead {
  /** Errors with a `BucketError`. Read it to its end or cancel it. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What a streamed body has to be; undefined when its length is not known. */
export interface Expected {
  readonly size: number;
  readonly check?: BodyCheck | undefined;
}

/** What watches over one attempt. */
interface Watch {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** The answer is there in time. */
  endTimer(): void;
  /** Nothing of the attempt is left. */
  release(): void;
}

/** An attempt that is done; its body may still be read, so it is still watched over. */
interface Done<T> extends Watch {
  readonly kind: "done";
  readonly value: T;
}

const ERROR_BYTES = 64 * 1024;
const ANSWER_BYTES = 1024 * 1024;

/** See the module's description. */
export class HttpClient {
  readonly #surroundings: Surroundings;
  /** The calls of the bucket that this client belongs to. */
  readonly calls: Calls;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.calls = new Calls(surroundings.clock, surroundings.patience);
  }

  /** The first accepted answer, with its body. @throws {BucketError} */
  async ask(call: Call, exchange: Exchange): Promise<Answer> {
    return await retry(call, this.#surroundings, async () => {
      const attempt = await this.#attempt(call, exchange, async (response) => {
        const bytes = await wholeBody(call.what, response, exchange.maxBytes ?? ANSWER_BYTES);
        return { ...headOf(response), bytes };
      });
      if (attempt.kind === "done") attempt.release();
      return attempt;
    });
  }

  /**
   * The first accepted answer; its body is still to be read. Takes over `call`: it is disposed of
   * with the body, or here when this throws.
   *
   * @param expect what the body has to be by the answer's head; undefined when it has none
   * @throws {BucketError}
   */
  async open(
    call: Call,
    exchange: Exchange,
    expect: (head: AnswerHead) => Expected | undefined,
  ): Promise<StreamedAnswer | AnswerHead> {
    try {
      const done = await retry(call, this.#surroundings, async () => {
        const attempt = await this.#attempt(call, exchange, (response) => response);
        return attempt.kind === "again" ? attempt : { kind: "done", value: attempt };
      });
      return await this.#stream(call, done, expect);
    } catch (error) {
      call[Symbol.dispose]();
      throw call.reason(error);
    }
  }

  async #stream(
    call: Call,
    { value: response, release, abort }: Done<Response>,
    expect: (head: AnswerHead) => Expected | undefined,
  ): Promise<StreamedAnswer | AnswerHead> {
    const head = headOf(response);
    try {
      const expected = expect(head);
      if (expected !== undefined) {
        call.streams();
        const source = response.body ?? new Blob().stream();
        const startStall = () => this.#startStall(call, abort);
        const body = checkedBody({ call, source, ...expected, startStall, onOver: release });
        return { ...head, body };
      }
    } catch (error) {
      abort(error);
      release();
      throw error;
    }
    await response.body?.cancel();
    release();
    call[Symbol.dispose]();
    return head;
  }

  /** One request and what `read` makes of its answer. `release` ends what watches over it. */
  async #attempt<T>(
    call: Call,
    exchange: Exchange,
    read: (response: Response) => T | Promise<T>,
  ): Promise<Done<T> | Verdict & { readonly kind: "again" }> {
    const request = await call.orEnd(Promise.resolve(exchange.request()));
    const watch = this.#watch(call, request);
    let outcome: Done<T> | Verdict;
    try {
      const response = await this.#fetch(request, watch.signal);
      if (exchange.accepts.includes(response.status)) {
        outcome = { kind: "done", value: await read(response), ...watch };
      } else outcome = await this.#verdict(call, exchange, response);
    } catch (error) {
      watch.release();
      call.signal.throwIfAborted();
      if (error instanceof Deno.errors.NotCapable) throw error;
      const fault = networkFault(call.what, watch.signal.aborted ? watch.signal.reason : error);
      return { kind: "again", error: fault };
    }
    watch.endTimer();
    if (outcome.kind !== "done") watch.release();
    if (outcome.kind === "fail") throw outcome.error;
    return outcome;
  }

  #fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    return this.#surroundings.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      // A signature or token is for one host.
      redirect: "manual",
      signal,
    });
  }

  async #verdict(call: Call, exchange: Exchange, response: Response): Promise<Verdict> {
    const bytes = await wholeBody(call.what, response, ERROR_BYTES);
    const answer = { ...headOf(response), bytes };
    return await exchange.judge?.(answer) ??
      judgeStatus(call.what, answer, this.#surroundings.clock.now());
  }

  /** A signal for one attempt: aborts with the call, or when the attempt takes too long. */
  #watch(call: Call, request: HttpRequest): Watch {
    const { clock, patience } = this.#surroundings;
    const controller = new AbortController();
    const abort = (reason: unknown) => controller.abort(reason);
    const onEnd = () => abort(call.signal.reason);
    call.signal.addEventListener("abort", onEnd, { once: true });
    const bound = patience.attempt + sendingTime(patience, request.body?.length ?? 0);
    const timer = clock.after(bound, () => abort(slow(call.what)));
    return {
      signal: controller.signal,
      abort,
      endTimer: () => timer.cancel(),
      release() {
        timer.cancel();
        call.signal.removeEventListener("abort", onEnd);
      },
    };
  }

  #startStall(call: Call, abort: (reason: unknown) => void): () => void {
    const { clock, patience } = this.#surroundings;
    const timer = clock.after(patience.stall, () => {
      call.end(
        new BucketError("bucket/timeout", `Cannot ${call.what}: the store sends nothing more`),
      );
      abort(call.signal.reason);
    });
    return () => timer.cancel();
  }
}

function headOf(response: Response): AnswerHead {
  return { status: response.status, headers: response.headers };
}

function slow(what: string): BucketError {
  return new BucketError("bucket/unavailable", `Cannot ${what}: the store does not answer`);
}
