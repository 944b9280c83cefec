import { HEADER_BYTES } from "./frame.ts";
import { Gathering } from "./gathering.ts";

/** What a reader of frames tells. */
export interface FrameEvents {
  /** The body of one frame, valid during the call. */
  frame(body: Uint8Array): void;
  /** Once: a frame announces more than may be. Nothing is read from then on. */
  oversize(length: number): void;
}

/** Cuts a stream of bytes, in whatever pieces it comes, into frames. */
export class FrameReader {
  readonly #most: number;
  readonly #events: FrameEvents;
  readonly #gathering = new Gathering();
  /** Of the body being read; undefined while a header is. */
  #length: number | undefined;
  #stopped = false;

  /** @param most bytes of one body, inclusive */
  constructor(most: number, events: FrameEvents) {
    this.#most = most;
    this.#events = events;
  }

  /** Whether a frame has begun and is not complete. */
  get isPartial(): boolean {
    return this.#length !== undefined || this.#gathering.length > 0;
  }

  /** Takes what has come; calls back for every frame that it completes. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    // A body of no bytes is complete without any.
    while (!this.#stopped && rest.length > 0) rest = this.#advance(rest);
  }

  /** Reads no more, what is left of the piece being read included. */
  stop(): void {
    this.#stopped = true;
    this.#gathering.take();
  }

  #advance(rest: Uint8Array): Uint8Array {
    const wanted = this.#length ?? HEADER_BYTES;
    const missing = wanted - this.#gathering.length;
    if (rest.length < missing) {
      this.#gathering.add(rest);
      return rest.subarray(rest.length);
    }
    let whole = rest.subarray(0, missing);
    if (this.#gathering.length > 0) {
      this.#gathering.add(whole);
      whole = this.#gathering.take();
    }
    if (this.#length === undefined) this.#header(whole);
    else this.#body(whole);
    return rest.subarray(missing);
  }

  #header([a = 0, b = 0, c = 0, d = 0]: Uint8Array): void {
    const length = a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
    if (length > this.#most) {
      this.stop();
      this.#events.oversize(length);
    } else if (length === 0) this.#body(new Uint8Array(0));
    else this.#length = length;
  }

  #body(body: Uint8Array): void {
    this.#length = undefined;
    this.#events.frame(body);
  }
}
