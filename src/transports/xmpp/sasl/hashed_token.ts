/**
 * Hashed tokens (draft-schmaus-kitten-sasl-ht), by which FAST (XEP-0484) comes in again without the
 * password: one message each way, and the server proves itself too.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { bytes, type Mechanism, noChallenge, unproven } from "./mechanism.ts";

/** The mechanisms there are, best first: bound to the server's certificate, and unbound. */
export const TOKEN_MECHANISMS = ["HT-SHA-256-ENDP", "HT-SHA-256-NONE"] as const;
export type TokenMechanism = (typeof TOKEN_MECHANISMS)[number];

/** A token that a server gave. */
export interface FastToken {
  readonly mechanism: TokenMechanism;
  /** A secret. */
  readonly token: string;
  /** Milliseconds since the Unix epoch; not used afterwards. */
  readonly expires: number;
  /** How often it was used, also where that came to nothing: no count is said twice. */
  readonly count: number;
}

/** One login with a token; `binding` is that of tls-server-end-point, or empty. */
export function hashedToken(
  username: string,
  { mechanism, token }: FastToken,
  binding: Uint8Array,
): Mechanism {
  const keyed = (who: string): Uint8Array =>
    new Uint8Array(
      createHmac("sha256", bytes(token)).update(bytes(who)).update(binding).digest(),
    );
  const name = bytes(`${username}\0`);
  const proof = keyed("Initiator");
  const message = new Uint8Array(name.length + proof.length);
  message.set(name);
  message.set(proof, name.length);
  return {
    name: mechanism,
    first: () => Promise.resolve(message),
    next: noChallenge,
    finish(data) {
      const expected = keyed("Responder");
      const isProven = data !== undefined && data.length === expected.length &&
        timingSafeEqual(data, expected);
      return isProven
        ? Promise.resolve()
        : Promise.reject(unproven("it did not prove that it knows the token"));
    },
  };
}
