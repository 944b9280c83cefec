/**
 * Asks the ticket system for what is new in the tickets that are followed, a few at a time, until
 * they are resolved or closed.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Logger } from "../../../log.ts";
import { LIMITS } from "../../../message/event.ts";
import { exceedsBytes } from "../../../message/utf8.ts";
import {
  type Conversations,
  FINAL,
  type TicketApi,
  TicketError,
  type TicketMessage,
  type TicketState,
} from "./contract.ts";
import { isWorthRetrying, pause, waitAfter } from "./retrying.ts";
import type { FollowedTicket, TicketStore } from "./state.ts";

/** What a {@linkcode Polling} works with. */
export interface PollingOptions {
  readonly api: TicketApi;
  readonly store: TicketStore;
  readonly conversations: Conversations;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Between two looks at one ticket, milliseconds. */
  readonly intervalMs: number;
}

/** Tickets asked about at a time. */
const LANES = 4;
/** After so many refusals in a row a ticket is not asked about any more. */
const REFUSALS = 5;

/** See the module's description. */
export class Polling {
  readonly #options: PollingOptions;
  readonly #ending = new AbortController();
  readonly #followers = new Map<string, Promise<void>>();
  readonly #lanes: (() => void)[] = [];
  #free = LANES;

  constructor(options: PollingOptions) {
    this.#options = options;
  }

  /** Follows a ticket from now on; one that is followed already stays so. */
  follow(ticket: FollowedTicket): void {
    if (this.#ending.signal.aborted || this.#followers.has(ticket.id)) return;
    const following = this.#follow(ticket).finally(() => this.#followers.delete(ticket.id));
    this.#followers.set(ticket.id, following);
  }

  /** Ends all. */
  async close(): Promise<void> {
    this.#ending.abort();
    for (const go of this.#lanes.splice(0)) go();
    await Promise.all(this.#followers.values());
  }

  async #follow(ticket: FollowedTicket): Promise<void> {
    const { clock, random, logger, intervalMs, store } = this.#options;
    const { signal } = this.#ending;
    let failures = 0;
    for (let wait = intervalMs; store.tickets.has(ticket.id);) {
      await pause(clock, wait, signal);
      if (signal.aborted) return;
      try {
        if (await this.#inLane(() => this.#look(ticket))) return;
        failures = 0;
        wait = intervalMs;
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof TicketError ? error.code : "unknown";
        logger.debug("Cannot look at a ticket: {code}", { code });
        wait = Math.max(intervalMs, waitAfter(++failures, error, random));
        if (failures >= REFUSALS && error instanceof TicketError && !isWorthRetrying(error)) {
          return await this.#lose(ticket, error);
        }
      }
    }
  }

  /** True once nothing more will come. */
  async #look(ticket: FollowedTicket): Promise<boolean> {
    const { api, store } = this.#options;
    const state = await api.sync(ticket.id, this.#ending.signal);
    for (const message of state.messages) {
      if (message.by !== "agent" || store.hasSeen(ticket.id, message.id)) continue;
      await this.#tell(ticket, textOf(message));
      await store.see(ticket.id, [message.id]);
    }
    return FINAL.has(state.status) ? await this.#end(ticket, state) : false;
  }

  async #end(ticket: FollowedTicket, { status }: TicketState): Promise<true> {
    await this.#tell(ticket, `Ticket ${ticket.id} is ${status.toLowerCase()}.`);
    await this.#options.store.close(ticket.id);
    return true;
  }

  async #lose(ticket: FollowedTicket, error: TicketError): Promise<void> {
    const { conversations, store } = this.#options;
    conversations.show(
      ticket.peer,
      `Ticket ${ticket.id} is not followed any more. ${error.message}`,
    );
    await store.close(ticket.id);
  }

  /** Who opened a ticket hears of it. */
  async #tell({ id, peer, openedBy }: FollowedTicket, text: string): Promise<void> {
    const { conversations } = this.#options;
    if (openedBy === "contact") await conversations.answer(peer, text);
    else conversations.show(peer, `Ticket ${id}: ${text}`);
  }

  async #inLane<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#lanes.push(resolve));
    else this.#free--;
    try {
      this.#ending.signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#lanes.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** What is longer than a message may be says so. */
function textOf({ content, id }: TicketMessage): string {
  return exceedsBytes(content, LIMITS.bodyBytes)
    ? `(Message ${id} is too long to be shown here.)`
    : content;
}
