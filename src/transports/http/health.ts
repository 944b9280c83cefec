import { Hono } from "hono";
import type { HttpEnv } from "./app.ts";

/** Whether the node can do its work right now. */
export type Readiness =
  | {
    readonly ready: true;
    /** How sharing through a bucket goes, where there is one; it keeps nobody from chatting. */
    readonly sync?: { readonly state: "working" | "failing"; readonly code?: string };
  }
  /** `code` is stable (`history/full`), `reason` a sentence for people. */
  | { readonly ready: false; readonly code: string; readonly reason: string };

/** When to ask again, seconds. */
const RETRY_AFTER = "5";

/**
 * `/healthz`: 200 for as long as the process answers at all; restart it when it does not.
 * `/readyz`: 200 when messages are accepted, else 503 with the reason; send traffic elsewhere.
 */
export function healthRoutes(readiness: () => Readiness): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  routes.get("/healthz", (context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ status: "alive" });
  });
  routes.get("/readyz", (context) => {
    context.header("Cache-Control", "no-store");
    const state = readiness();
    if (state.ready) {
      const { sync } = state;
      return context.json({ status: "ready", ...(sync === undefined ? {} : { sync }) });
    }
    context.header("Retry-After", RETRY_AFTER);
    return context.json({ status: "unready", code: state.code, reason: state.reason }, 503);
  });
  return routes;
}
