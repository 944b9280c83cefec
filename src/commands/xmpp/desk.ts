/**
 * The support desk of an XMPP account: what its contacts write and whether they are there goes to
 * the ticket system, what the system answers comes back into the conversation.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../errors.ts";
import { getLogger } from "../../log.ts";
import { visible } from "../../text.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import type { Message, MessageEvent } from "../../transports/xmpp/features/messages.ts";
import type { PresenceEvent } from "../../transports/xmpp/features/presence.ts";
import type { SessionNews } from "../../transports/xmpp/session/session.ts";
import type { Conversations } from "../../transports/xmpp/tickets/contract.ts";
import { type Incoming, TicketDesk } from "../../transports/xmpp/tickets/desk.ts";
import { HttpTicketApi, ticketAddress } from "../../transports/xmpp/tickets/http_api.ts";
import type { SessionCommand } from "../../ui/terminal/session_extras.ts";

/** What a desk is opened with. */
export interface DeskOpening {
  /** A bare JID. */
  readonly account: string;
  /** The folder of everything that is kept of the account. */
  readonly folder: string;
  readonly settings: Pick<Settings, "ticketsUrl" | "ticketsToken" | "insecureTickets">;
  readonly conversations: Conversations;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** 0 <= random() < 1. */
  readonly random: () => number;
}

const COMMANDS: readonly SessionCommand[] = [
  { name: "ticket", takes: "TEXT", does: "Open a ticket about this conversation, or add to it" },
  { name: "tickets", takes: "", does: "List the tickets of this conversation" },
];
const LISTED = 20;

const log = getLogger(["tickets"]);

/** See the module's description. */
export class AccountDesk implements AsyncDisposable {
  readonly commands: readonly SessionCommand[] = COMMANDS;
  readonly #desk: TicketDesk;
  /** One after the other: an addition must not overtake the request that it belongs to. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(desk: TicketDesk) {
    this.#desk = desk;
  }

  /**
   * Opens the desk that the settings name.
   *
   * @returns undefined when they name none
   * @throws {TicketError} `tickets/address`; {UsageError} `tickets/token`; what the disk throws
   */
  static async open(opening: DeskOpening): Promise<AccountDesk | undefined> {
    const { settings, account, folder, conversations, clock, fetch, random } = opening;
    const { ticketsUrl, ticketsToken, insecureTickets } = settings;
    if (ticketsUrl === undefined) return undefined;
    if (ticketsToken === undefined) {
      throw new UsageError("tickets/token", "Cannot use the ticket system: it has no token", {
        hint: "Set API_TOKEN.",
      });
    }
    const base = ticketAddress(ticketsUrl, insecureTickets ? "insecure" : "safe");
    const desk = await TicketDesk.open({
      api: new HttpTicketApi({ base, token: ticketsToken.reveal(), fetch, clock }),
      file: join(folder, "tickets.log"),
      ...{ account, conversations, clock, random },
      uuid: () => crypto.randomUUID(),
      logger: log,
    });
    return new AccountDesk(desk);
  }

  /** Something happened in the account's session. */
  hear(event: SessionNews | FeatureEvent): void {
    if (event.kind === "presence") this.#presence(event as PresenceEvent);
    else if (event.kind === "message") this.#message((event as MessageEvent).message);
  }

  /**
   * The answer to a command; undefined when it is none of the desk's.
   *
   * @throws {TicketError} {UsageError} `client/usage`
   */
  async command(text: string, peer: string): Promise<string | undefined> {
    const [, name = "", rest = ""] = /^\/?(\S+)\s*([^]*)$/.exec(text) ?? [];
    if (name === "tickets") return await this.#list(peer);
    if (name !== "ticket") return undefined;
    if (rest.trim() === "") throw new UsageError("client/usage", "Usage: /ticket TEXT");
    await this.#desk.request(peer, rest.trim());
    return "The request is on its way to the ticket system.";
  }

  /** Resolves when what was heard cannot be lost any more. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    await this.#desk[Symbol.asyncDispose]();
  }

  #message(message: Message): void {
    const { type, peer, from, body } = message;
    // Rooms of several, and what has no conversation, are nobody's request.
    if (body === undefined || !["chat", "normal"].includes(type) || peer !== from.bare) return;
    if (message.direction === "out") return;
    const { resource } = from;
    // What somebody does is no request, whatever it begins with.
    const said = message.isAction ? `/me ${body}` : body;
    const incoming: Incoming = { peer, resource, body: said, origin: originOf(message) };
    this.#last = this.#last.then(() => this.#desk.incoming(incoming)).catch((error: unknown) => {
      const cause = error instanceof Error ? error.name : "unknown";
      log.error("Cannot look at a message for tickets: {cause}", { cause });
    });
  }

  #presence({ from: jid, best }: PresenceEvent): void {
    const show = best === undefined || best.show === "available" ? "" : best.show;
    this.#desk.presence({ jid, status: best === undefined ? "offline" : "online", show });
  }

  async #list(peer: string): Promise<string> {
    const tickets = await this.#desk.list({ jid: peer, limit: LISTED });
    if (tickets.length === 0) return "There are no tickets.";
    return tickets.map(({ id, status, subject }) =>
      `${id}  ${visible(status)}  ${visible(subject)}`
    )
      .join("\n");
  }
}

function originOf({ source, isDelayed }: Message): Incoming["origin"] {
  if (source === "archive" || isDelayed) return "delayed";
  return source === "carbon" ? "own" : "live";
}
