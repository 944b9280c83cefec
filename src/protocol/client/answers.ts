/**
 * Requests that wait for their answer on the connection they were sent on.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import type { ErrorFrame, ServerFrame } from "../frames.ts";
import { ClientError, ServerError } from "./errors.ts";

interface Waiting {
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/** See the module's description. */
export class Answers {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #waiting = new Map<string, Waiting>();
  #last = 0;

  constructor(parts: { clock: Clock; patienceMs: number }) {
    this.#clock = parts.clock;
    this.#patienceMs = parts.patienceMs;
  }

  /**
   * Begins to wait for an answer to the `ref` that `send` is given.
   *
   * @throws {ServerError} the server's refusal
   * @throws {ClientError} `client/timeout`, `client/disconnected`
   */
  ask(send: (ref: string) => void): Promise<ServerFrame> {
    this.#last += 1;
    const ref = this.#last.toString(36);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(this.#patienceMs, () => {
        this.#waiting.delete(ref);
        reject(new ClientError("client/timeout", "Cannot wait longer: no answer came"));
      });
      this.#waiting.set(ref, { resolve, reject, timer });
      send(ref);
    });
  }

  /** An answer came. Returns false when nobody waits for it. */
  answered(frame: ServerFrame & { readonly ref?: string }): boolean {
    const waiting = this.#take(frame.ref);
    waiting?.resolve(frame);
    return waiting !== undefined;
  }

  /** A refusal came. Returns false when nobody waits for it. */
  refused(frame: ErrorFrame): boolean {
    const waiting = this.#take(frame.ref);
    waiting?.reject(new ServerError(frame));
    return waiting !== undefined;
  }

  /** No answer can come any more. */
  fail(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      timer.cancel();
      reject(error);
    }
    this.#waiting.clear();
  }

  #take(ref: string | undefined): Waiting | undefined {
    if (ref === undefined) return undefined;
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    waiting?.timer.cancel();
    return waiting;
  }
}
