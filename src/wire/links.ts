/**
 * All connections of one door: what they share (an encoder, one flush per turn of the event loop,
 * one timer) and their common end.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../clock.ts";
import { CLOSE } from "./errors.ts";
import { FrameEncoder } from "./frame.ts";
import type { LinkLimits } from "./limits.ts";
import { Link, type LinkEvents } from "./link.ts";

/** How often every link is looked at, milliseconds. */
const BEAT_MS = 1_000;

/** See the module's description. */
export class Links {
  readonly limits: LinkLimits;
  readonly encoder: FrameEncoder = new FrameEncoder();
  readonly #clock: Clock;
  readonly #links = new Set<Link>();
  #dirty: Link[] = [];
  #timer: Timer | undefined;
  #now: number;
  #empty: (() => void) | undefined;

  constructor(parts: { clock: Clock; limits: LinkLimits }) {
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
   * Takes over a socket after its handshake.
   *
   * @param head what the client sent behind its request
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

  /**
   * Says goodbye to every connection and resolves when all are gone; the slowest is cut after
   * `LinkLimits.closeMs`.
   */
  async close(code: number = CLOSE.goingAway, reason = ""): Promise<void> {
    for (const link of this.#links) link.close(code, reason);
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
