/**
 * All connections of one door: one flush per turn of the event loop, one timer, one end.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";

/** How often every link is looked at, milliseconds. */
const BEAT_MS = 1_000;

/** A connection as {@linkcode Links} looks after it. */
export interface Tended {
  /** Begins to read; `head` has come already. */
  start(head: Uint8Array): void;
  /** Writes what was queued in this turn. */
  flush(): void;
  /** About every second: everything that is about time. */
  beat(): void;
  /** Ends the connection behind what is queued; it is cut if that takes too long. */
  close(): void;
}

/** See the module's description. `Shared` is what the links of the door have in common. */
export class Links<L extends Tended, Shared> {
  readonly shared: Shared;
  readonly #clock: Clock;
  readonly #links = new Set<L>();
  #dirty: L[] = [];
  #timer: Timer | undefined;
  #now: number;
  #empty: (() => void) | undefined;

  constructor(clock: Clock, shared: Shared) {
    this.shared = shared;
    this.#clock = clock;
    this.#now = clock.monotonic();
  }

  /** Monotonic milliseconds, a second old at most: good enough for timeouts, free to read. */
  get now(): number {
    return this.#now;
  }

  /** Connections now, those that say goodbye included. */
  get size(): number {
    return this.#links.size;
  }

  /**
   * Takes over a connection.
   *
   * @param make makes its link, which reads from then on
   * @param head what has come of it already
   */
  open(make: (links: this) => L, head: Uint8Array): L {
    if (this.#timer === undefined) this.#now = this.#clock.monotonic();
    const link = make(this);
    this.#links.add(link);
    this.#timer ??= this.#clock.after(BEAT_MS, () => this.#beat());
    link.start(head);
    return link;
  }

  /** Ends every connection and resolves when all are gone; the slowest are cut. */
  async close(): Promise<void> {
    for (const link of this.#links) link.close();
    if (this.#links.size > 0) await new Promise<void>((resolve) => this.#empty = resolve);
  }

  /** A link has something to send: it is written at the end of this turn, in one piece. */
  flushSoon(link: L): void {
    if (this.#dirty.push(link) === 1) queueMicrotask(() => this.#flush());
  }

  /** A link's socket is closed. */
  forget(link: L): void {
    this.#links.delete(link);
    if (this.#links.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#empty?.();
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const link of dirty) link.flush();
  }

  #beat(): void {
    this.#now = this.#clock.monotonic();
    this.#timer = this.#clock.after(BEAT_MS, () => this.#beat());
    for (const link of this.#links) link.beat();
  }
}
