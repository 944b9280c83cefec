import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../clock.ts";
import { getLogger } from "../../log.ts";
import { visible } from "../../text.ts";
import type { TrustedProxies } from "../../wire/proxies.ts";
import { clientOf } from "./client_address.ts";

/** Headers of every answer, whoever writes it. */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
];

/** At most this much of a path is logged, characters. */
const LOGGED_PATH = 200;

/** The requests being answered: their log lines, and their last words when the listener stops. */
export class Requests {
  readonly #clock: Clock;
  readonly #proxies: TrustedProxies;
  readonly #running = new Set<ServerResponse>();
  readonly #log = getLogger(["http"]);
  #stopping = false;

  constructor(clock: Clock, proxies: TrustedProxies) {
    this.#clock = clock;
    this.#proxies = proxies;
  }

  entered(request: IncomingMessage, response: ServerResponse): void {
    const start = this.#clock.monotonic();
    // Read now: a connection that is gone has no address left to log.
    const { address } = clientOf(request, this.#proxies);
    for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
    if (this.#stopping) response.setHeader("Connection", "close");
    this.#running.add(response);
    response.once("close", () => {
      this.#running.delete(response);
      this.#write(request, response, { address, ms: this.#clock.monotonic() - start });
    });
  }

  /** The connections that wait for an answer. */
  sockets(): ReadonlySet<Socket> {
    return new Set([...this.#running].map((response) => response.req.socket));
  }

  /** From now on every connection ends with the answer that it is waiting for. */
  last(): void {
    this.#stopping = true;
    for (const response of this.#running) {
      if (!response.headersSent) response.setHeader("Connection", "close");
    }
  }

  /** One line a request, without query string, headers and body: they hold tokens and texts. */
  #write(
    request: IncomingMessage,
    response: ServerResponse,
    facts: { readonly address: string; readonly ms: number },
  ): void {
    const properties = {
      address: facts.address,
      method: request.method,
      path: visible((request.url ?? "").split("?", 1)[0]?.slice(0, LOGGED_PATH) ?? ""),
      status: response.headersSent ? response.statusCode : "cut",
      ms: Math.round(facts.ms),
    };
    const text = "{address} {method} {path}: {status} in {ms} ms";
    if (response.statusCode === 500) this.#log.warn(text, properties);
    else this.#log.debug(text, properties);
  }
}
