import type { IncomingMessage, ServerResponse } from "node:http";

/** How long a browser may remember the answer to a preflight request, seconds. */
const PREFLIGHT_AGE = 600;

/**
 * Cross-origin resource sharing (Fetch standard, section 3.3). With no origins nothing is added,
 * so no other site's page can read an answer.
 */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** `*` among the origins means all of them. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Adds what the origin is allowed to see; true when that was the whole answer (a preflight). */
  answers(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#origins.size === 0) return false;
    const origin = request.headers.origin;
    if (!this.#origins.has("*")) response.setHeader("Vary", "Origin");
    const allowed = this.#origins.has("*") ? "*" : origin;
    if (origin === undefined || allowed === undefined) return false;
    if (allowed !== "*" && !this.#origins.has(allowed)) return false;
    response.setHeader("Access-Control-Allow-Origin", allowed);
    const preflight = request.method === "OPTIONS" &&
      request.headers["access-control-request-method"] !== undefined;
    if (!preflight) return false;
    response.writeHead(204, {
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": "Authorization, Content-Type",
      "Access-Control-Max-Age": PREFLIGHT_AGE,
    });
    response.end();
    return true;
  }
}
