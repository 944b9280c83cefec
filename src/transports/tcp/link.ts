import type { Duplex } from "node:stream";
import type { Links, Tended } from "../../wire/links.ts";
import { type Encoder, Outbox, type Sendable } from "../../wire/outbox.ts";
import type { TcpLimits } from "./limits.ts";

/** The connections of one door. */
export type TcpLinks = Links<Link, { readonly limits: TcpLimits; readonly encoder: Encoder }>;

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
export class Link implements Tended {
  readonly #links: TcpLinks;
  readonly #socket: Duplex;
  #events: LinkEvents;
  #state: "open" | "closing" | "gone" = "open";
  readonly #outbox: Outbox;
  /** Since when goodbye is being said. */
  #closingAt = 0;
  #heardAt: number;

  /**
   * Made within {@linkcode Links.open} only.
   *
   * @param socket of a caller who is known
   * @param attach makes the owner of the link, which is told of everything from then on
   */
  constructor(links: TcpLinks, socket: Duplex, attach: (link: Link) => LinkEvents) {
    this.#links = links;
    this.#socket = socket;
    this.#heardAt = links.now;
    this.#outbox = new Outbox(socket, links.now);
    this.#events = attach(this);
  }

  /** Bytes that wait to be sent. */
  get queued(): number {
    return this.#outbox.queued;
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
   * Queues bytes, which nobody changes any more, or a text to go as a frame; ignored once closed.
   * Whoever lets `TcpLimits.queueBytes` gather is cut off with the next message; one message alone
   * may be longer.
   */
  send(data: Sendable): void {
    if (this.#state !== "open" || data.length === 0) return;
    if (this.queued >= this.#links.shared.limits.queueBytes) return this.#drop();
    if (this.#outbox.add(data)) this.#links.flushSoon(this);
  }

  /** Resolves when little is queued, and when the link has ended. */
  drained(): Promise<void> {
    return this.#state === "open" ? this.#outbox.drained() : Promise.resolve();
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
    if (this.#state !== "gone") this.#outbox.flush(this.#links.shared.encoder);
  }

  /** Called by {@linkcode Links} about once a second. */
  beat(): void {
    const { now, shared: { limits } } = this.#links;
    if (this.#state === "closing") {
      if (now - this.#closingAt >= limits.closeMs) this.#socket.destroy();
    } else if (this.#outbox.stalledMs(now) >= limits.stallMs) this.#drop();
    else this.#events.beat(this.#socket.isPaused() ? 0 : now - this.#heardAt);
  }

  #receive(chunk: Uint8Array): void {
    this.#heardAt = this.#links.now;
    if (this.#state === "open") this.#events.data(chunk);
  }

  #drop(): void {
    this.#end(true);
    this.#socket.destroy();
  }

  #end(slow: boolean): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#closingAt = this.#links.now;
    this.#outbox.release();
    this.#events.closed({ slow });
  }

  #gone(): void {
    this.#end(false);
    this.#state = "gone";
    this.#links.forget(this);
  }
}
