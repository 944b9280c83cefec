/**
 * Support tickets: what a ticket system is asked, and what a conversation is told of it. The calls
 * are those of the XMPP client's ticket interface, version 1 (`docs/tickets.md`).
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";

/** A new ticket. */
export interface TicketRequest {
  /** Who asks, a bare JID. */
  readonly jid: string;
  readonly message: string;
  /** The resource that the person wrote from; empty when it is not known. */
  readonly resource: string;
}

/** What the system says of a new ticket. */
export interface CreatedTicket {
  readonly id: string;
  readonly subject: string;
  readonly status: string;
}

/** One ticket of a list. */
export interface TicketSummary extends CreatedTicket {
  readonly priority: string;
  readonly jid: string;
  /** As the system spells it. */
  readonly createdAt: string;
  readonly lastMessage: string;
}

/** One message of a ticket. */
export interface TicketMessage {
  readonly id: string;
  readonly content: string;
  readonly sender: string;
  readonly by: "agent" | "person";
}

/** A ticket as it stands. */
export interface TicketState {
  readonly id: string;
  readonly subject: string;
  readonly status: string;
  readonly messages: readonly TicketMessage[];
}

/** Which tickets to list. */
export interface TicketQuery {
  readonly jid?: string;
  readonly status?: string;
  /** 1 to 100. */
  readonly limit?: number;
}

/** The ticket system. Every call ends within {@linkcode CALL_MS}. */
export interface TicketApi {
  /** @throws {TicketError} */
  create(request: TicketRequest, key: string, signal: AbortSignal): Promise<CreatedTicket>;
  /** @throws {TicketError} */
  list(query: TicketQuery, signal: AbortSignal): Promise<readonly TicketSummary[]>;
  /** @throws {TicketError} */
  addMessage(
    id: string,
    message: { readonly content: string; readonly jid: string },
    key: string,
    signal: AbortSignal,
  ): Promise<void>;
  /** @throws {TicketError} */
  sync(id: string, signal: AbortSignal): Promise<TicketState>;
  /** `show` as in RFC 6121 (`away`, `chat`, `dnd`, `xa`, empty). @throws {TicketError} */
  presence(
    presence: { readonly jid: string; readonly status: string; readonly show: string },
    signal: AbortSignal,
  ): Promise<void>;
}

/** From the first byte sent to the last one read, milliseconds. */
export const CALL_MS = 10_000;

/** Statuses after which nothing follows. */
export const FINAL: ReadonlySet<string> = new Set(["RESOLVED", "CLOSED"]);

/** Where tickets come from and go to: one account's conversations. */
export interface Conversations {
  /**
   * Sends a contact a message that is marked as a program's. Resolves once it cannot be lost any
   * more.
   */
  answer(peer: string, body: string): Promise<void>;
  /** Shows the account's own person something in a conversation; nothing is sent. */
  show(peer: string, text: string): void;
}

/** Why the ticket system could not be used. */
export type TicketErrorCode =
  /** No address of a ticket system is set. */
  | "tickets/off"
  /** It could not be reached, or asks to come later: worth another try. */
  | "tickets/unavailable"
  /** It said no, for good. */
  | "tickets/refused"
  /** It answered something else than its interface says. */
  | "tickets/answer"
  /** Too much waits for it already. */
  | "tickets/busy"
  /** Its address cannot be used. */
  | "tickets/address";

/** The ticket system failed; `code` says how. Never holds the token or a message. */
export class TicketError extends ChatnodeError {
  override readonly name = "TicketError";
  declare readonly code: TicketErrorCode;
  /** Milliseconds that the system asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: TicketErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown; readonly retryAfterMs?: number } =
      {},
  ) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}
