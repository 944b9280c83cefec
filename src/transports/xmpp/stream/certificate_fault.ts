/**
 * Says what is wrong with a certificate that was refused.
 *
 * @module
 */
import type { PeerCertificate } from "node:tls";
import { XmppError } from "../errors.ts";
import { visible } from "../../../text.ts";

/** Error codes of TLS that are about the certificate, as far as the runtime tells them apart. */
const CODES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "nobody here knows the authority that signed it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "nobody here knows the authority that signed it",
  UNABLE_TO_GET_ISSUER_CERT: "nobody here knows the authority that signed it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "nobody here knows the authority that signed it",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another name",
  CERT_REVOKED: "it was revoked",
};

/** Whether an error of a connection is about the server's certificate. */
export function isCertificateFault(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string" && code in CODES) return true;
  return typeof message === "string" && /certificate|UnknownIssuer|NotValidForName/i.test(message);
}

/**
 * The error that a person gets. `shown` is the certificate as a look at it without any trust has
 * it: the runtime reports an expired one as one of an unknown authority.
 */
export function certificateFault(
  domain: string,
  error: unknown,
  shown: PeerCertificate | undefined,
  now: number,
): XmppError {
  const { code } = error as { readonly code?: unknown };
  const known = typeof code === "string" ? CODES[code] : undefined;
  const state = dated(shown, now) ?? named(code, shown) ?? known ?? "it cannot be verified";
  const fingerprint = shown?.fingerprint256;
  return new XmppError(
    "xmpp/certificate",
    `Cannot trust the server of ${visible(domain)} with its certificate: ${state}`,
    {
      cause: error,
      hint: "Trust its authority with --ca FILE" + (fingerprint === undefined ? "." : `, or this \
certificate alone, once its operator has confirmed the fingerprint, with --pin ${fingerprint}.`),
    },
  );
}

function dated(shown: PeerCertificate | undefined, now: number): string | undefined {
  const until = Date.parse(shown?.valid_to ?? "");
  const from = Date.parse(shown?.valid_from ?? "");
  if (until < now) return `it has expired on ${day(until)}`;
  return from > now ? `it is not valid before ${day(from)}` : undefined;
}

function named(code: unknown, shown: PeerCertificate | undefined): string | undefined {
  if (code !== "ERR_TLS_CERT_ALTNAME_INVALID" || shown === undefined) return undefined;
  const names = (shown.subjectaltname ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
  const listed = names.filter((name) => name !== "").slice(0, 4).join(", ");
  return `it is for another name (${visible(listed).slice(0, 200)})`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
