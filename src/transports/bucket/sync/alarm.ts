import type { Clock } from "../../../clock.ts";

/** Something that can be waited for, and woken up before its time. */
export class Alarm {
  readonly #clock: Clock;
  #ring: (() => void) | undefined;
  #rung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the present wait, or else the next one at once. */
  ring(): void {
    this.#rung = true;
    this.#ring?.();
  }

  /** Resolves after `ms` milliseconds, when it rings, or when `signal` aborts. Never rejects. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve: settle } = Promise.withResolvers<void>();
      const resolve = () => settle();
      this.#ring = resolve;
      const timer = this.#clock.after(ms, resolve);
      signal.addEventListener("abort", resolve, { once: true });
      await promise;
      signal.removeEventListener("abort", resolve);
      timer.cancel();
      this.#ring = undefined;
    }
    this.#rung = false;
  }
}
