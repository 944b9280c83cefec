import type { Clock, Timer } from "../../src/clock.ts";

/** A clock that stands still until it is told to move; its timers run when it passes them. */
export class TestClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #timers = new Set<{ readonly due: number; readonly action: () => void }>();

  constructor(now: number | string) {
    this.#now = typeof now === "string" ? Date.parse(now) : now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, action: () => void): Timer {
    const timer = { due: this.#monotonic + ms, action };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Moves wall clock and timers on. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
    for (const timer of Array.from(this.#timers).sort((a, b) => a.due - b.due)) {
      if (timer.due > this.#monotonic || !this.#timers.delete(timer)) continue;
      timer.action();
    }
  }

  /** Sets the wall clock only, as an administrator would. */
  set(now: number | string): void {
    this.#now = typeof now === "string" ? Date.parse(now) : now;
  }
}
