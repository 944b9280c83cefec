/**
 * What servers and rooms refuse, as sentences that say what was wanted and what can be done.
 *
 * @module
 */
import { StanzaError, XmppError } from "../../transports/xmpp/errors.ts";

/** What the conditions of RFC 6120, 8.3.3 mean to the person who asked. */
const STATES: Readonly<Record<string, string>> = {
  "bad-request": "the other side does not understand it",
  "conflict": "somebody has that already",
  "feature-not-implemented": "there is no such thing there",
  "forbidden": "you may not",
  "gone": "it is not there any more",
  "internal-server-error": "the server is at fault",
  "item-not-found": "there is no such thing there",
  "jid-malformed": "the address is none",
  "not-acceptable": "it is not accepted as it is",
  "not-allowed": "it is not allowed",
  "not-authorized": "you may not",
  "payment-required": "it has to be paid for",
  "policy-violation": "the server's rules do not allow it",
  "recipient-unavailable": "they are not there",
  "registration-required": "it is for members alone",
  "remote-server-not-found": "the server of that address cannot be found",
  "remote-server-timeout": "the server of that address does not answer",
  "resource-constraint": "the server has no room for it",
  "service-unavailable": "there is no such thing there",
  "subscription-required": "it is for contacts alone",
  "unexpected-request": "this is not the time for it",
};

/**
 * Does something and says what of it was refused.
 *
 * @param action as in "Cannot <action>: you may not"
 * @param states what conditions mean here, where that is more than what they always mean
 * @throws {XmppError} `xmpp/stanza` with a sentence; everything else as it is
 */
export async function explained<T>(
  action: string,
  attempt: Promise<T>,
  states: Readonly<Record<string, string>> = {},
): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof StanzaError)) throw error;
    const { condition } = error;
    const state = states[condition] ?? STATES[condition] ?? `the answer is ${condition}`;
    throw new XmppError("xmpp/stanza", `Cannot ${action}: ${state}`, { cause: error });
  }
}
