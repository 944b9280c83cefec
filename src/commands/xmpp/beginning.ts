/**
 * The first room of a session: one comes into it with the first login, and what is meant for it
 * waits until then.
 *
 * @module
 */

/** See the module's description. */
export class Beginning {
  readonly #enter: (peer: string) => Promise<void>;
  readonly #over = Promise.withResolvers<void>();
  #first: string | undefined;
  #awaiting = 0;
  #stage: "new" | "beginning" | "begun" = "new";

  /** @param enter comes into a room */
  constructor(enter: (peer: string) => Promise<void>) {
    this.#enter = enter;
  }

  /** Resolves when the first attempt is over, however it ended, and one is in the first room. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** The room to begin in; a bare JID. */
  set first(peer: string) {
    this.#first = peer;
  }

  /** Resolves when there is nothing more to wait for before the session ends. */
  async settled(): Promise<void> {
    if (this.#first !== undefined) await this.#over.promise;
  }

  /**
   * Whether what is meant for `peer` waits: until one is in the first room, or is not let in, and
   * behind what waits already.
   */
  isAwaited(peer: string): boolean {
    return peer === this.#first && (this.#stage !== "begun" || this.#awaiting > 0);
  }

  /** Waits where {@linkcode isAwaited} says so. Nothing overtakes what waits already. */
  async wait(peer: string): Promise<void> {
    if (!this.isAwaited(peer)) return;
    this.#awaiting += 1;
    await this.#over.promise;
    this.#awaiting -= 1;
  }

  /** Comes into the first room, once: later on rooms are come back into by themselves. */
  async begin(): Promise<void> {
    if (this.#stage !== "new") return;
    this.#stage = "beginning";
    try {
      if (this.#first !== undefined) await this.#enter(this.#first);
    } finally {
      this.settle();
    }
  }

  /** Nothing waits any more. */
  settle(): void {
    this.#stage = "begun";
    this.#over.resolve();
  }
}
