/**
 * The support desk of one account: contacts who ask for help get a ticket, the account's person
 * opens tickets with a command, and what happens in them comes back into the conversation.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Logger } from "../../../log.ts";
import {
  type Conversations,
  type TicketApi,
  TicketError,
  type TicketQuery,
  type TicketSummary,
} from "./contract.ts";
import { Delivery } from "./delivery.ts";
import { Polling } from "./polling.ts";
import { type PersonPresence, PresenceReports } from "./presence.ts";
import { ANSWERS, requestIn } from "./requests.ts";
import { SenderLimits } from "./sender_limits.ts";
import { type Job, TicketStore } from "./state.ts";

/** What a {@linkcode TicketDesk} works with. */
export interface DeskOptions {
  /** Undefined when no ticket system is set: requests are answered, and that is all. */
  readonly api: TicketApi | undefined;
  /** The file of what must not be lost; one process has it. */
  readonly file: string;
  /** The account, a bare JID. */
  readonly account: string;
  readonly conversations: Conversations;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  /** A fresh random UUID. */
  readonly uuid: () => string;
  readonly logger: Logger;
  /** Between two looks at one ticket, milliseconds; default 3,000. */
  readonly pollMs?: number;
}

/** A message of a contact. */
export interface Incoming {
  /** A bare JID. */
  readonly peer: string;
  readonly resource: string;
  readonly body: string;
  /** `delayed` came from an archive or while away, `own` from another client of the account. */
  readonly origin: "live" | "delayed" | "own";
}

const POLL_MS = 3_000;

/** See the module's description. */
export class TicketDesk implements AsyncDisposable {
  readonly #options: DeskOptions;
  readonly #store: TicketStore;
  readonly #limits: SenderLimits;
  readonly #ending = new AbortController();
  readonly #parts: {
    readonly api: TicketApi;
    readonly delivery: Delivery;
    readonly polling: Polling;
    readonly presence: PresenceReports;
  } | undefined;

  private constructor(options: DeskOptions, store: TicketStore) {
    this.#options = options;
    this.#store = store;
    this.#limits = new SenderLimits(options.clock);
    if (options.api === undefined) return;
    const parts = { ...options, api: options.api, store };
    const polling = new Polling({ ...parts, intervalMs: options.pollMs ?? POLL_MS });
    const delivery = new Delivery({ ...parts, onTicket: (ticket) => polling.follow(ticket) });
    this.#parts = { api: options.api, delivery, polling, presence: new PresenceReports(parts) };
    for (const ticket of store.tickets.values()) polling.follow(ticket);
    delivery.wake();
  }

  /** Goes on with what an earlier run left. @throws what the disk throws */
  static async open(options: DeskOptions): Promise<TicketDesk> {
    const { store, damaged } = await TicketStore.open(options.file);
    if (damaged) {
      options.logger.error("The file of tickets was damaged: {file}; what followed is lost", {
        file: options.file,
      });
    }
    return new TicketDesk(options, store);
  }

  /**
   * `/ticket` of the account's own person: opens a ticket, or adds to the one that is open in this
   * conversation. Resolves once the request cannot be lost.
   *
   * @throws {TicketError} `tickets/off`, `tickets/busy`
   */
  async request(peer: string, text: string): Promise<void> {
    if (this.#parts === undefined) {
      throw new TicketError("tickets/off", "Cannot open a ticket: no ticket system is set", {
        hint: "Set API_BASE_URL and API_TOKEN.",
      });
    }
    const open = this.#store.ticketOf(peer, "account");
    await this.#take({ peer, resource: "", text, openedBy: "account" }, open?.id);
  }

  /**
   * A contact's message: what asks for a ticket gets one, and what is said while a ticket of that
   * contact is open is added to it. One's own and archived messages never do anything.
   *
   * @returns whether it asked for a ticket
   */
  async incoming({ peer, resource, body, origin }: Incoming): Promise<boolean> {
    if (origin !== "live") return false;
    const text = requestIn(body);
    const open = this.#store.ticketOf(peer, "contact");
    if (text === undefined && open === undefined) return false;
    if (!this.#limits.allows(peer, text === undefined ? "message" : "ticket")) {
      this.#options.conversations.show(peer, "More requests than are taken from one contact");
      return text !== undefined;
    }
    if (text === undefined) {
      await this.#takeQuietly({ peer, resource, text: body, openedBy: "contact" }, open?.id);
      return false;
    }
    if (this.#parts === undefined) await this.#options.conversations.answer(peer, ANSWERS.off);
    else await this.#takeQuietly({ peer, resource, text, openedBy: "contact" });
    return true;
  }

  /** Somebody comes, goes or changes. */
  presence(person: PersonPresence): void {
    this.#parts?.presence.report(person);
  }

  /** Tickets as the system lists them. @throws {TicketError} */
  async list(query: TicketQuery): Promise<readonly TicketSummary[]> {
    if (this.#parts === undefined) throw new TicketError("tickets/off", "Cannot list tickets: off");
    return await this.#parts.api.list(query, this.#ending.signal);
  }

  /** Ends; what the system has not taken goes on with the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    const { delivery, polling, presence } = this.#parts ?? {};
    await Promise.all([delivery?.close(), polling?.close(), presence?.close()]);
  }

  /** What cannot be kept is said, since nobody waits for it. */
  async #takeQuietly(wish: Wish, ticket?: string): Promise<void> {
    try {
      await this.#take(wish, ticket);
    } catch (error) {
      const { logger, conversations } = this.#options;
      logger.error("Cannot keep a request for a ticket: {cause}", {
        cause: error instanceof TicketError ? error.code : String((error as Error).name),
      });
      conversations.show(wish.peer, "A request for a ticket could not be kept");
      if (ticket === undefined) await conversations.answer(wish.peer, ANSWERS.failed);
    }
  }

  async #take(wish: Wish, ticket?: string): Promise<void> {
    const job: Job = {
      ...wish,
      id: this.#options.uuid(),
      since: this.#options.clock.now(),
      ...(ticket === undefined ? { kind: "create" } : { kind: "message", ticket }),
    };
    await this.#store.add(job);
    this.#parts?.delivery.wake();
  }
}

type Wish = Pick<Job, "peer" | "resource" | "text" | "openedBy">;
