/**
 * What rooms answer with presence: coming in, another nickname.
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { FeaturePort } from "./feature.ts";

interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

/** What is waited for, one thing a room. */
export class RoomAnswers {
  readonly #port: FeaturePort;
  readonly #pending = new Map<string, Pending>();

  constructor(port: FeaturePort) {
    this.#port = port;
  }

  /** Whether something is waited for. */
  has(room: string): boolean {
    return this.#pending.has(room);
  }

  /**
   * Says something and waits for the room to answer; what was waited for before is given up.
   *
   * @throws {XmppError} `xmpp/timeout`, `xmpp/unreachable`
   * @throws whatever {@linkcode refuse} is told
   */
  async ask(room: string, say: () => boolean): Promise<void> {
    this.refuse(room, unheard());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.#port.clock.after(LIMITS.requestMs, () => {
      reject(new XmppError("xmpp/timeout", "Cannot get an answer: the room takes too long"));
    });
    const pending = { resolve, reject };
    this.#pending.set(room, pending);
    if (!say()) reject(unheard());
    try {
      await promise;
    } finally {
      timer.cancel();
      if (this.#pending.get(room) === pending) this.#pending.delete(room);
    }
  }

  settle(room: string): void {
    this.#pending.get(room)?.resolve();
  }

  refuse(room: string, error: Error): void {
    this.#pending.get(room)?.reject(error);
  }

  /** Nothing will be answered any more. */
  refuseAll(): void {
    for (const { reject } of [...this.#pending.values()]) reject(unheard());
  }
}

function unheard(): XmppError {
  return new XmppError("xmpp/unreachable", "Cannot go on: the room was not heard of again");
}
