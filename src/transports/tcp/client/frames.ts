import type { Socket } from "node:net";
import { FrameEncoder } from "../frame.ts";
import { FrameReader } from "../frame_reader.ts";

/** What a framed connection tells. Nothing is told after `closed`. */
export interface FramesEvents {
  /** The body of one frame, valid during the call. */
  frame(body: Uint8Array): void;
  /** Once: the other side has ended the connection, or it broke. */
  closed(): void;
}

/** Frames in both directions. */
export class FramesConnection {
  readonly #socket: Socket;
  readonly #events: FramesEvents;
  readonly #encoder: FrameEncoder;
  readonly #reader: FrameReader;
  #isOpen = true;

  /**
   * Takes over a connected socket; begins to read with {@linkcode begin}.
   *
   * @param most bytes of one body received; more ends the connection
   */
  constructor(socket: Socket, most: number, events: FramesEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#encoder = new FrameEncoder();
    this.#reader = new FrameReader(most, {
      frame: (body) => this.#events.frame(body),
      oversize: () => this.#end(),
    });
  }

  /** True until either side ended it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Begins to read. */
  begin(): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Uint8Array) => this.#reader.push(chunk));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    if (socket.destroyed || socket.readableEnded) queueMicrotask(() => this.#end());
  }

  /** Queues frames, one for each text; dropped after the end. */
  send(...texts: readonly string[]): void {
    if (this.#isOpen && texts.length > 0) this.#socket.write(this.#encoder.encode(texts));
  }

  /** Resolves when little is queued, and when the connection has ended. Never rejects. */
  drained(): Promise<void> {
    const socket = this.#socket;
    if (!this.#isOpen || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off("drain", done).off("close", done);
        resolve();
      };
      socket.on("drain", done).on("close", done);
    });
  }

  /** Stops reading until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /**
   * Sends no more and passes over what still comes, until the other side has ended too or `mostMs`
   * have passed: ended at once, a connection with something unread takes what was sent with it.
   * `closed` is not told. Never rejects.
   */
  finish(mostMs: number): Promise<void> {
    const socket = this.#socket;
    if (!this.#isOpen || socket.destroyed) return Promise.resolve();
    this.#isOpen = false;
    this.#reader.stop();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), mostMs);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once("end", () => socket.destroy());
      socket.resume();
      socket.end();
    });
  }

  /** Ends it behind what is queued; `closed` is not told. The socket is cut if that takes too long. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#reader.stop();
    this.#socket.end(() => this.#socket.destroy());
    // A server that does not read any more would hold the end back for ever.
    if (this.#socket.writableNeedDrain) this.#socket.destroy();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#reader.stop();
    this.#socket.destroy();
    this.#events.closed();
  }
}
