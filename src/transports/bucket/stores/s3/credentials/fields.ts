/**
 * Credentials as Amazon's services hand them out in JSON.
 *
 * @module
 */
import { BucketError } from "../../errors.ts";
import type { Credentials } from "./contract.ts";

/**
 * Reads `{AccessKeyId, SecretAccessKey, Token, Expiration}`.
 *
 * @throws {BucketError} `bucket/credentials`, without any of the text
 */
export function readCredentials(source: string, bytes: Uint8Array): Credentials {
  const fields = parsed(bytes);
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: end } = fields;
  if (!isToken(id) || !isToken(secret)) throw unusable(source);
  const expiresAt = typeof end === "string" ? Date.parse(end) : Number.NaN;
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(isToken(token) ? { sessionToken: token } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

/** What may stand in a header: visible ASCII, of a length that is no mistake. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,16384}$/.test(value);
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // The error would quote what it could not read.
  }
  return {};
}

function unusable(source: string): BucketError {
  return new BucketError(
    "bucket/credentials",
    `Cannot use the credentials from ${source}: they are not of the form that is documented`,
  );
}
