/**
 * SASLprep (RFC 4013): names and passwords in the form that both sides hash.
 *
 * @module
 */
import { XmppError } from "../errors.ts";

/** Mapped to nothing (RFC 3454, B.1). */
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
/** Spaces other than U+0020 (RFC 3454, C.1.2). */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** Prohibited (RFC 3454, C.2 to C.9), as far as NFKC leaves it. */
const PROHIBITED =
  // deno-lint-ignore no-control-regex -- RFC 4013 names what is prohibited
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u2028-\u202e\u206a-\u206f\ufff9-\ufffd\p{Co}\p{Cs}]/u;

/**
 * The prepared form. ASCII without controls is its own.
 *
 * @throws {XmppError} `xmpp/credentials` for what no name and no password may hold
 */
export function saslprep(text: string): string {
  const prepared = text.toWellFormed().replace(SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  if (PROHIBITED.test(prepared)) {
    throw new XmppError(
      "xmpp/credentials",
      "Cannot log in: the name or password holds a control character",
    );
  }
  return prepared;
}
