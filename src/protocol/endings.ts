/**
 * Why connections are closed, in codes and words.
 *
 * @module
 */
import { AccountError } from "../accounts/failure.ts";
import { ChatnodeError } from "../errors.ts";
import type { EndReason } from "../hub/contract.ts";
import { HubError } from "../hub/errors.ts";
import { CLOSE_CODES } from "./connection.ts";

const ENDS: Readonly<Record<EndReason, readonly [code: number, text: string]>> = {
  kicked: [CLOSE_CODES.forbidden, "an administrator has ended the session"],
  replaced: [CLOSE_CODES.conflict, "another session has taken its place"],
  expired: [CLOSE_CODES.unauthenticated, "the authentication has expired"],
  revoked: [CLOSE_CODES.unauthenticated, "the token was revoked"],
  slow: [CLOSE_CODES.internal, "too much is waiting to be read"],
  failed: [CLOSE_CODES.internal, "the history could not be read"],
  shutdown: [CLOSE_CODES.restart, "the node is shutting down"],
};

/** What a session that the hub ends is told. */
export function endOf(reason: EndReason): { readonly code: number; readonly error: ChatnodeError } {
  const [code, text] = ENDS[reason];
  return { code, error: new ChatnodeError(`session/${reason}`, `Cannot go on: ${text}`) };
}

/** The close code for somebody who was not let in. */
export function closeCodeOf(error: unknown): number {
  if (!(error instanceof ChatnodeError)) return CLOSE_CODES.internal;
  if (error.code.startsWith("auth/") || error instanceof AccountError) {
    return CLOSE_CODES.unauthenticated;
  }
  if (!(error instanceof HubError)) return CLOSE_CODES.internal;
  if (error.code === "hub/already-connected") return CLOSE_CODES.conflict;
  if (error.code === "hub/too-many-sessions") return CLOSE_CODES.tooMany;
  return error.code === "hub/closed" ? CLOSE_CODES.restart : CLOSE_CODES.forbidden;
}
