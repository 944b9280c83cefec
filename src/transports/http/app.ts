/**
 * The HTTP application: what every request goes through, the node's own pages, and the routes of
 * the doors.
 *
 * @module
 */
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Clock } from "../../clock.ts";
import { ChatnodeError, UsageError } from "../../errors.ts";
import { getLogger } from "../../log.ts";
import { announcesTooMuch, discard, readBody, TOO_LARGE } from "./body.ts";
import type { TrustedProxies } from "../../wire/proxies.ts";
import { type Client, clientOf } from "./client_address.ts";
import { CrossOrigin } from "./cors.ts";
import { healthRoutes, type Readiness } from "./health.ts";
import type { HostRule } from "./host_names.ts";
import { type Refused, refuseRequest } from "./refusal.ts";
import { type NodeFacts, welcomeRoutes } from "./welcome.ts";

/** What every route finds. */
export interface HttpEnv {
  /** Node's own `incoming` and `outgoing`, and: */
  Bindings: HttpBindings & {
    /** Who is asking. */
    readonly client: Client;
    /**
     * Reads the request's body, once. Streams of the Fetch standard are not used: they cost a
     * third of the requests per second.
     *
     * @throws {HTTPException} 413 when it is too large, 400 when it ended early.
     */
    body(): Promise<Uint8Array>;
  };
}

/** What the application needs. */
export interface AppOptions {
  readonly node: NodeFacts;
  readonly readiness: () => Readiness;
  /** The doors' routes, tried in order. */
  readonly doors: readonly Hono<HttpEnv>[];
  /** Web pages of these origins may call the API; `*` means all of them. */
  readonly origins: readonly string[];
  readonly proxies: TrustedProxies;
  /** Under which names the node may be asked for. */
  readonly hosts: HostRule;
  /** A larger request body is answered 413. */
  readonly bodyBytes: number;
  readonly clock: Clock;
}

/** The application as a listener of Node's HTTP server. */
export function createApp(options: AppOptions): RequestListener {
  const app = new Hono<HttpEnv>();
  app.route("/", healthRoutes(options.readiness));
  for (const door of options.doors) app.route("/", door);
  app.route("/", welcomeRoutes(options.node));
  app.notFound((context) => context.json({ detail: "Not Found" }, 404));
  app.onError(failed);
  const answer = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      return app.fetch(request, {
        incoming,
        outgoing,
        client: clientOf(incoming, options.proxies),
        body: () =>
          readBody(
            incoming,
            options.bodyBytes,
            () => discard(incoming, outgoing as ServerResponse, options.clock),
          ),
      });
    },
    // A library must not replace the global Request and Response of the program that embeds it.
    // Bodies that nobody reads are Node's to throw away, and ours (see `discard`).
    {
      ...{ overrideGlobalObjects: false, autoCleanupIncoming: false, errorHandler: unanswerable },
      // For HTTP/1.0 without a Host: a URL has to have one.
      hostname: "localhost",
    },
  );
  const refuse = (request: IncomingMessage, response: ServerResponse, refused: Refused) =>
    refuseRequest(request, response, refused, options.clock);
  const crossOrigin = new CrossOrigin(options.origins);
  return (request, response) => {
    if (!options.hosts(request.headers)) return refuse(request, response, MISDIRECTED);
    if (crossOrigin.answers(request, response)) return;
    if (announcesTooMuch(request, options.bodyBytes)) {
      refuse(request, response, { status: 413, detail: TOO_LARGE });
    } else void answer(request, response);
  };
}

const MISDIRECTED: Refused = {
  status: 421,
  detail: "This node serves its own machine, and not under this name. Behind a proxy, set " +
    "trustedProxies.",
};

/** What a route threw, as an answer; only what was meant for the caller is told. */
function failed(error: Error, context: Context): Response {
  if (error instanceof HTTPException) {
    return context.json({ detail: error.message }, error.status);
  }
  if (error instanceof UsageError) return context.json({ detail: error.message }, 400);
  if (error instanceof ChatnodeError && UNAVAILABLE.has(error.code)) {
    context.header("Retry-After", "5");
    return context.json({ detail: error.message }, 503);
  }
  getLogger(["http"]).error("{method} {path} failed: {error}", {
    method: context.req.method,
    path: context.req.path,
    error,
  });
  return context.json({ detail: "Internal Server Error" }, 500);
}

/** Failures that pass by themselves. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  "history/full",
  "history/io",
  "history/busy",
  "history/closed",
]);

/** A request that is no valid one for the Fetch standard: a wrong Host header, a broken URL. */
function unanswerable(): Response {
  return Response.json({ detail: "Bad Request" }, { status: 400 });
}
