/**
 * Brings requests to the ticket system, one after the other, until it has taken each or said no.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Logger } from "../../../log.ts";
import { type Conversations, type TicketApi, TicketError } from "./contract.ts";
import { ANSWERS } from "./requests.ts";
import { isWorthRetrying, pause, waitAfter } from "./retrying.ts";
import type { FollowedTicket, Job, TicketStore } from "./state.ts";

/** What a {@linkcode Delivery} works with. */
export interface DeliveryOptions {
  readonly api: TicketApi;
  readonly store: TicketStore;
  readonly conversations: Conversations;
  /** The account, a bare JID: who writes into a ticket that the account opened. */
  readonly account: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Told of every new ticket. */
  readonly onTicket: (ticket: FollowedTicket) => void;
}

/** A request that the system has not taken by then is given up, milliseconds. */
const GIVE_UP_MS = 72 * 60 * 60 * 1000;

/** See the module's description. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #ending = new AbortController();
  /** Requests whose contact knows that the system does not answer. */
  readonly #told = new Set<string>();
  #working: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Something waits. */
  wake(): void {
    if (this.#ending.signal.aborted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // What came after the last look and before this.
      if (this.#options.store.jobs.size > 0) this.wake();
    });
  }

  /** Ends; what waits goes on with the next start. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { store, clock, random, logger } = this.#options;
    const { signal } = this.#ending;
    for (let failures = 0; !signal.aborted;) {
      const [job] = store.jobs.values();
      if (job === undefined) return;
      try {
        await this.#attempt(job);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof TicketError ? error.code : "unknown";
        logger.warn("Cannot bring a request to the ticket system: {code}", { code });
        await pause(clock, waitAfter(failures++, error, random), signal);
      }
    }
  }

  /** @throws when the job is still to be done */
  async #attempt(job: Job): Promise<void> {
    const { store, clock } = this.#options;
    try {
      const ticket = job.kind === "create" ? await this.#create(job) : await this.#add(job);
      await store.finish(job, ticket);
      if (ticket !== undefined) this.#options.onTicket(ticket);
    } catch (error) {
      if (!(error instanceof TicketError)) throw error;
      if (isWorthRetrying(error) && clock.now() - job.since < GIVE_UP_MS) {
        await this.#tellWaiting(job);
        throw error;
      }
      await this.#giveUp(job, error);
    }
    this.#told.delete(job.id);
  }

  async #create(job: Job): Promise<FollowedTicket> {
    const { api, conversations, account } = this.#options;
    const { peer, resource, text, openedBy, id } = job;
    const request = { jid: peer, message: text, resource };
    const created = await api.create(request, id, this.#ending.signal);
    if (openedBy === "contact") await conversations.answer(peer, ANSWERS.created(created));
    else conversations.show(peer, `Ticket ${created.id} opened by ${account}: ${created.subject}`);
    return { ...created, peer, openedBy };
  }

  async #add({ ticket = "", text, id, openedBy, peer }: Job): Promise<undefined> {
    const { api, account } = this.#options;
    const jid = openedBy === "contact" ? peer : account;
    await api.addMessage(ticket, { content: text, jid }, id, this.#ending.signal);
    return undefined;
  }

  async #giveUp(job: Job, error: TicketError): Promise<void> {
    const { store, conversations } = this.#options;
    const { peer, openedBy, kind } = job;
    conversations.show(peer, [error.message, error.hint].filter(Boolean).join(". "));
    if (openedBy === "contact" && kind === "create") {
      await conversations.answer(peer, ANSWERS.failed);
    }
    await store.finish(job);
  }

  /** Once a request: a contact need not ask again, the account's person may look what is wrong. */
  async #tellWaiting({ id, peer, openedBy, kind }: Job): Promise<void> {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    const { conversations } = this.#options;
    conversations.show(peer, "The ticket system does not answer; the request is kept and retried");
    if (openedBy === "contact" && kind === "create") {
      await conversations.answer(peer, ANSWERS.waiting);
    }
  }
}
