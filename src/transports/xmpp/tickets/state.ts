/**
 * What must not be lost: requests that the ticket system has not taken yet, and the tickets that are
 * followed, with what was shown of them.
 *
 * @module
 */
import { type Recorded, RecordLog } from "../../../record_log.ts";
import { type CreatedTicket, TicketError } from "./contract.ts";

/** Who a ticket is for: it decides who is told of its updates. */
export type OpenedBy = "contact" | "account";

/** A request on its way. */
export interface Job {
  /** Also the key under which the system can tell attempts of one request. */
  readonly id: string;
  readonly kind: "create" | "message";
  /** The contact of the conversation, a bare JID. */
  readonly peer: string;
  readonly resource: string;
  readonly text: string;
  readonly openedBy: OpenedBy;
  /** For `message`: the ticket. */
  readonly ticket?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** A ticket that is followed. */
export interface FollowedTicket extends CreatedTicket {
  readonly peer: string;
  readonly openedBy: OpenedBy;
}

type TicketRecord =
  | { readonly kind: "job"; readonly job: Job }
  | { readonly kind: "done"; readonly job: string }
  | { readonly kind: "ticket"; readonly ticket: FollowedTicket }
  | { readonly kind: "seen"; readonly ticket: string; readonly messages: readonly string[] }
  | { readonly kind: "closed"; readonly ticket: string };

/** Requests that wait at a time. */
const MOST_JOBS = 1_000;
/** Tickets followed at a time; the one followed for longest goes first. */
const MOST_TICKETS = 1_000;
/** Messages of a ticket that are remembered as shown, the latest. */
const MOST_SEEN = 2_000;

/** See the module's description. */
export class TicketStore implements Recorded<TicketRecord> {
  readonly #jobs = new Map<string, Job>();
  readonly #tickets = new Map<string, FollowedTicket>();
  readonly #seen = new Map<string, Set<string>>();
  #log: RecordLog<TicketRecord> | undefined;

  private constructor() {}

  /**
   * @returns the store, and whether some of its past was damaged and is lost
   * @throws what the disk throws
   */
  static async open(
    path: string,
  ): Promise<{ readonly store: TicketStore; readonly damaged: boolean }> {
    const store = new TicketStore();
    const { log, damaged } = await RecordLog.open<TicketRecord>(path, store);
    store.#log = log;
    return { store, damaged };
  }

  get jobs(): ReadonlyMap<string, Job> {
    return this.#jobs;
  }

  get tickets(): ReadonlyMap<string, FollowedTicket> {
    return this.#tickets;
  }

  /** The ticket that a contact has opened and that is not closed, the latest. */
  ticketOf(peer: string, openedBy: OpenedBy): FollowedTicket | undefined {
    return Array.from(this.#tickets.values()).findLast((ticket) =>
      ticket.peer === peer && ticket.openedBy === openedBy
    );
  }

  hasSeen(ticket: string, message: string): boolean {
    return this.#seen.get(ticket)?.has(message) ?? false;
  }

  /** On disk when it resolves. @throws {TicketError} `tickets/busy`; what the disk throws */
  async add(job: Job): Promise<void> {
    if (this.#jobs.size >= MOST_JOBS) {
      throw new TicketError("tickets/busy", "Cannot take the request: too many wait already");
    }
    await this.#append({ kind: "job", job });
  }

  /** The system has taken the request, or never will. */
  async finish(job: Job, ticket?: FollowedTicket): Promise<void> {
    const done: TicketRecord = { kind: "done", job: job.id };
    await this.#append(
      ...ticket === undefined ? [done] : [{ kind: "ticket", ticket } as const, done],
    );
  }

  async see(ticket: string, messages: readonly string[]): Promise<void> {
    await this.#append({ kind: "seen", ticket, messages });
  }

  async close(ticket: string): Promise<void> {
    await this.#append({ kind: "closed", ticket });
  }

  /** @ignore For the log. */
  apply(record: TicketRecord): void {
    if (record.kind === "job") this.#jobs.set(record.job.id, record.job);
    else if (record.kind === "done") this.#jobs.delete(record.job);
    else if (record.kind === "ticket") this.#follow(record.ticket);
    else if (record.kind === "closed") this.#forget(record.ticket);
    else this.#note(record.ticket, record.messages);
  }

  /** @ignore For the log. */
  *snapshot(): Generator<TicketRecord> {
    for (const ticket of this.#tickets.values()) yield { kind: "ticket", ticket };
    for (const [ticket, seen] of this.#seen) yield { kind: "seen", ticket, messages: [...seen] };
    for (const job of this.#jobs.values()) yield { kind: "job", job };
  }

  #follow(ticket: FollowedTicket): void {
    this.#tickets.set(ticket.id, ticket);
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size > MOST_TICKETS && oldest !== undefined) this.#forget(oldest);
  }

  #forget(ticket: string): void {
    this.#tickets.delete(ticket);
    this.#seen.delete(ticket);
  }

  #note(ticket: string, messages: readonly string[]): void {
    if (!this.#tickets.has(ticket)) return;
    const seen = this.#seen.get(ticket) ?? new Set();
    for (const message of messages) seen.add(message);
    for (const oldest of seen) {
      if (seen.size <= MOST_SEEN) break;
      seen.delete(oldest);
    }
    this.#seen.set(ticket, seen);
  }

  async #append(...records: TicketRecord[]): Promise<void> {
    await this.#log?.append(records, "synced");
  }
}
