/**
 * TLS towards an XMPP server: the certificate is the domain's, whatever host was dialled.
 *
 * @module
 */
import { type PeerCertificate, TLSSocket } from "node:tls";
import { XmppError } from "../errors.ts";

/** How a server proves whose it is, and how the client does. */
export interface TlsSettings {
  /** Certificates (PEM) to trust besides the system's. */
  readonly ca?: string;
  /**
   * SHA-256 fingerprints of certificates, hexadecimal with or without colons. When there are any,
   * the server has to have the key of one of them, and nothing else about it is looked at.
   */
  readonly pins?: readonly string[];
  /** The client's own certificate and key (PEM), for logins with EXTERNAL. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Options for `tls.connect`. */
export function tlsOptions(
  domain: string,
  { ca, pins = [], certificate }: TlsSettings,
): Record<string, unknown> {
  return {
    servername: domain,
    // Said always: NODE_TLS_REJECT_UNAUTHORIZED=0 would turn the check off silently. With pins the
    // certificate itself is what is trusted; the handshake still proves possession of its key.
    rejectUnauthorized: pins.length === 0,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["xmpp-client"],
    ...(ca === undefined ? {} : { ca }),
    ...certificate,
  };
}

/**
 * Checks the certificate of a connection against the pins, before anything is said over it.
 *
 * @throws {XmppError} `xmpp/certificate`
 */
export function checkPins(socket: TLSSocket, { pins = [] }: TlsSettings): void {
  if (pins.length === 0) return;
  const { fingerprint256 = "" } = socket.getPeerCertificate();
  const shown = bareFingerprint(fingerprint256);
  if (shown !== "" && pins.some((pin) => bareFingerprint(pin) === shown)) return;
  throw new XmppError(
    "xmpp/certificate",
    "Cannot trust the server: its certificate is not the pinned one",
    { hint: `The server shows ${fingerprint256}. Ask its operator before you pin that.` },
  );
}

/** A fingerprint without colons, in lower case. */
function bareFingerprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

/** Data for channel binding of type tls-server-end-point (RFC 5929, 4.1), if there is any. */
export async function endPointBinding(socket: unknown): Promise<Uint8Array | undefined> {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { raw } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  if (raw === undefined) return undefined;
  const hash = signatureHash(new Uint8Array(raw));
  if (hash === undefined) return undefined;
  return new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array(raw)));
}

/** Object identifiers of signature algorithms, DER, by the hash that the binding takes. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  // md5, sha1 and sha256 with RSA; ecdsa with SHA-1 and SHA-256.
  ["06092a864886f70d010104", "SHA-256"],
  ["06092a864886f70d010105", "SHA-256"],
  ["06092a864886f70d01010b", "SHA-256"],
  ["06072a8648ce3d0401", "SHA-256"],
  ["06082a8648ce3d040302", "SHA-256"],
  // With SHA-384 and SHA-512.
  ["06092a864886f70d01010c", "SHA-384"],
  ["06082a8648ce3d040303", "SHA-384"],
  ["06092a864886f70d01010d", "SHA-512"],
  ["06082a8648ce3d040304", "SHA-512"],
];

/** The hash of a certificate's signature; undefined where RFC 5929 names none. */
function signatureHash(der: Uint8Array): string | undefined {
  // Certificate: SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OID ... } ... }
  const outer = contentOf(der, 0);
  if (outer === undefined) return undefined;
  const body = contentOf(der, outer.start);
  if (body === undefined) return undefined;
  const algorithm = contentOf(der, body.end);
  if (algorithm === undefined) return undefined;
  const hex = [...der.subarray(algorithm.start, algorithm.end)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return SIGNATURES.find(([oid]) => hex.startsWith(oid))?.[1];
}

/** Where the content of the DER element at `at` lies. */
function contentOf(der: Uint8Array, at: number): { start: number; end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  if (count < 1 || count > 3) return undefined;
  let length = 0;
  for (const byte of der.subarray(at + 2, at + 2 + count)) length = length * 256 + byte;
  return { start: at + 2 + count, end: at + 2 + count + length };
}
