/**
 * The course of one transfer: its phase, the clock that watches it, and its one end.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { TransferError } from "./ending.ts";
import { after, type Phase, type Step } from "./phases.ts";
import { outOfOrder } from "./words.ts";

/** See the module's description. */
export class Course {
  readonly #clock: Clock;
  readonly #timedOut: () => void;
  readonly #stop = new AbortController();
  #phase: Phase = "offered";
  #timer: Timer | undefined;

  /** @param timedOut called when nothing happens for as long as {@linkcode watch} was told */
  constructor(clock: Clock, timedOut: () => void) {
    this.#clock = clock;
    this.#timedOut = timedOut;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Goes one step. @throws {StanzaError} `unexpected-request` when it is not what comes next */
  take(step: Step): void {
    const next = after(this.#phase, step);
    if (next === undefined) throw outOfOrder();
    this.#phase = next;
  }

  /** Begins to wait for what comes next, instead of what was waited for. */
  watch(ms: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#phase !== "over") this.#timer = this.#clock.after(ms, this.#timedOut);
  }

  /** Ends it; false when it is over already. */
  end(error?: TransferError): boolean {
    if (this.#phase === "over") return false;
    this.#phase = "over";
    this.#timer?.cancel();
    this.#stop.abort(error ?? new TransferError("cancelled"));
    return true;
  }

  /** `promise`, or why the transfer ended before. @throws {TransferError} */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const end = (): void => ended.reject(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    // Whoever loses the race is nobody's any more.
    promise.catch(() => {});
    try {
      return await Promise.race([promise, ended.promise]);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }
}
