/**
 * What contacts write when they want a ticket, and what they are answered.
 *
 * @module
 */
import type { CreatedTicket } from "./contract.ts";

/** Stands for a request without words. */
const EMPTY_REQUEST = "Help requested via XMPP";

/** What a contact asks for; undefined when the text asks for no ticket. */
export function requestIn(body: string): string | undefined {
  const match = /^\/(?:help|support|ticket)(?:\s+|$)/i.exec(body);
  if (match === null) return undefined;
  return body.slice(match[0].length).trim() || EMPTY_REQUEST;
}

/** The documented answers. */
export const ANSWERS = {
  created: ({ id, subject }: CreatedTicket): string =>
    `Support ticket created! Ticket ID: ${id}\nSubject: ${subject}\n` +
    "We'll get back to you as soon as possible.",
  failed: "Sorry, I couldn't create a support ticket. Please try again later.",
  off: "Support ticket creation is not available at the moment.",
  /** Not among the old ones: the request is kept, so nobody has to ask again. */
  waiting: "Your request is noted. The ticket system does not answer at the moment; " +
    "you will hear from us as soon as it does.",
} as const;
