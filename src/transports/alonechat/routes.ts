/**
 * AloneChat's HTTP API.
 *
 * @module
 */
import { Hono } from "hono";
import { accountRoutes } from "./account_routes.ts";
import { adminRoutes } from "./admin_routes.ts";
import { chatRoutes } from "./chat_routes.ts";
import type { AloneEnv, AloneParts } from "./env.ts";
import { feedbackRoutes } from "./feedback_routes.ts";
import { answerError } from "./refusals.ts";
import { reply } from "./reply.ts";

/** A Host header without its port. */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9][a-z0-9._-]{0,253})(?::\d{1,5})?$/i;

/** All routes. Stop the listener, then the mailboxes. */
export function aloneRoutes(parts: AloneParts): Hono<AloneEnv> {
  const routes = new Hono<AloneEnv>();
  routes.onError((error, context) => answerError(error, context));
  routes.get("/api/get_default_server", (context) => {
    const host = HOST.exec(context.req.header("host") ?? "")?.[1] ?? "localhost";
    const scheme = context.env.client.secure ? "wss" : "ws";
    const address = `${scheme}://${host}:${parts.port()}`;
    return reply(context, 200, { success: true, default_server_address: address });
  });
  const groups = [accountRoutes, chatRoutes, adminRoutes, feedbackRoutes];
  for (const group of groups) routes.route("/", group(parts));
  return routes;
}
