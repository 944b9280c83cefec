import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Links } from "./links.ts";

/** What a link tells its owner. Nothing is told after `closed`. */
export interface LinkEvents {
  /** Bytes have come; they are valid during the call. */
  data(chunk: Uint8Array): void;
  /** The other side sends no more, but may still read: finish and `close`. */
  ended(): void;
  /**
   * Once: nothing is received and nothing can be sent any more, though what is queued still
   * drains. `slow`: the reader was too slow, more waited than may wait, or for too long.
   */
  closed(end: { readonly slow: boolean }): void;
  /** About once a second. `silentMs`: how long nothing has been heard. */
  beat(silentMs: number): void;
}

/**
 * The server's end of a TCP connection, TLS or not. Everything sent within one turn of the event
 * loop goes out in one write; a batch that is all there is goes out as it is, so that many links can
 * share it.
 */
export class Link {
  readonly #links: Links;
  readonly #socket: Duplex;
  #events: LinkEvents;
  #state: "open" | "closing" | "gone" = "open";
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Bytes given to the socket so far: with its queue's length it tells whether any were taken. */
  #given = 0;
  #taken = 0;
  /** Since when no byte was taken, or goodbye is being said. */
  #stalledAt: number;
  #closingAt = 0;
  #heardAt: number;
  #waiting: (() => void)[] | undefined;
  #awaitsDrain = false;

  /** Made by {@linkcode Links.open} only. */
  constructor(links: Links, socket: Duplex, attach: (link: Link) => LinkEvents) {
    this.#links = links;
    this.#socket = socket;
    this.#heardAt = this.#stalledAt = links.now;
    this.#events = attach(this);
  }

  /** Bytes that wait to be sent. */
  get queued(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  /** True until the link is closed by either side. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Begins to read. */
  start(head: Uint8Array): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("end", () => {
      if (this.#state === "open") this.#events.ended();
    });
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.#gone());
    if (socket.destroyed) return this.#gone();
    if (head.length > 0) this.#receive(head);
    if (this.#state === "open") socket.resume();
    // Whoever has said everything before this began is heard all the same.
    if (socket.readableEnded && this.#state === "open") this.#events.ended();
  }

  /**
   * Queues bytes, which nobody changes any more; ignored once closed. Whoever lets
   * `TcpLimits.queueBytes` gather is cut off with the next message; one message alone may be longer.
   */
  send(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    if (this.queued >= this.#links.limits.queueBytes) return this.#drop();
    this.#pendingBytes += bytes.length;
    if (this.#pending.push(bytes) === 1) this.#links.flushSoon(this);
  }

  /** Resolves when little is queued, and when the link has ended. */
  drained(): Promise<void> {
    if (this.#state !== "open" || this.queued < this.#socket.writableHighWaterMark) {
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting !== undefined) this.#waiting.push(resolve);
    else {
      this.#waiting = [resolve];
      // Else the flush to come finds out whether the socket takes everything at once.
      if (this.#pending.length === 0) this.#awaitDrain();
    }
    return promise;
  }

  /** Stops reading: what the client sends waits in the network. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    if (this.#state === "open") this.#socket.resume();
  }

  /** Ends the connection behind what is queued; idempotent. It is cut if that takes too long. */
  close(): void {
    if (this.#state !== "open") return;
    this.#end(false);
    this.flush();
    this.#socket.end();
    // What still comes is nobody's, and has to be read for the end to be seen.
    this.#socket.resume();
  }

  /** Cuts the connection; what is queued is lost. */
  destroy(): void {
    this.#end(false);
    this.#socket.destroy();
  }

  /** Called by {@linkcode Links} at the end of a turn. */
  flush(): void {
    const [first, ...more] = this.#pending;
    if (first === undefined) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#state === "gone" || !this.#socket.writable) return;
    const bytes = more.length === 0 ? first : Buffer.concat([first, ...more]);
    this.#given += bytes.length;
    // A "drain" comes only after a write that was not taken at once.
    const taken = this.#socket.write(bytes);
    if (this.#waiting === undefined) return;
    if (taken) this.#release();
    else this.#awaitDrain();
  }

  /** Called by {@linkcode Links} about once a second. */
  beat(): void {
    const { now, limits } = this.#links;
    if (this.#state === "closing") {
      if (now - this.#closingAt >= limits.closeMs) this.#socket.destroy();
    } else if (this.#isStalled(now)) this.#drop();
    else this.#events.beat(this.#socket.isPaused() ? 0 : now - this.#heardAt);
  }

  #receive(chunk: Uint8Array): void {
    this.#heardAt = this.#links.now;
    if (this.#state === "open") this.#events.data(chunk);
  }

  #isStalled(now: number): boolean {
    const taken = this.#given - this.#socket.writableLength;
    if (taken !== this.#taken || this.#socket.writableLength === 0) {
      this.#taken = taken;
      this.#stalledAt = now;
    }
    return now - this.#stalledAt >= this.#links.limits.stallMs;
  }

  #drop(): void {
    this.#end(true);
    this.#socket.destroy();
  }

  #end(slow: boolean): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#closingAt = this.#links.now;
    this.#release();
    this.#events.closed({ slow });
  }

  #gone(): void {
    this.#end(false);
    this.#state = "gone";
    this.#links.forget(this);
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once("drain", () => {
      this.#awaitsDrain = false;
      this.#release();
    });
  }

  #release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of waiting) resolve();
  }
}
