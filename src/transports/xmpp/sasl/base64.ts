/**
 * base64 as SASL has it on the wire: `=` alone is data of no bytes (RFC 6120, 6.4.2).
 *
 * @module
 */
import { unproven } from "./mechanism.ts";

const FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text of `data`. */
export function encoded(data: Uint8Array): string {
  return data.length === 0 ? "=" : btoa(String.fromCharCode(...data));
}

/** The bytes of a text. @throws {XmppError} `xmpp/server-proof` when it is no base64 */
export function decoded(text: string): Uint8Array {
  const bare = text.trim();
  if (bare === "=") return new Uint8Array();
  if (!FORM.test(bare)) throw unproven("its challenge is not base64");
  return Uint8Array.from(atob(bare), (char) => char.charCodeAt(0));
}
