/**
 * Messages until they are acked. Each has a key, so that sending it again on another connection
 * cannot double it; they go out in order, no faster than the server allows.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { TokenBucket } from "../../hub/token_bucket.ts";
import type { AckFrame, ErrorFrame, WelcomeFrame } from "../frames.ts";
import { ClientError, ServerError } from "./errors.ts";

/** A message that waits for its ack. */
interface Entry {
  readonly key: string;
  readonly text: string;
  readonly resolve: (ack: AckFrame) => void;
  readonly reject: (error: Error) => void;
}

/** Messages sent and not acked: more only wait in another queue. */
const IN_FLIGHT = 256;
/** Refusals that pass by themselves. */
const TEMPORARY = new Set(["hub/rate-limited", "history/busy"]);
const RETRY_MS = 1_000;

/** See the module's description. */
export class Outbox {
  readonly #clock: Clock;
  readonly #most: number;
  /** By key, in the order in which they were given. */
  readonly #entries = new Map<string, Entry>();
  /** Keys still to be sent on this connection, in order. */
  #unsent: string[] = [];
  #send: ((text: string) => void) | undefined;
  #bucket: TokenBucket | undefined;
  #rate = { burst: 0, perSecond: 1 };
  #timer: Timer | undefined;

  constructor(parts: { clock: Clock; most: number }) {
    this.#clock = parts.clock;
    this.#most = parts.most;
  }

  /** Messages that wait for their ack. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether a message with that key waits. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Takes a message; resolves when it is acked, on whatever connection.
   *
   * @throws {ClientError} `client/outbox-full`
   * @throws {ServerError} when the server refuses it for good
   */
  add(key: string, text: string): Promise<AckFrame> {
    if (this.#entries.size >= this.#most) {
      const state = `${this.#most} messages wait to be acked`;
      return Promise.reject(new ClientError("client/outbox-full", `Cannot send: ${state}`));
    }
    return new Promise((resolve, reject) => {
      this.#entries.set(key, { key, text, resolve, reject });
      this.#unsent.push(key);
      this.#pump();
    });
  }

  /** Takes a message back, for example because its sender gave up; it may have been stored. */
  forget(key: string, error: Error): void {
    this.#entries.get(key)?.reject(error);
    this.#entries.delete(key);
    this.#pump();
  }

  /** A connection is ready: everything not acked goes out again. */
  connected(send: (text: string) => void, limits: WelcomeFrame["limits"]): void {
    const { burst, rate_per_second: perSecond } = limits;
    this.#send = send;
    // A reserve for other requests, which share the server's limit.
    this.#rate = { burst: Math.max(1, burst / 2), perSecond: (perSecond ?? Infinity) * 0.8 };
    this.#bucket = new TokenBucket(this.#rate.burst, this.#clock.monotonic());
    this.#unsent = [...this.#entries.keys()];
    this.#pump();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#send = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The server stored a message. Returns false for a key that does not wait. */
  acked(ack: AckFrame): boolean {
    const entry = this.#entries.get(ack.key ?? "");
    if (entry === undefined) return false;
    this.#entries.delete(entry.key);
    entry.resolve(ack);
    this.#pump();
    return true;
  }

  /** The server refused a message. Returns false for a key that does not wait. */
  refused(error: ErrorFrame): boolean {
    // A frame that could not be read has no key for the server, only a ref, which is the same.
    const entry = this.#entries.get(error.key ?? error.ref ?? "");
    if (entry === undefined) return false;
    if (TEMPORARY.has(error.code)) this.#later(entry.key, error.retry_after_ms ?? RETRY_MS);
    else this.forget(entry.key, new ServerError(error));
    return true;
  }

  /** Nothing will be sent any more. */
  close(error: Error): void {
    this.disconnected();
    for (const entry of this.#entries.values()) entry.reject(error);
    this.#entries.clear();
    this.#unsent = [];
  }

  #later(key: string, ms: number): void {
    const unsent = new Set([key, ...this.#unsent]);
    this.#unsent = [...this.#entries.keys()].filter((one) => unsent.has(one));
    this.#wait(ms);
  }

  #wait(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#send !== undefined && this.#timer === undefined && this.#unsent.length > 0) {
      if (this.#entries.size - this.#unsent.length >= IN_FLIGHT) return;
      const { burst, perSecond } = this.#rate;
      const wait = this.#bucket?.take(this.#clock.monotonic(), burst, perSecond) ?? 0;
      if (wait > 0) return this.#wait(wait);
      const entry = this.#entries.get(this.#unsent.shift() ?? "");
      if (entry !== undefined) this.#send(entry.text);
    }
  }
}
