/**
 * From a wish to a stored and delivered event, in the order in which a session asks.
 *
 * @module
 */
import type { Appended, Draft, History } from "../history/contract.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Author, Outgoing } from "./contract.ts";
import type { Counters } from "./counters.ts";
import type { Drafting } from "./drafting.ts";
import { HubError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";

/** Keeps the publishes of one session in order; the session itself, so it is their origin too. */
export interface PublishQueue {
  /** Set while an earlier publish has to wait (for a hook, for a look at another event). */
  turn: Promise<void> | undefined;
  /** Publishes that are not stored yet. */
  waiting: number;
}

/** See the module's description. */
export class Publisher {
  readonly #history: History;
  readonly #hooks: Hooks;
  readonly #broadcast: Broadcast;
  readonly #counters: Counters;
  readonly #drafting: Drafting;
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #closed = false;

  constructor(parts: {
    history: History;
    hooks: Hooks;
    broadcast: Broadcast;
    counters: Counters;
    drafting: Drafting;
  }) {
    this.#broadcast = parts.broadcast;
    this.#history = parts.history;
    this.#hooks = parts.hooks;
    this.#counters = parts.counters;
    this.#drafting = parts.drafting;
  }

  /**
   * Publishes; see `Session.publish`. With a queue, what was asked for earlier is stored earlier.
   * The usual message is handed to the history in the same turn of the event loop, and costs one
   * promise besides the history's own: this is the path that every message takes.
   */
  publish(author: Author, outgoing: Outgoing, queue?: PublishQueue): Promise<Appended> {
    this.#inFlight += 1;
    if (queue !== undefined) queue.waiting += 1;
    return this.#begin(author, outgoing, queue).then(
      (appended) => this.#stored(author, outgoing, appended, queue),
      (error) => this.#refused(error, queue),
    );
  }

  /** Refuses everything new; resolves when what was accepted is stored and delivered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle = resolve);
    await this.#broadcast.settled;
  }

  #begin(
    author: Author,
    outgoing: Outgoing,
    queue: PublishQueue | undefined,
  ): Promise<Appended> {
    const before = queue?.turn;
    try {
      const prepared = before === undefined
        ? this.#prepare(author, outgoing, queue)
        : before.then(() => this.#prepare(author, outgoing, queue));
      return prepared instanceof Promise
        ? this.#inTurn(prepared, queue)
        : this.#history.append(prepared);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #prepare(author: Author, outgoing: Outgoing, origin?: object): Draft | Promise<Draft> {
    if (!this.#closed) return this.#drafting.prepare(author, outgoing, origin);
    throw new HubError("hub/closed", "Cannot publish: the node is shutting down");
  }

  async #inTurn(prepared: Promise<Draft>, queue: PublishQueue | undefined): Promise<Appended> {
    // Wrapped, so that the turn ends when the append has begun, not when it is done.
    const begun = prepared.then((draft) => ({ appended: this.#history.append(draft) }));
    if (queue !== undefined) takeTurn(queue, begun);
    return await (await begun).appended;
  }

  #stored(
    author: Author,
    outgoing: Outgoing,
    appended: Appended,
    queue: PublishQueue | undefined,
  ): Appended | Promise<Appended> {
    const delivered = this.#broadcast.settled;
    return delivered === undefined
      ? this.#delivered(author, outgoing, appended, queue)
      : delivered.then(() => this.#delivered(author, outgoing, appended, queue));
  }

  #delivered(
    author: Author,
    outgoing: Outgoing,
    appended: Appended,
    queue: PublishQueue | undefined,
  ): Appended {
    this.#done(queue);
    if (this.#hooks.has("POST_MESSAGE")) {
      void this.#hooks.notify("POST_MESSAGE", { ...author, outgoing, appended });
    }
    return appended;
  }

  #refused(error: unknown, queue: PublishQueue | undefined): never {
    this.#done(queue);
    this.#counters.rejected += 1;
    throw error;
  }

  #done(queue: PublishQueue | undefined): void {
    if (queue !== undefined) queue.waiting -= 1;
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#idle?.();
  }
}

function takeTurn(queue: PublishQueue, begun: Promise<unknown>): void {
  const turn = begun.then(() => {}, () => {}).then(() => {
    if (queue.turn === turn) queue.turn = undefined;
  });
  queue.turn = turn;
}
