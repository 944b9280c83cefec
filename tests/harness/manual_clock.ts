import type { Clock, Timer } from "../../src/clock.ts";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  readonly #pending = new Map<number, { readonly due: number; readonly action: () => void }>();

  /** Starts at `now`, milliseconds since the Unix epoch. */
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
    const key = this.#order++;
    this.#pending.set(key, { due: this.#monotonic + Math.max(0, ms), action });
    return { cancel: () => void this.#pending.delete(key) };
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Moves both clocks on, running what falls due in its order, what it starts included. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      const [key, { due, action }] = next;
      this.#pending.delete(key);
      this.#move(due);
      action();
    }
    this.#move(end);
  }

  /** Steps the wall clock alone, as an operator or NTP does; timers do not notice. */
  step(ms: number): void {
    this.#now += ms;
  }

  #due(end: number): [number, { readonly due: number; readonly action: () => void }] | undefined {
    return [...this.#pending]
      .filter(([, { due }]) => due <= end)
      .sort(([a, x], [b, y]) => x.due - y.due || a - b)[0];
  }

  #move(to: number): void {
    this.#now += to - this.#monotonic;
    this.#monotonic = to;
  }
}
