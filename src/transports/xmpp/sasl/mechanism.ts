/**
 * What the exchanges of both SASL profiles need of a mechanism.
 *
 * @module
 */
import { XmppError } from "../errors.ts";

/** One login by one mechanism; used once. */
export interface Mechanism {
  /** As the registry of IANA has it. */
  readonly name: string;
  /** What the client says first; undefined when the server has the first word. */
  first(): Promise<Uint8Array | undefined>;
  /** The answer to a challenge. @throws {XmppError} `xmpp/server-proof` */
  next(challenge: Uint8Array): Promise<Uint8Array>;
  /**
   * The server says that it went well, with `data` or without.
   *
   * @throws {XmppError} `xmpp/server-proof` when it should have proved who it is, and has not
   */
  finish(data: Uint8Array | undefined): Promise<void>;
}

/** Who comes in. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** By the certificate of the TLS connection (EXTERNAL). */
  | { readonly kind: "certificate"; readonly username: string }
  | { readonly kind: "anonymous" };

/** The server broke the rules of a login; `state` is a clause that says how. */
export function unproven(state: string): XmppError {
  return new XmppError("xmpp/server-proof", `Cannot trust the server: ${state}`, {
    hint: "Somebody may stand between you and the server. Ask its operator.",
  });
}

/** A challenge that this mechanism does not have. */
export function noChallenge(): Promise<never> {
  return Promise.reject(unproven("it asks more than this login has"));
}

/** UTF-8. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Strictly decoded UTF-8. @throws {XmppError} `xmpp/server-proof` */
export function text(data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw unproven("its challenge is not text");
  }
}
