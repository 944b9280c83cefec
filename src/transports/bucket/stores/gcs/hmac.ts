/**
 * V4 signatures of requests to the XML API with an HMAC key.
 *
 * @see https://cloud.google.com/storage/docs/authentication/signatures
 * @module
 */
import type { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { percentEncoded } from "../http/encoding.ts";

/** An HMAC key of a service account or a user. */
export interface HmacKey {
  readonly accessId: string;
  readonly secret: string;
}

/** A request as it will be sent; every name of `headers` in lower case. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const ALGORITHM = "GOOG4-HMAC-SHA256";
/** No request of ours is for one region. */
const REGION = "auto";

/**
 * `headers` with date, body hash and `authorization`. Everything of Google's own is signed, as the
 * service demands, and nothing else but the host: proxies may touch the rest.
 *
 * @param now milliseconds since the epoch, by the store's clock
 */
export function signedHeaders(
  { method, url, headers, body }: SignableRequest,
  key: HmacKey,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const complete: Record<string, string> = {
    ...headers,
    "x-goog-date": time,
    "x-goog-content-sha256": sha256(body ?? ""),
  };
  const signed = Object.entries({ ...complete, host: url.host })
    .filter(([name]) => name === "host" || name.startsWith("x-goog-"))
    .sort(([a], [b]) => a < b ? -1 : 1);
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    complete["x-goog-content-sha256"],
  ].join("\n");
  const day = time.slice(0, 8);
  const scope = `${day}/${REGION}/storage/goog4_request`;
  const toSign = [ALGORITHM, time, scope, sha256(canonical)].join("\n");
  const signature = hmac(signingKey(key.secret, day), toSign).toString("hex");
  const authorization =
    `${ALGORITHM} Credential=${key.accessId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...complete, authorization };
}

function signingKey(secret: string, day: string): Uint8Array {
  return [REGION, "storage", "goog4_request"].reduce<Uint8Array>(
    (key, part) => hmac(key, part),
    hmac(`GOOG4${secret}`, day),
  );
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`)
    .sort().join("&");
}

function hmac(key: Uint8Array | string, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
