import type { Connection } from "./connection.ts";
import { PROTOCOL_LIMITS } from "./limits.ts";

/**
 * Requests that are being answered: when there are too many the connection is paused, and what comes
 * in spite of that (a transport may have received a chunk of small frames already) is kept.
 */
export class Pacing {
  readonly #connection: Connection;
  readonly #take: (text: string) => void;
  #busy = 0;
  #paused = false;
  #held: string[] | undefined;
  /** The last of the answers that can be large: they are made one after the other. */
  #large: Promise<void> | undefined;
  /** Who waits for everything to be answered. */
  #idle: (() => void)[] | undefined;

  /** @param take takes a frame that was held */
  constructor(connection: Connection, take: (text: string) => void) {
    this.#connection = connection;
    this.#take = take;
  }

  /** While true, frames are to be held. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Keeps a frame until the pause is over. */
  hold(text: string): void {
    this.#held ??= [];
    this.#held.push(text);
  }

  /** A request is being answered. */
  begin(): void {
    this.#busy += 1;
    if (this.#busy < PROTOCOL_LIMITS.busyRequests || this.#paused) return;
    this.#paused = true;
    this.#connection.pause();
  }

  /** A request was answered. */
  done(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.settle();
    if (!this.#paused || this.#busy > PROTOCOL_LIMITS.busyRequests / 2) return;
    this.#paused = false;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const text of held) this.#take(text);
    if (!this.#paused) this.#connection.resume();
  }

  /** A request whose answer is on its way until `answered` settles, which never rejects. */
  track(answered: Promise<void>): void {
    this.begin();
    void answered.then(() => this.done());
  }

  /** A request whose answer can be large: made after the others, at the client's pace. */
  inLine(answer: () => Promise<void>): void {
    const before = this.#large ?? Promise.resolve();
    const answered = before.then(answer).then(() => this.#connection.drained());
    this.#large = answered;
    this.track(answered.then(() => {
      if (this.#large === answered) this.#large = undefined;
    }));
  }

  /** Resolves when nothing is being answered, and at {@linkcode Pacing.settle}. */
  answered(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle ??= [];
      this.#idle.push(resolve);
    });
  }

  /** Lets whoever waits for the answers go on. */
  settle(): void {
    const idle = this.#idle ?? [];
    this.#idle = undefined;
    for (const resolve of idle) resolve();
  }

  /** Forgets what was held: nobody will answer it. */
  stop(): void {
    this.#held = undefined;
    this.settle();
  }
}
