/**
 * Joins the lobby to the chat of a running original server, as one client of it. What is said here
 * goes there with its author's name in front, by a cursor in the history: what was said while the
 * server was away follows when it is back. What is said there comes here under its author's name.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import type { History, StoredEvent } from "../../../history/contract.ts";
import type { Hub } from "../../../hub/contract.ts";
import { getLogger } from "../../../log.ts";
import type { ChatEvent } from "../../../message/event.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import { connectOriginal, type OriginalConnection } from "../client/original.ts";
import type { TcpTarget } from "../client/socket.ts";
import { LOBBY } from "../participant.ts";
import { indented, wordsOfEvent } from "../words.ts";
import { BridgeCursor } from "./cursor.ts";
import { Echoes } from "./echoes.ts";
import { Inbound, VIA } from "./inbound.ts";
import { pause } from "./pause.ts";
import { upstreamDomain } from "./upstream.ts";

/** What a bridge needs. */
export interface BridgeOptions {
  readonly target: TcpTarget;
  /** What it is called there. */
  readonly alias: string;
  readonly hub: Hub;
  readonly history: History;
  readonly clock: Clock;
  /** As `Math.random`, for the jitter. */
  readonly random: () => number;
  /** Where its cursor is kept. */
  readonly cursorFile: string;
  /** Bounds of the back-off, milliseconds; 500 and 30,000 unless told. */
  readonly backOffMs?: { readonly first: number; readonly most: number };
}

/** A running bridge. */
export interface Bridge {
  readonly isConnected: boolean;
  /** Leaves the server and writes the cursor down. Idempotent. */
  close(): Promise<void>;
}

/** Events read at a time. */
const PAGE = 100;
/** How long connecting may take. */
const CONNECT_MS = 10_000;
/**
 * A message counts as passed on when the connection has outlived it by so long: an original server
 * acknowledges nothing.
 */
const SETTLED_MS = 1_000;

const log = getLogger(["bridge"]);

/**
 * Begins to connect, and goes on until it is closed.
 *
 * @throws {Error} when the cursor cannot be read
 */
export async function openBridge(options: BridgeOptions): Promise<Bridge> {
  const cursor = await BridgeCursor.open(options.cursorFile, options.history, LOBBY);
  return new LiveBridge(options, cursor);
}

