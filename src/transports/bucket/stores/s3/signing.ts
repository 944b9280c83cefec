/**
 * Requests to S3, signed with Signature Version 4.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import type { HttpRequest } from "../http/exchange.ts";
import type { Credentials } from "./credentials/contract.ts";

/** A request before it is signed. */
export interface Unsigned {
  readonly method: HttpRequest["method"];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** That of the body, in hexadecimal, where it is known already. */
  readonly sha256?: string;
}

/** SHA-256 of nothing, in hexadecimal. */
const EMPTY = createHash("sha256").digest("hex");

/** SHA-256 of `content`, in hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Keys that signatures are made with: for a day, a region and a secret, so there are few. */
export class SigningKeys {
  readonly #keys = new Map<string, ArrayBuffer>();

  /** As the signer wants them. */
  get cache(): Map<string, ArrayBuffer> {
    if (this.#keys.size > 8) this.#keys.clear();
    return this.#keys;
  }
}

/** Whose signature, for where and when. */
export interface Signature {
  readonly credentials: Credentials;
  readonly region: string;
  /** Milliseconds since the epoch, as the store counts them. */
  readonly now: number;
  readonly keys: SigningKeys;
}

/**
 * Signs `request`. The body's hash is signed too, so the store refuses a body that was changed on
 * its way.
 */
export async function signed(
  request: Unsigned,
  { credentials, region, now, keys }: Signature,
): Promise<HttpRequest> {
  const { method, url, body } = request;
  const hash = body === undefined ? EMPTY : request.sha256 ?? sha256(body);
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...request.headers, "x-amz-content-sha256": hash },
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    service: "s3",
    region,
    cache: keys.cache,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  const { headers } = await signer.sign();
  return {
    method,
    url,
    // Not signed, since proxies rewrite it. A body that was compressed on its way has no length.
    headers: { ...Object.fromEntries(headers), "accept-encoding": "identity" },
    ...(body === undefined ? {} : { body }),
  };
}
