import type { Duplex } from "node:stream";
import { CLOSE, WireError } from "./errors.ts";
import { closeFrame, controlFrame, OPCODE } from "./frame.ts";
import type { FrameEncoder } from "./frame.ts";
import { type FrameEvents, FrameReader } from "./frame_reader.ts";
import type { LinkLimits } from "./limits.ts";
import type { Links, Tended } from "./links.ts";
import { Outbox, type Sendable } from "./outbox.ts";

const NOTHING = new Uint8Array();

/** Why a link ended. */
export interface LinkEnd {
  /** The close code, the peer's or ours; 1006 when the connection was cut. */
  readonly code: number;
  /** True when the reader was too slow: more waited than may wait, or for too long. */
  readonly slow: boolean;
}

/** The WebSocket connections of one door. */
export type WebSocketLinks = Links<Link, {
  readonly limits: LinkLimits;
  readonly encoder: FrameEncoder;
}>;

/** What a link tells its owner. Nothing is told after `closed`. */
export interface LinkEvents {
  /** A whole text message. */
  text(text: string): void;
  /** A whole binary message. */
  binary(bytes: Uint8Array): void;
  /** Once: nothing is received and nothing can be sent any more. What is queued still drains. */
  closed(end: LinkEnd): void;
}

/**
 * The server's end of a WebSocket connection, on its socket. Everything sent within one turn of the
 * event loop goes out in one write; a batch that is all there is goes out as it is, so that many
 * links can share it.
 */
export class Link implements FrameEvents, Tended {
  readonly #links: WebSocketLinks;
  readonly #socket: Duplex;
  readonly #events: LinkEvents;
  readonly #reader: FrameReader;
  #state: "open" | "closing" | "gone" = "open";
  readonly #outbox: Outbox;
  /** Since when a message is incomplete, or goodbye is being said. */
  #partialAt: number;
  #closingAt = 0;
  #heardAt: number;
  #pingedAt = 0;

  /**
   * Made within {@linkcode Links.open} only.
   *
   * @param socket after its handshake
   * @param attach makes the owner of the link, which is told of everything from then on
   */
  constructor(links: WebSocketLinks, socket: Duplex, attach: (link: Link) => LinkEvents) {
    this.#links = links;
    this.#socket = socket;
    this.#heardAt = this.#partialAt = links.now;
    this.#outbox = new Outbox(socket, links.now);
    this.#reader = new FrameReader(links.shared.limits.messageBytes, this);
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
    this.#socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    this.#socket.on("end", () => this.#cut());
    this.#socket.on("error", () => this.#cut());
    this.#socket.on("close", () => this.#gone());
    if (head.length > 0) this.#receive(new Uint8Array(head));
  }

  /**
   * Queues a text message, or frames encoded by a `FrameEncoder`; ignored once closed. Whoever lets
   * `LinkLimits.queueBytes` gather is cut off with the next message; one message alone may be
   * longer than that.
   */
  send(data: Sendable): void {
    if (this.#state !== "open") return;
    if (this.queued >= this.#links.shared.limits.queueBytes) return this.#drop();
    this.#enqueue(data);
  }

  /** Resolves when little is queued, and when the link has ended. */
  drained(): Promise<void> {
    return this.#state === "open" ? this.#outbox.drained() : Promise.resolve();
  }

  /** Stops reading at once, in the middle of a chunk too: what the client sends waits. */
  pause(): void {
    this.#reader.pause();
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    if (this.#state === "gone") return;
    this.#socket.resume();
    this.#read(() => this.#reader.resume());
  }

  /** Says goodbye behind what is queued; idempotent. The socket is cut if that takes too long. */
  close(code: number = CLOSE.goingAway, reason = ""): void {
    if (this.#state !== "open") return;
    this.#enqueue(closeFrame(code, reason));
    this.#end({ code, slow: false });
  }

  /** Cuts the connection; what is queued is lost. */
  destroy(): void {
    this.#end({ code: 1006, slow: false });
    this.#socket.destroy();
  }

  /** Called by {@linkcode Links} at the end of a turn. */
  flush(): void {
    if (this.#state !== "gone") this.#outbox.flush(this.#links.shared.encoder);
  }

  /** Called by {@linkcode Links} about every second: everything that is about time. */
  beat(): void {
    const { now, shared: { limits } } = this.#links;
    if (this.#state === "closing") {
      if (now - this.#closingAt >= limits.closeMs) this.#socket.destroy();
      return;
    }
    if (this.#outbox.stalledMs(now) >= limits.stallMs) return this.#drop();
    if (this.#isLingering(now)) return this.close(CLOSE.policy, "message takes too long");
    if (now - this.#heardAt < limits.pingMs || this.#socket.isPaused()) {
      this.#pingedAt = 0;
    } else if (this.#pingedAt === 0) {
      this.#pingedAt = now;
      this.#enqueue(controlFrame(OPCODE.ping, NOTHING));
    } else if (now - this.#pingedAt >= limits.pongMs) {
      this.close(CLOSE.internal, "keepalive ping timeout");
    }
  }

  onText(text: string): void {
    if (this.#state === "open") this.#events.text(text);
  }

  onBinary(bytes: Uint8Array): void {
    if (this.#state === "open") this.#events.binary(bytes);
  }

  onPing(payload: Uint8Array): void {
    if (this.#state === "open") this.send(controlFrame(OPCODE.pong, payload));
  }

  onPong(): void {
    // Every byte received is a sign of life, this one too.
  }

  onClose(code: number): void {
    if (this.#state === "open") {
      this.#enqueue(closeFrame(code === 1005 ? CLOSE.normal : code, ""));
      this.#end({ code, slow: false });
    }
    this.flush();
    // Both have said goodbye: nothing can come any more that a reset could overtake.
    this.#socket.end(() => this.#socket.destroy());
  }

  #receive(chunk: Uint8Array): void {
    this.#heardAt = this.#links.now;
    this.#read(() => this.#reader.push(chunk));
  }

  #read(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.close(error.close, error.message.slice(error.message.indexOf(": ") + 2));
      // Nothing that comes can be understood any more, the client's goodbye included. What is on
      // its way is still read and dropped: a reset would overtake our own.
      this.flush();
      this.#socket.end();
    }
  }

  #enqueue(data: Sendable): void {
    if (this.#outbox.add(data)) this.#links.flushSoon(this);
  }

  #isLingering(now: number): boolean {
    if (!this.#reader.isPartial || this.#socket.isPaused()) this.#partialAt = now;
    return now - this.#partialAt >= this.#links.shared.limits.messageMs;
  }

  #drop(): void {
    this.#end({ code: 1006, slow: true });
    this.#socket.destroy();
  }

  /** The other side is gone without a word. */
  #cut(): void {
    this.#end({ code: 1006, slow: false });
    this.#socket.destroy();
  }

  #end(end: LinkEnd): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#closingAt = this.#links.now;
    this.#outbox.release();
    this.#events.closed(end);
  }

  #gone(): void {
    this.#end({ code: 1006, slow: false });
    this.#state = "gone";
    this.#links.forget(this);
  }
}
