/** Tokens built by hand, byte for byte: what an attacker would send. */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

/** base64url without padding of UTF-8, or of JSON when it is not text or bytes. */
export function part(value: unknown): string {
  const bytes = value instanceof Uint8Array || typeof value === "string"
    ? value
    : JSON.stringify(value);
  return Buffer.from(bytes as string).toString("base64url");
}

export interface Forgery {
  readonly header?: unknown;
  readonly claims?: unknown;
  readonly secret?: string | Uint8Array;
  /** Digest of the HMAC; sha256 unless told. */
  readonly digest?: string;
}

/** An HMAC-signed token, by default an HS256 one. */
export function forge({ header, claims, secret = "", digest = "sha256" }: Forgery): string {
  const signed = `${part(header ?? { alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac(digest, secret).update(signed).digest("base64url")}`;
}
