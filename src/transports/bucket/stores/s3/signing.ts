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
}

/** SHA-256 of nothing, in hexadecimal. */
const EMPTY = createHash("sha256").digest("hex");

/** SHA-256 of `content`. */
export function sha256(content: Uint8Array, encoding: "hex" | "base64"): string {
  return createHash("sha256").update(content).digest(encoding);
}

/**
 * Signs `request`. The body's hash is signed too, so the store refuses a body that was changed on
 * its way.
 *
 * @param now milliseconds since the epoch, as the store counts them
 */
export async function signed(
  request: Unsigned,
  credentials: Credentials,
  region: string,
  now: number,
): Promise<HttpRequest> {
  const { method, url, body } = request;
  const hash = body === undefined ? EMPTY : sha256(body, "hex");
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...request.headers, "x-amz-content-sha256": hash },
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    service: "s3",
    region,
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
