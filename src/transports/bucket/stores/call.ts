/**
 * One call on a bucket, from its begin to its end: what may end it early (its deadline, its caller,
 * the bucket's closing) comes together in one signal, whose reason is the error that the caller
 * sees.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import type { CallOptions } from "./contract.ts";
import { BucketError } from "./errors.ts";
import { type Patience, sendingTime } from "./patience.ts";

/** The calls of one bucket; closing ends them all. */
export class Calls {
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #open = new Set<Call>();
  #closed = false;

  constructor(clock: Clock, patience: Patience) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /**
   * Begins a call. Dispose of it when all that belongs to it is over.
   *
   * @param what completes "Cannot ...", for the errors: `store rooms/a/metadata.json`
   * @param bytes to be sent, which lengthens the bucket's own bound
   * @throws {BucketError} `bucket/closed`; the reason of a signal that is aborted already
   */
  begin(what: string, options: CallOptions = {}, bytes = 0): Call {
    if (this.#closed) throw closed(what);
    options.signal?.throwIfAborted();
    const call = new Call({
      what,
      options,
      clock: this.#clock,
      deadlineMs: options.deadlineMs ??
        this.#patience.deadline + sendingTime(this.#patience, bytes),
      onEnd: () => this.#open.delete(call),
    });
    this.#open.add(call);
    return call;
  }

  /** {@linkcode begin}, run `body`, end: for calls that leave nothing open. */
  async run<T>(
    what: string,
    options: CallOptions | undefined,
    body: (call: Call) => Promise<T>,
    bytes = 0,
  ): Promise<T> {
    using call = this.begin(what, options, bytes);
    try {
      call.signal.throwIfAborted();
      return await call.orEnd(body(call));
    } catch (error) {
      throw call.reason(error);
    }
  }

  /** Ends every call and refuses new ones; idempotent. */
  close(): void {
    this.#closed = true;
    for (const call of [...this.#open]) call.end(closed(call.what));
  }
}

function closed(what: string): BucketError {
  return new BucketError("bucket/closed", `Cannot ${what}: the bucket is closed`);
}

/** What a call is made of. */
interface CallParts {
  readonly what: string;
  readonly options: CallOptions;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly onEnd: () => void;
}

/** See the module's description. Made by {@linkcode Calls}. */
export class Call implements Disposable {
  /** Completes "Cannot ...". */
  readonly what: string;
  readonly #parts: CallParts;
  readonly #controller = new AbortController();
  readonly #deadline: number;
  readonly #timer: Timer;
  readonly #onAbort: () => void;
  #timed = true;
  /** What the last attempt failed with; becomes the cause when time is up. */
  #last: unknown;

  constructor(parts: CallParts) {
    const { what, options, clock, deadlineMs } = parts;
    this.what = what;
    this.#parts = parts;
    this.#deadline = clock.monotonic() + deadlineMs;
    this.#timer = clock.after(deadlineMs, () => this.#expire());
    this.#onAbort = () => this.end(options.signal?.reason);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    // Without this, time that is up already would only be noticed after the first attempt.
    if (deadlineMs <= 0) this.#expire();
  }

  /** Aborts when the call is over before its work is; the reason is what the caller gets. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds left. */
  get remaining(): number {
    return this.#timed ? this.#deadline - this.#parts.clock.monotonic() : Number.POSITIVE_INFINITY;
  }

  /** What is to be thrown for `error`: what ended the call, if that did. */
  reason(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  /** Remembers why an attempt failed. */
  note(error: unknown): void {
    this.#last = error;
  }

  /** Ends the call early. */
  end(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** `work`, or a rejection as soon as the call has ended; `work` itself goes on unheard. */
  async orEnd<T>(work: Promise<T>): Promise<T> {
    // Whoever loses the race must not become an unhandled rejection.
    work.catch(() => undefined);
    const { signal } = this;
    signal.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const onAbort = () => ended.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, ended.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Waits `ms` milliseconds. Rejects with the reason when the call ends first. */
  async wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#parts.clock.after(ms, resolve);
    try {
      await this.orEnd(promise);
    } finally {
      timer.cancel();
    }
  }

  /**
   * The head of an answer is there and its body follows at its reader's pace: from here on only a
   * deadline that the caller has set counts.
   */
  streams(): void {
    if (this.#parts.options.deadlineMs !== undefined) return;
    this.#timed = false;
    this.#timer.cancel();
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#parts.options.signal?.removeEventListener("abort", this.#onAbort);
    this.#parts.onEnd();
  }

  #expire(): void {
    this.end(
      new BucketError("bucket/timeout", `Cannot ${this.what}: it took too long`, {
        cause: this.#last,
      }),
    );
  }
}
