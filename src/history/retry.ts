/**
 * Tries something again until it works or is told to stop: with a growing, jittered pause, or at
 * once when somebody asks (but not more often than every {@linkcode SHORTEST_MS}).
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";

const SHORTEST_MS = 100;
const LONGEST_MS = 15_000;

/** What {@linkcode Retry} waits with. */
export interface RetryOptions {
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
}

/** See the module's description. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #attempt: () => Promise<boolean>;
  #timer: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #pause = SHORTEST_MS;
  #last = Number.NEGATIVE_INFINITY;
  #stopped = true;

  /** `attempt` must not throw; true means that no further attempt is needed. */
  constructor(options: RetryOptions, attempt: () => Promise<boolean>) {
    this.#options = options;
    this.#attempt = attempt;
  }

  /** Begins; the first attempt follows after the shortest pause. */
  start(): void {
    this.#stopped = false;
    this.#pause = SHORTEST_MS;
    this.#last = this.#options.clock.monotonic();
    this.#plan();
  }

  /** Attempts now, joins an attempt under way, or says false when one has only just failed. */
  async now(): Promise<boolean> {
    if (this.#running !== undefined) return await this.#running;
    if (this.#stopped || this.#options.clock.monotonic() - this.#last < SHORTEST_MS) return false;
    return await this.#run();
  }

  /** Ends the attempts; waits for one under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #plan(): void {
    this.#timer?.cancel();
    const pause = this.#pause * (0.5 + this.#options.random());
    this.#timer = this.#options.clock.after(pause, () => {
      if (this.#running === undefined && !this.#stopped) void this.#run();
    });
  }

  #run(): Promise<boolean> {
    this.#running = this.#attempt().then((done) => {
      this.#running = undefined;
      this.#last = this.#options.clock.monotonic();
      this.#pause = Math.min(this.#pause * 2, LONGEST_MS);
      if (done) this.#stopped = true;
      else if (!this.#stopped) this.#plan();
      return done;
    });
    return this.#running;
  }
}
