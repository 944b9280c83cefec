/**
 * Does the tasks of a sync again and again, each on its own, so that neither waits for the other.
 * What fails is tried again with growing pauses, for as long as it takes.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import { Alarm } from "./alarm.ts";
import type { Attempts, Task } from "./attempts.ts";

/** What a {@linkcode Running} works with. */
export interface RunningOptions {
  readonly clock: Clock;
  /** As `Math.random`, for jitter. */
  readonly random: () => number;
  /** Milliseconds between two times. */
  readonly interval: number;
  /** Told what became of each. */
  readonly attempts: Attempts;
}

const PAUSES = { first: 1_000, most: 60_000 };

/** See the module's description. */
export class Running {
  readonly #options: RunningOptions;
  readonly #alarms: Readonly<Record<Task, Alarm>>;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];

  constructor(options: RunningOptions) {
    this.#options = options;
    this.#alarms = { push: new Alarm(options.clock), pull: new Alarm(options.clock) };
  }

  /** Whether a task was begun. */
  get isStarted(): boolean {
    return this.#loops.length > 0;
  }

  /** Begins with a task, once each. */
  start(task: Task, run: (signal: AbortSignal) => Promise<void>): void {
    this.#loops.push(this.#loop(task, run));
  }

  /** Does a task now instead of at its time. */
  ring(task: Task): void {
    this.#alarms[task].ring();
  }

  /** Ends what is under way. Resolves when nothing is. */
  async stop(): Promise<void> {
    this.#stop.abort(new DOMException("the sync was stopped", "AbortError"));
    await Promise.all(this.#loops);
  }

  async #loop(task: Task, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const { random, interval } = this.#options;
    const backOff = new BackOff(random, PAUSES.first, PAUSES.most);
    while (!signal.aborted) {
      const failure = await this.#attempt(task, run);
      if (signal.aborted) return;
      if (failure === undefined) backOff.reset();
      const pause = failure === undefined ? 0 : backOff.next();
      await this.#alarms[task].wait(interval + pause, signal);
    }
  }

  async #attempt(task: Task, run: (signal: AbortSignal) => Promise<void>): Promise<unknown> {
    const { signal } = this.#stop;
    try {
      await run(signal);
      this.#options.attempts.succeeded(task);
      return undefined;
    } catch (error) {
      if (!signal.aborted) this.#options.attempts.failed(task, error);
      return error;
    }
  }
}
