/**
 * Messages on their way out: written in order, kept until the server has them, written again on the
 * next connection with the same id.
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Element } from "../xml.ts";

/** A stanza that was or will be written. */
export interface Entry {
  readonly element: Element;
  /** `kept` until the server has it; `momentary` ones mean nothing on another session. */
  readonly kind: "kept" | "momentary";
  /** Its length as text. */
  readonly size: number;
  /** The server has it. */
  readonly done: () => void;
  /** It will not be sent. */
  readonly failed: (error: Error) => void;
}

/** What waits to be written. What was written is the stream management's until it is acknowledged. */
export class Outbox {
  #waiting: Entry[] = [];
  #text = 0;
  #count = 0;

  /** Messages that the server does not have yet. */
  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * Takes a message; resolves when the server has it.
   *
   * @throws {XmppError} `xmpp/outbox-full`, and whatever {@linkcode failAll} says
   */
  add(element: Element): Promise<void> {
    const size = element.toString().length;
    if (this.#count >= LIMITS.outbox || this.#text + size > LIMITS.outboxText) {
      const state = `${this.#count} messages wait to be sent`;
      return Promise.reject(new XmppError("xmpp/outbox-full", `Cannot send: ${state}`));
    }
    if (size > LIMITS.stanza) {
      return Promise.reject(new XmppError("xmpp/outbox-full", "Cannot send: it is too large"));
    }
    this.#text += size;
    this.#count += 1;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const over = (): void => {
        if (isOver) return;
        isOver = true;
        this.#text -= size;
        this.#count -= 1;
      };
      this.#waiting.push({
        element,
        kind: "kept",
        size,
        done: () => {
          over();
          resolve();
        },
        failed: (error) => {
          over();
          reject(error);
        },
      });
    });
  }

  /** The next message to write. */
  take(): Entry | undefined {
    return this.#waiting.shift();
  }

  /** Messages of an earlier session come first. */
  putBack(entries: readonly Entry[]): void {
    this.#waiting.unshift(...entries);
  }

  /** What waits will not be sent. */
  failAll(error: Error): void {
    for (const entry of this.#waiting.splice(0)) entry.failed(error);
  }
}
