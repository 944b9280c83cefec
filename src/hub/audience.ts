import type { Dialect, Peer } from "./contract.ts";

/** Whoever batches can be handed to. */
export interface Receiver {
  readonly peer: Peer;
}

/**
 * Receivers grouped by dialect, each with the serial since which it listens: it gets only what has
 * a higher one. Adding and deleting while somebody walks through a group is safe.
 */
export class Audience {
  readonly #groups = new Map<Dialect<unknown>, Map<Receiver, number>>();
  #size = 0;

  /** How many receivers there are. */
  get size(): number {
    return this.#size;
  }

  /** The receivers and their serials, by dialect. */
  get groups(): ReadonlyMap<Dialect<unknown>, ReadonlyMap<Receiver, number>> {
    return this.#groups;
  }

  /** Adds a receiver that is not there. */
  add(receiver: Receiver, since: number): void {
    const dialect = receiver.peer.dialect;
    const group = this.#groups.get(dialect);
    if (group === undefined) this.#groups.set(dialect, new Map([[receiver, since]]));
    else group.set(receiver, since);
    this.#size += 1;
  }

  /** Takes a receiver out; harmless when it is not there. */
  delete(receiver: Receiver): void {
    const dialect = receiver.peer.dialect;
    const group = this.#groups.get(dialect);
    if (group === undefined || !group.delete(receiver)) return;
    this.#size -= 1;
    if (group.size === 0) this.#groups.delete(dialect);
  }
}
