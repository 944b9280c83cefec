/**
 * What one client asks for, done in order, at the pace that the node allows. Whoever sends faster is
 * read more slowly: nothing is refused and nothing is lost.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { TokenBucket } from "../../hub/token_bucket.ts";

/** Requests under way at a time. */
const MOST_RUNNING = 64;

/** Who does the work. */
export interface IntakeOwner<Item> {
  /** Whether the item waits for all before it, and all after wait for it; asked at its turn. */
  isAlone(item: Item): boolean;
  /** Never rejects. */
  handle(item: Item): Promise<void>;
  /** No more can be taken at present. */
  pause(): void;
  resume(): void;
}

/** How fast a client may go; the same as the hub's own limit, which is therefore never met. */
export interface Pace {
  readonly burst: number;
  readonly ratePerSecond: number;
}

/** See the module's description. */
export class Intake<Item> {
  readonly #owner: IntakeOwner<Item>;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #pace: Pace;
  #queue: Item[] = [];
  /** The first of the queue that waits. */
  #next = 0;
  #running = 0;
  #alone = false;
  #paused = false;
  #timer: Timer | undefined;
  #idle: (() => void)[] | undefined;

  constructor(owner: IntakeOwner<Item>, clock: Clock, pace: Pace) {
    this.#owner = owner;
    this.#clock = clock;
    this.#pace = pace;
    this.#bucket = new TokenBucket(pace.burst, clock.monotonic());
  }

  add(item: Item): void {
    this.#queue.push(item);
    this.#pump();
  }

  /** Does at once what waits and resolves when it is done: the client is gone, nothing can follow. */
  finish(): Promise<void> {
    this.#pace = { ...this.#pace, ratePerSecond: Infinity };
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pump();
    return this.done();
  }

  /** Resolves when everything so far is done, at the client's pace. */
  done(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => (this.#idle ??= []).push(resolve));
  }

  /** Forgets what waits. */
  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#queue = [];
    this.#next = 0;
    this.#settle();
  }

  #pump(): void {
    while (this.#next < this.#queue.length && this.#timer === undefined) {
      const item = this.#queue[this.#next] as Item;
      if (!this.#mayBegin(item)) break;
      this.#next += 1;
      this.#run(item);
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    this.#settle();
  }

  #mayBegin(item: Item): boolean {
    if (this.#alone || this.#running >= MOST_RUNNING) return false;
    if (this.#running > 0 && this.#owner.isAlone(item)) return false;
    const { burst, ratePerSecond } = this.#pace;
    const wait = this.#bucket.take(this.#clock.monotonic(), burst, ratePerSecond);
    if (wait === 0) return true;
    this.#timer = this.#clock.after(wait, () => {
      this.#timer = undefined;
      this.#pump();
    });
    return false;
  }

  #run(item: Item): void {
    this.#running += 1;
    const alone = this.#owner.isAlone(item);
    if (alone) this.#alone = true;
    void this.#owner.handle(item).then(() => {
      this.#running -= 1;
      if (alone) this.#alone = false;
      this.#pump();
    });
  }

  #settle(): void {
    const waiting = this.#next < this.#queue.length;
    if (waiting !== this.#paused) {
      this.#paused = waiting;
      if (waiting) this.#owner.pause();
      else this.#owner.resume();
    }
    const idle = this.#idle;
    if (idle === undefined || !this.#isIdle()) return;
    this.#idle = undefined;
    for (const resolve of idle) resolve();
  }

  #isIdle(): boolean {
    return this.#running === 0 && this.#next === this.#queue.length;
  }
}
