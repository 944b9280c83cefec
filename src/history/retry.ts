/**
 * Tries something again until it works or is told to stop: with a growing, jittered pause, or at
 * once when somebody asks (but not more often than after the shortest pause).
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";

/** What {@linkcode Retry} waits with. */
export interface RetryOptions {
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** Milliseconds, before jitter, between two attempts: at first, and at most. */
  readonly shortest: number;
  readonly longest: number;
}

/** See the module's description. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #attempt: () => Promise<boolean>;
  #timer: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #pause: number;
  #last = Number.NEGATIVE_INFINITY;
  #stopped = true;

  /** `attempt` must not throw; true means that no further attempt is needed. */
  constructor(options: RetryOptions, attempt: () => Promise<boolean>) {
    this.#options = options;
    this.#attempt = attempt;
    this.#pause = options.shortest;
  }

  /** Whether attempts are planned. */
  get waiting(): boolean {
    return !this.#stopped;
  }

  /** Begins; the first attempt follows after the shortest pause. */
  start(): void {
    this.#stopped = false;
    this.#pause = this.#options.shortest;
    this.#last = this.#options.clock.monotonic();
    this.#plan();
  }

  /** Attempts now, joins an attempt under way, or says false when one has only just failed. */
  async now(): Promise<boolean> {
    if (this.#running !== undefined) return await this.#running;
    if (this.#stopped) return false;
    if (this.#options.clock.monotonic() - this.#last < this.#options.shortest) return false;
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
      this.#pause = Math.min(this.#pause * 2, this.#options.longest);
      if (done) this.#stopped = true;
      else if (!this.#stopped) this.#plan();
      return done;
    });
    return this.#running;
  }
}
