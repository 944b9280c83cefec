/**
 * How the XMPP client fails.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";

/** Codes of {@linkcode XmppError}. */
export type XmppErrorCode =
  /** A JID, an address to connect to or a setting is none. */
  | "xmpp/address"
  /** Nothing answers, or the connection ended. */
  | "xmpp/unreachable"
  /** The server's certificate is not good for the domain. */
  | "xmpp/certificate"
  /** The connection would not be encrypted. */
  | "xmpp/insecure"
  /** Wrong name or password, or the account is closed. */
  | "xmpp/credentials"
  /** The server offers no way to log in that is allowed here. */
  | "xmpp/mechanism"
  /** The server did not prove that it knows the password, or tampered with the login. */
  | "xmpp/server-proof"
  /** The server broke the protocol or a bound. */
  | "xmpp/protocol"
  /** The server ended the stream with an error. */
  | "xmpp/stream"
  /** An answer did not come in time. */
  | "xmpp/timeout"
  /** The session was closed. */
  | "xmpp/closed"
  /** Too much waits to be sent. */
  | "xmpp/outbox-full"
  /** Somebody answered with an error. */
  | "xmpp/stanza"
  /** The server or the peer has no such thing. */
  | "xmpp/unsupported"
  /** A file was not transferred; see `TransferError`. */
  | "xmpp/transfer";

/** Whether another attempt may go better. */
export type Prospect = "temporary" | "permanent";

/** Something about an XMPP session failed. Never holds a secret or the body of a message. */
export class XmppError extends ChatnodeError {
  override readonly name: string = "XmppError";
  declare readonly code: XmppErrorCode;
  /** `permanent` when only a person can change what went wrong. */
  readonly prospect: Prospect;

  constructor(
    code: XmppErrorCode,
    message: string,
    options: {
      readonly hint?: string;
      readonly cause?: unknown;
      readonly prospect?: Prospect;
    } = {},
  ) {
    super(code, message, options);
    this.prospect = options.prospect ?? (PERMANENT.has(code) ? "permanent" : "temporary");
  }
}

const PERMANENT: ReadonlySet<XmppErrorCode> = new Set([
  "xmpp/address",
  "xmpp/certificate",
  "xmpp/insecure",
  "xmpp/credentials",
  "xmpp/mechanism",
  "xmpp/server-proof",
  "xmpp/closed",
]);

/** An answer of type `error` (RFC 6120, 8.3). `text` is the other side's, not safe to show. */
export class StanzaError extends XmppError {
  override readonly name = "StanzaError";
  /** As `item-not-found`; `undefined-condition` when none was given. */
  readonly condition: string;
  /** `auth`, `cancel`, `continue`, `modify`, `wait`; else empty. */
  readonly type: string;
  readonly text: string;
  /** Name of an application's own condition, if there is one. */
  readonly detail: string | undefined;
  /** The namespace of {@linkcode detail}, in errors of our own. */
  readonly detailNamespace: string | undefined;

  constructor(
    condition: string,
    { type = "", text = "", detail, detailNamespace }: {
      readonly type?: string;
      readonly text?: string;
      readonly detail?: string | undefined;
      readonly detailNamespace?: string;
    } = {},
  ) {
    super("xmpp/stanza", `Cannot do what was asked: the answer is ${condition}`);
    this.condition = condition;
    this.type = type;
    this.text = text;
    this.detail = detail;
    this.detailNamespace = detailNamespace;
  }
}

/** The session is over; nothing more can be asked of it. */
export function closed(): XmppError {
  return new XmppError("xmpp/closed", "Cannot go on: the session was closed");
}

/** The connection broke. */
export function lost(cause?: unknown): XmppError {
  return new XmppError("xmpp/unreachable", "Cannot go on: the connection was lost", { cause });
}

/** The server broke the rules; `state` is a clause that says how. */
export function protocolFault(state: string, cause?: unknown): XmppError {
  return new XmppError("xmpp/protocol", `Cannot go on: ${state}`, { cause });
}
