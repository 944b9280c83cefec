import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";

/** Texts to be framed, or frames that are encoded already. */
export type Sendable = string | Uint8Array;

/** Makes frames of texts. */
export interface Encoder {
  /** One frame for each text, joined. The result is the caller's. */
  encode(texts: readonly string[]): Uint8Array;
}

/**
 * What waits to be sent on one socket. Everything of one turn of the event loop goes out in one
 * write; a batch that is all there is goes out as it is, so that many connections can share it.
 */
export class Outbox {
  readonly #socket: Duplex;
  #pending: Sendable | Sendable[] | undefined;
  #pendingBytes = 0;
  /** Bytes given to the socket so far: with its queue's length it tells whether any were taken. */
  #given = 0;
  #taken = 0;
  /** Since when no byte was taken. */
  #stalledAt: number;
  #waiting: (() => void)[] | undefined;
  #awaitsDrain = false;

  /** @param now monotonic milliseconds */
  constructor(socket: Duplex, now: number) {
    this.#socket = socket;
    this.#stalledAt = now;
  }

  /** Bytes that wait; texts count their UTF-16 units until they are encoded. */
  get queued(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  /** Adds something; true when it is the first of this turn. */
  add(data: Sendable): boolean {
    this.#pendingBytes += data.length;
    if (this.#pending === undefined) {
      this.#pending = data;
      return true;
    }
    if (Array.isArray(this.#pending)) this.#pending.push(data);
    else this.#pending = [this.#pending, data];
    return false;
  }

  /** Writes what was added. */
  flush(encoder: Encoder): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#pendingBytes = 0;
    if (!this.#socket.writable) return;
    const bytes = encode(pending, encoder);
    this.#given += bytes.length;
    // A "drain" comes only after a write that was not taken at once.
    const taken = this.#socket.write(bytes);
    if (this.#waiting === undefined) return;
    if (taken) this.release();
    else this.#awaitDrain();
  }

  /** Resolves when little waits, and at {@linkcode Outbox.release}. */
  drained(): Promise<void> {
    if (this.queued < this.#socket.writableHighWaterMark) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting !== undefined) this.#waiting.push(resolve);
    else {
      this.#waiting = [resolve];
      // Else the flush to come finds out whether the socket takes everything at once.
      if (this.#pending === undefined) this.#awaitDrain();
    }
    return promise;
  }

  /** Lets whoever waits for the drain go on: nothing more will be sent. */
  release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of waiting) resolve();
  }

  /** How long bytes have waited without a single one being taken. To be asked regularly. */
  stalledMs(now: number): number {
    const taken = this.#given - this.#socket.writableLength;
    if (taken !== this.#taken || this.#socket.writableLength === 0) {
      this.#taken = taken;
      this.#stalledAt = now;
    }
    return now - this.#stalledAt;
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once("drain", () => {
      this.#awaitsDrain = false;
      this.release();
    });
  }
}

function encode(pending: Sendable | readonly Sendable[], encoder: Encoder): Uint8Array {
  if (typeof pending === "string") return encoder.encode([pending]);
  if (!isList(pending)) return pending;
  if (pending.every((part) => typeof part === "string")) return encoder.encode(pending);
  return Buffer.concat(
    pending.map((part) => typeof part === "string" ? encoder.encode([part]) : part),
  );
}

function isList(pending: Uint8Array | readonly Sendable[]): pending is readonly Sendable[] {
  return Array.isArray(pending);
}
