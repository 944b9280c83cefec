/**
 * A server that lets nobody in says why (RFC 6120, 6.5).
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import type { Element } from "../xml.ts";

/** What a person is told, by condition. */
const STATES: Readonly<Record<string, string>> = {
  "account-disabled": "the account is disabled",
  "credentials-expired": "the password has expired",
  "encryption-required": "the server wants encryption first",
  "invalid-mechanism": "the server does not take this way to log in",
  "mechanism-too-weak": "the server does not take this way to log in",
  "not-authorized": "the name or the password is wrong",
  "temporary-auth-failure": "the server cannot check it at the moment",
};

/** The login failed. */
export class LoginRefused extends XmppError {
  override readonly name = "LoginRefused";
  /** As `not-authorized`. */
  readonly condition: string;

  constructor(condition: string) {
    const state = STATES[condition] ?? `the server says ${condition}`;
    super("xmpp/credentials", `Cannot log in: ${state}`, {
      prospect: condition === "temporary-auth-failure" ? "temporary" : "permanent",
    });
    this.condition = condition;
  }
}

/** The error that a `failure` of either SASL profile stands for. */
export function loginRefused(failure: Element): LoginRefused {
  const named = failure.getChildElements().find((child) => child.getName() in STATES) ??
    failure.getChildElements().find((child) => child.getName() !== "text");
  const condition = /^[a-z-]{1,40}$/.exec(named?.getName() ?? "")?.[0];
  return new LoginRefused(condition ?? "not-authorized");
}
