/**
 * All connections of the door whose callers are known: one flush per turn of the event loop, one
 * timer, one end.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../../clock.ts";
import type { TcpLimits } from "./limits.ts";
import { Link, type LinkEvents } from "./link.ts";

/** How often every link is looked at, milliseconds. */
const BEAT_MS = 1_000;

/** See the module's description. */
export class Links {
  readonly limits: TcpLimits;
  readonly #clock: Clock;
  readonly #links = new Set<Link>();
  #dirty: Link[] = [];
  #timer: Timer | undefined;
  #now: number;
  #empty: (() => void) | undefined;

  constructor(parts: { readonly clock: Clock; readonly limits: TcpLimits }) {
    this.limits = parts.limits;
    this.#clock = parts.clock;
    this.#now = parts.clock.monotonic();
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
   * Takes over a socket whose caller is known.
   *
   * @param head what has come of it already
   * @param attach makes the owner of the link, which is told of everything from then on
   */
  open(socket: Duplex, head: Uint8Array, attach: (link: Link) => LinkEvents): Link {
    if (this.#timer === undefined) this.#now = this.#clock.monotonic();
    const link = new Link(this, socket, attach);
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
  flushSoon(link: Link): void {
    if (this.#dirty.push(link) === 1) queueMicrotask(() => this.#flush());
  }

  /** A link's socket is closed. */
  forget(link: Link): void {
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
