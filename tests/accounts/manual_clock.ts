/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from "../../src/clock.ts";

export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #pending = new Map<() => void, number>();

  /** @param now milliseconds since the epoch */
  constructor(now = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, action: () => void): Timer {
    const call = () => action();
    this.#pending.set(call, this.#monotonic + ms);
    return { cancel: () => this.#pending.delete(call) };
  }

  /** Lets time pass; calls what has become due, in order. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
    const due = [...this.#pending].filter(([, at]) => at <= this.#monotonic)
      .sort(([, a], [, b]) => a - b);
    for (const [call] of due) if (this.#pending.delete(call)) call();
  }

  /** Steps the wall clock only, as somebody who sets it does. */
  step(ms: number): void {
    this.#now += ms;
  }
}
