/**
 * Where the browser comes back to after a login: a listener that only programs of this machine
 * reach, for one answer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7.3}
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import { type EndPage, endPage, PAGE_HEADERS } from "../accounts/oidc/page.ts";
import { ChatnodeError } from "../errors.ts";

/** The answer that was waited for, and the browser that still waits for a page. */
export interface BrowserAnswer {
  readonly parameters: URLSearchParams;
  /** Shows how it ended. Resolves once the page is sent, or nobody is there to see it. */
  show(page: EndPage): Promise<void>;
}

/** A listener; see the module's description. */
export interface Loopback {
  /** What the provider has to know beforehand, apart from the port where the system picked it. */
  readonly redirectUri: string;
  /**
   * The first answer that has this `state`. Any page can send a browser here: others are told that
   * theirs is none, and the wait goes on.
   *
   * @throws the signal's reason when it aborts
   */
  answer(state: string, signal: AbortSignal): Promise<BrowserAnswer>;
  /** Ends the listener and every connection. Idempotent. */
  close(): Promise<void>;
}

const PATH = "/callback";
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1,
  maxHeaderSize: 16 * 1024,
};
const MOST_CONNECTIONS = 32;
/** How long a page may take to be sent, milliseconds. */
const PAGE_DEADLINE_MS = 5_000;

/**
 * Opens the listener on 127.0.0.1, and for `localhost` on ::1 where there is one: a browser may try
 * either, and nobody else is to get the answer.
 *
 * @param port 0 lets the system pick
 * @throws {ChatnodeError} `login/port` when it is taken
 */
export async function openLoopback(
  host: "127.0.0.1" | "localhost",
  port: number,
  clock: Clock,
): Promise<Loopback> {
  const listener = new Listener(host, clock);
  try {
    await listener.open(port);
  } catch (cause) {
    await listener.close();
    const shown = port === 0 ? "" : ` port ${port} of`;
    throw new ChatnodeError("login/port", `Cannot listen on${shown} this machine: it is taken`, {
      hint: "Choose another with --redirect-port; the provider has to know it too.",
      cause,
    });
  }
  return listener;
}

interface Waiting {
  readonly state: string;
  resolve(answer: BrowserAnswer): void;
}

class Listener implements Loopback {
  readonly #host: "127.0.0.1" | "localhost";
  readonly #clock: Clock;
  #servers: Server[] = [];
  #port = 0;
  #waiting: Waiting | undefined;

  constructor(host: "127.0.0.1" | "localhost", clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  get redirectUri(): string {
    return `http://${this.#host}:${this.#port}${PATH}`;
  }

  async open(port: number): Promise<void> {
    this.#port = await this.#listen("127.0.0.1", port);
    if (this.#host !== "localhost") return;
    try {
      await this.#listen("::1", this.#port);
    } catch (error) {
      // A machine without IPv6 has nobody there either.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT") throw error;
    }
  }

  async answer(state: string, signal: AbortSignal): Promise<BrowserAnswer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<BrowserAnswer>();
    this.#waiting = { state, resolve };
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await promise;
    } finally {
      this.#waiting = undefined;
      signal.removeEventListener("abort", stop);
    }
  }

  async close(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(servers.map((server) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    }));
  }

  #listen(host: string, port: number): Promise<number> {
    const server = createServer(LIMITS, (request, response) => this.#handle(request, response));
    server.maxConnections = MOST_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const url = URL.parse(request.url ?? "", this.redirectUri);
    // A page could let its own name point here (DNS rebinding).
    const named = request.headers.host === new URL(this.redirectUri).host;
    if (!named || url?.pathname !== PATH) return void this.#send(response, 404, NOTHING);
    if (request.method !== "GET") return void this.#send(response, 405, NOTHING);
    const waiting = this.#waiting;
    const states = url.searchParams.getAll("state");
    if (waiting === undefined || states.length !== 1 || states[0] !== waiting.state) {
      return void this.#send(response, 400, STRANGER);
    }
    // One answer only: the next one with this state is a stranger's.
    this.#waiting = undefined;
    waiting.resolve({
      parameters: url.searchParams,
      show: (page) => this.#send(response, 200, page),
    });
  }

  #send(response: ServerResponse, status: number, page: EndPage): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(PAGE_DEADLINE_MS, resolve);
    response.once("close", resolve).once("finish", resolve);
    if (response.destroyed) resolve();
    else response.writeHead(status, { ...PAGE_HEADERS, Connection: "close" }).end(endPage(page));
    return promise.finally(() => timer.cancel());
  }
}

const NOTHING: EndPage = { title: "Nothing here", text: "Nobody is signing in at this address." };
const STRANGER: EndPage = {
  title: "Not signed in",
  text: "This is not the answer to the login that chatnode waits for. Open the address that it " +
    "shows in the terminal once more.",
};