class LiveBridge implements Bridge {
  readonly #options: BridgeOptions;
  readonly #cursor: BridgeCursor;
  readonly #domain: string;
  readonly #echoes = new Echoes();
  readonly #inbound: Inbound;
  readonly #backOff: BackOff;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #unfollow: () => void;
  #connection: OriginalConnection | undefined;
  /** Something was said, or is over, since this was last looked at. */
  #news = false;
  #wake: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: BridgeOptions, cursor: BridgeCursor) {
    const { first, most } = options.backOffMs ?? { first: 500, most: 30_000 };
    this.#options = options;
    this.#cursor = cursor;
    this.#domain = upstreamDomain(options.target.hostname, options.hub.node);
    this.#inbound = new Inbound({
      ...{ hub: options.hub, clock: options.clock, stop: this.#stop.signal },
      ...{ domain: this.#domain, echoes: this.#echoes },
    });
    this.#backOff = new BackOff(options.random, first, most);
    this.#unfollow = options.history.onCommit((commit) => {
      for (const { stored } of commit) this.#note(stored);
      this.#notify();
    });
    this.#running = this.#run();
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#unfollow();
    this.#stop.abort();
    this.#notify();
    await this.#running;
    await this.#cursor.save();
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    const place = `${this.#options.target.hostname}:${this.#options.target.port}`;
    while (!this.#isStopped) {
      try {
        await this.#once(place);
      } catch (error) {
        const reason = error instanceof ChatnodeError ? error.message : error;
        log.warn("bridge to {place}: {reason}", { place, reason });
      }
      if (!this.#isStopped) {
        await pause(this.#options.clock, this.#backOff.next(), this.#stop.signal);
      }
    }
  }

  /** One connection from its beginning to its end. */
  async #once(place: string): Promise<void> {
    const intake = this.#inbound.intake({
      pause: () => this.#connection?.pause(),
      resume: () => this.#connection?.resume(),
    });
    const limit = new AbortController();
    const timer = this.#options.clock.after(CONNECT_MS, () => limit.abort());
    let isLost = false;
    const connection = await connectOriginal(this.#options.target, this.#options.alias, {
      text: (text) => intake.add(text),
      closed: () => {
        isLost = true;
        this.#notify();
      },
    }, AbortSignal.any([limit.signal, this.#stop.signal])).finally(() => timer.cancel());
    this.#connection = connection;
    log.info("bridge to {place}: connected", { place });
    try {
      await this.#passOn(connection, () => isLost);
    } finally {
      this.#connection = undefined;
      connection.close();
      await intake.done();
    }
    log.info("bridge to {place}: the connection is over", { place });
  }

  /** Sends what the history holds from the cursor on, until the connection is over. */
  async #passOn(connection: OriginalConnection, isLost: () => boolean): Promise<void> {
    const { history, clock } = this.#options;
    const unsettled: { readonly next: number; readonly at: number }[] = [];
    const since = clock.monotonic();
    const isOver = () => isLost() || this.#isStopped;
    let next = this.#cursor.offset;
    while (!isOver()) {
      this.#news = false;
      const page = await history.read(LOBBY, next, PAGE);
      for (const stored of page) {
        if (isOver()) break;
        this.#send(connection, stored);
        next = stored.offset + 1;
        await connection.drained();
      }
      if (page.length > 0) unsettled.push({ next, at: clock.monotonic() });
      await this.#settle(unsettled);
      if (clock.monotonic() - since >= SETTLED_MS) this.#backOff.reset();
      if (page.length < PAGE && !isOver()) {
        await this.#sleep(unsettled.length > 0 ? SETTLED_MS : Infinity);
      }
    }
    // A goodbye of our own loses nothing: what was written goes out before it.
    if (!isLost()) this.#cursor.advance(next);
  }

  #send(connection: OriginalConnection, { event }: StoredEvent): void {
    if (this.#isFromThere(event)) return;
    const said = wordsOfEvent(event, this.#options.hub.node);
    if (said === undefined || this.#comesBack(said.text)) return;
    connection.send(indented(said.text), said.prefix);
  }

  #note({ room, event }: StoredEvent): void {
    if (room !== LOBBY || this.#isFromThere(event)) return;
    const said = wordsOfEvent(event, this.#options.hub.node);
    if (said?.prefix.endsWith(": ")) this.#echoes.note(said.prefix.slice(0, -2), said.text);
  }

  /** By way of another bridge, with our own alias in front of it or a name of ours. */
  #comesBack(text: string): boolean {
    const ours = text.startsWith(this.#options.alias) &&
      /^(?: \(\d+\))?: /.test(text.slice(this.#options.alias.length));
    return ours || this.#echoes.isWithin(text);
  }

  #isFromThere({ sender_id, content }: ChatEvent): boolean {
    return content.chatnode?.via === VIA && sender_id.endsWith(`@${this.#domain}`);
  }

  async #settle(unsettled: { readonly next: number; readonly at: number }[]): Promise<void> {
    const now = this.#options.clock.monotonic();
    let first = unsettled[0];
    while (first !== undefined && now - first.at >= SETTLED_MS) {
      this.#cursor.advance(first.next);
      unsettled.shift();
      first = unsettled[0];
    }
    await this.#cursor.save();
  }

  #notify(): void {
    this.#news = true;
    this.#wake?.();
  }

  /** Until there is news, or time has passed. */
  async #sleep(ms: number): Promise<void> {
    if (this.#news) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = ms === Infinity ? undefined : this.#options.clock.after(ms, resolve);
    await promise;
    timer?.cancel();
    this.#wake = undefined;
  }
}
