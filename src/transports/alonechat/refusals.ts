/**
 * What the hub and the accounts refuse, as HTTP.
 *
 * @module
 */
import type { HTTPException } from "hono/http-exception";
import { AccountError } from "../../accounts/failure.ts";
import { HubError, type HubErrorCode } from "../../hub/errors.ts";
import { getLogger } from "../../log.ts";
import { MessageError } from "../../message/error.ts";
import type { AloneContext } from "./env.ts";
import { FeedbackError } from "./feedback.ts";
import { refuse } from "./reply.ts";

const HUB_STATUS: Readonly<Record<HubErrorCode, number>> = {
  "hub/forbidden": 403,
  "hub/invalid": 400,
  "hub/no-such-event": 404,
  "hub/no-such-room": 404,
  "hub/too-many-rooms": 429,
  "hub/too-many-sessions": 429,
  "hub/too-many-members": 429,
  "hub/already-connected": 409,
  "hub/rate-limited": 429,
  "hub/rejected": 403,
  "hub/closed": 503,
};

/** What is told of the node's own trouble: its messages name files, which is nobody's business. */
const FAULTS: Readonly<Record<string, string>> = {
  "accounts/disk-full": "no space is left",
  "accounts/io": "the disk fails",
  "accounts/locked": "another program holds the accounts",
  "accounts/closed": "the node is ending",
};
const RETRY_AFTER_FAULT = 5_000;

/** Answers an error that was meant for the caller; throws on every other one. */
export function answerError(error: Error | HTTPException, context: AloneContext): Response {
  if (error instanceof HubError) {
    retryAfter(context, error.retryAfterMs);
    return refuse(context, HUB_STATUS[error.code], error.message);
  }
  if (error instanceof AccountError && error.retryAfter !== undefined) {
    retryAfter(context, error.retryAfter);
    return refuse(context, 429, error.message);
  }
  if (error instanceof AccountError) {
    const state = FAULTS[error.code];
    if (state === undefined) throw error;
    getLogger(["alonechat"]).error("{reason}", { reason: error.message });
    retryAfter(context, RETRY_AFTER_FAULT);
    return refuse(context, 503, `Cannot store the change: ${state}`);
  }
  if (error instanceof MessageError) return refuse(context, 400, error.message);
  if (error instanceof FeedbackError) {
    if (error.code === "feedback/io") {
      getLogger(["alonechat"]).error("{reason} ({cause})", {
        reason: error.message,
        cause: String(error.cause),
      });
    }
    return refuse(context, error.code === "feedback/io" ? 503 : 429, error.message);
  }
  throw error;
}

/** @param milliseconds until trying again makes sense */
export function retryAfter(context: AloneContext, milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  context.env.outgoing.setHeader(
    "Retry-After",
    String(Math.max(1, Math.ceil(milliseconds / 1000))),
  );
}
