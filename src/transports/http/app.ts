/**
 * The HTTP application: what every request goes through, the node's own pages, and the routes of
 * the doors.
 *
 * @module
 */
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import type { RequestListener } from "node:http";
import { ChatnodeError, UsageError } from "../../errors.ts";
import { getLogger } from "../../log.ts";
import { type Client, clientOf, type TrustedProxies } from "./client_address.ts";
import { healthRoutes, type Readiness } from "./health.ts";
import { type NodeFacts, welcomeRoutes } from "./welcome.ts";

/** What every route finds: Node's own request and answer, and who is asking. */
export interface HttpEnv {
  Bindings: HttpBindings & { readonly client: Client };
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
  /** A larger request body is answered 413. */
  readonly bodyBytes: number;
}

/** How long a browser may remember the answer to a preflight request, seconds. */
const PREFLIGHT_AGE = 600;

/** The application as a listener of Node's HTTP server. */
export function createApp(options: AppOptions): RequestListener {
  const app = new Hono<HttpEnv>();
  if (options.origins.length > 0) app.use(crossOrigin(options.origins));
  app.use(bodyLimit({ maxSize: options.bodyBytes, onError: tooLarge }));
  app.route("/", healthRoutes(options.readiness));
  for (const door of options.doors) app.route("/", door);
  app.route("/", welcomeRoutes(options.node));
  app.notFound((context) => context.json({ detail: "Not Found" }, 404));
  app.onError(failed);
  const listener = getRequestListener(
    (request, env) => {
      const bindings = env as HttpBindings;
      const client = clientOf(bindings.incoming, options.proxies);
      return app.fetch(request, { ...bindings, client });
    },
    { overrideGlobalObjects: false, errorHandler: unanswerable },
  );
  return (request, response) => void listener(request, response);
}

function crossOrigin(origins: readonly string[]): ReturnType<typeof cors> {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "POST", "OPTIONS"],
    allowHeaders: ["Authorization", "Content-Type"],
    maxAge: PREFLIGHT_AGE,
  });
}

function tooLarge(context: Context): Response {
  // The rest of the body is not read, so the connection cannot be used again.
  context.header("Connection", "close");
  return context.json({ detail: "Request body too large" }, 413);
}

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
