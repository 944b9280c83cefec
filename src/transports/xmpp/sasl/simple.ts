/**
 * Mechanisms of one message: PLAIN (RFC 4616), EXTERNAL (RFC 4422, appendix A), ANONYMOUS
 * (RFC 4505).
 *
 * @module
 */
import { bytes, type Mechanism, noChallenge } from "./mechanism.ts";

/** The password itself, UTF-8: only for servers that have proved who they are by TLS. */
export function plain(username: string, password: string): Mechanism {
  return oneMessage("PLAIN", bytes(`\0${username}\0${password}`));
}

/** Who one is follows from the certificate. */
export function external(): Mechanism {
  return oneMessage("EXTERNAL", new Uint8Array());
}

/** Nobody in particular. */
export function anonymous(): Mechanism {
  return oneMessage("ANONYMOUS", new Uint8Array());
}

function oneMessage(name: string, message: Uint8Array): Mechanism {
  return {
    name,
    first: () => Promise.resolve(message),
    next: noChallenge,
    finish: () => Promise.resolve(),
  };
}
