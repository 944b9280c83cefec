import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ChatnodeError } from "../errors.ts";

/** A certificate chain, the server's own first, and its private key, PEM (RFC 7468). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Passes for what connections can be encrypted with. To be asked before a certificate is used: the
 * runtime takes any text for one, and then fails at each handshake.
 *
 * @throws {ChatnodeError} `tls/certificate` when a part is none, or the two do not belong together
 */
export function checkCertificate({ cert, key }: Certificate): void {
  const [own] = chainOf(cert);
  if (own === undefined) throw unusable("tls-cert holds none");
  if (!own.checkPrivateKey(privateKeyOf(key))) throw unusable("tls-key is another one's key");
}

function chainOf(cert: string): X509Certificate[] {
  try {
    return Array.from(cert.matchAll(BLOCK), ([block]) => new X509Certificate(block));
  } catch (cause) {
    throw unusable("tls-cert is damaged", cause);
  }
}

function privateKeyOf(key: string): KeyObject {
  try {
    return createPrivateKey(key);
  } catch (cause) {
    throw unusable("tls-key holds no private key, or one with a passphrase", cause);
  }
}

function unusable(state: string, cause?: unknown): ChatnodeError {
  return new ChatnodeError("tls/certificate", `Cannot use the certificate: ${state}`, {
    hint: "tls-cert holds a certificate chain, the server's own first, and tls-key its private " +
      "key, both PEM.",
    cause,
  });
}
