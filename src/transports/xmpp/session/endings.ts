/**
 * What the end of a connection means for its session.
 *
 * @module
 */
import { XmppError } from "../errors.ts";

/** Whether coming back makes no sense, or would do harm. */
export function isFinal(error: Error): boolean {
  if (!(error instanceof XmppError)) return false;
  // A certificate may be renewed, and an attack may end: who was in comes back as soon as it fits.
  const mayPass = error.code === "xmpp/certificate" || error.code === "xmpp/insecure" ||
    error.code === "xmpp/server-proof" || error.code === "xmpp/mechanism";
  return error.prospect === "permanent" && !mayPass;
}

/** What a log says of it: no text of others. */
export function codeOf(error: Error): string {
  return error instanceof XmppError ? error.code : error.name;
}
