/**
 * The ticket system over HTTP: JSON with a bearer token.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Json, JsonObject } from "../../../message/event.ts";
import {
  ANSWER_BYTES,
  parseAnswer,
  readCreated,
  readList,
  readState,
  readSuccess,
} from "./answers.ts";
import {
  CALL_MS,
  type CreatedTicket,
  type TicketApi,
  TicketError,
  type TicketQuery,
  type TicketRequest,
  type TicketState,
  type TicketSummary,
} from "./contract.ts";

/** What an {@linkcode HttpTicketApi} works with. */
export interface HttpTicketApiOptions {
  /** Checked by {@linkcode ticketAddress}. */
  readonly base: URL;
  /** Sent as `Authorization: Bearer`. */
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

interface Call {
  readonly method: "GET" | "POST";
  /** Below the base, without a leading slash. */
  readonly path: string;
  readonly body?: JsonObject;
  /** The same for every attempt of one request; systems that know the header do it once. */
  readonly key?: string;
  readonly signal: AbortSignal;
}

/** Longest wait that a system may ask for, milliseconds. */
const MOST_WAIT_MS = 15 * 60 * 1000;

/**
 * The address of a ticket system, `API_BASE_URL`. A token goes over TLS, or stays on this machine.
 *
 * @param exposure `insecure` also lets the token and everybody's requests go in the clear
 * @throws {TicketError} `tickets/address`
 */
export function ticketAddress(text: string, exposure: "safe" | "insecure"): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw new TicketError(
      "tickets/address",
      "Cannot use the ticket system: its address is no URL",
      {
        hint: "Set API_BASE_URL to its address, as https://desk.example.com.",
      },
    );
  }
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !isHere && exposure === "safe") {
    throw new TicketError(
      "tickets/address",
      "Cannot use the ticket system: its address is not https",
      {
        hint: "The token would go in the clear; insecureTickets allows that.",
      },
    );
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = url.hash = "";
  return url;
}

/** See the module's description. */
export class HttpTicketApi implements TicketApi {
  readonly #options: HttpTicketApiOptions;

  constructor(options: HttpTicketApiOptions) {
    this.#options = options;
  }

  async create(request: TicketRequest, key: string, signal: AbortSignal): Promise<CreatedTicket> {
    const { jid, message, resource } = request;
    const body = { jid, message, resource };
    return readCreated(await this.#ask({ method: "POST", path: "tickets", body, key, signal }));
  }

  async list(query: TicketQuery, signal: AbortSignal): Promise<readonly TicketSummary[]> {
    const wanted = Object.entries(query).map(([name, value]) => [name, String(value)]);
    const search = new URLSearchParams(wanted);
    const path = search.size === 0 ? "tickets" : `tickets?${search}`;
    return readList(await this.#ask({ method: "GET", path, signal }));
  }

  async addMessage(
    id: string,
    { content, jid }: { readonly content: string; readonly jid: string },
    key: string,
    signal: AbortSignal,
  ): Promise<void> {
    const path = `tickets/${encodeURIComponent(id)}/messages`;
    readSuccess(await this.#ask({ method: "POST", path, body: { content, jid }, key, signal }));
  }

  async sync(id: string, signal: AbortSignal): Promise<TicketState> {
    const path = `tickets/${encodeURIComponent(id)}/sync`;
    return readState(await this.#ask({ method: "GET", path, signal }));
  }

  async presence(
    { jid, status, show }: { readonly jid: string; readonly status: string; readonly show: string },
    signal: AbortSignal,
  ): Promise<void> {
    const body = { jid, status, show };
    readSuccess(await this.#ask({ method: "POST", path: "presence", body, signal }));
  }

  async #ask(call: Call): Promise<Json> {
    const ending = new AbortController();
    const timer = this.#options.clock.after(CALL_MS, () => ending.abort(late()));
    const signal = AbortSignal.any([call.signal, ending.signal]);
    try {
      const response = await this.#fetch(call, signal);
      if (!response.ok) {
        await response.body?.cancel();
        throw refusal(response);
      }
      return parseAnswer(await textOf(response));
    } catch (error) {
      call.signal.throwIfAborted();
      if (ending.signal.aborted) throw ending.signal.reason;
      throw error;
    } finally {
      timer.cancel();
      ending.abort();
    }
  }

  async #fetch({ method, path, body, key }: Call, signal: AbortSignal): Promise<Response> {
    const { base, token, fetch } = this.#options;
    const headers = new Headers({ Accept: "application/json", Authorization: `Bearer ${token}` });
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (key !== undefined) headers.set("Idempotency-Key", key);
    const init: RequestInit = { method, headers, signal, redirect: "manual" };
    if (body !== undefined) init.body = JSON.stringify(body);
    try {
      return await fetch(new URL(`api/v1/xmpp/${path}`, base), init);
    } catch (cause) {
      throw unavailable("no connection", cause);
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > ANSWER_BYTES) {
        throw new TicketError("tickets/answer", "Cannot use the ticket system's answer: too long");
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof TicketError ? cause : unavailable("the connection broke", cause);
  }
  return await new Blob(chunks as BlobPart[]).text();
}

function refusal({ status, headers }: Response): TicketError {
  if (status === 429 || status >= 500) {
    return unavailable(`it answered ${status}`, undefined, headers.get("Retry-After"));
  }
  const state = `Cannot use the ticket system: it answered ${status}`;
  const hint = status === 401 || status === 403
    ? "Check API_TOKEN."
    : status === 404 || (status >= 300 && status < 400)
    ? "Check API_BASE_URL."
    : undefined;
  return new TicketError("tickets/refused", state, hint === undefined ? {} : { hint });
}

function unavailable(state: string, cause?: unknown, retryAfter?: string | null): TicketError {
  const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  return new TicketError("tickets/unavailable", `Cannot use the ticket system: ${state}`, {
    cause,
    ...(seconds === undefined ? {} : { retryAfterMs: Math.min(seconds * 1000, MOST_WAIT_MS) }),
  });
}

function late(): TicketError {
  return unavailable(`no answer within ${CALL_MS / 1000} s`);
}
