/**
 * Etags of S3 and what they say about an object's content.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { BodyCheck } from "../body.ts";

/** The etag without quotes; empty when there is none. */
export function bareEtag(header: string | null | undefined): string {
  return (header ?? "").replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

/** The MD5 of `content`, as an etag has it. */
export function md5(content: Uint8Array): string {
  return createHash("md5").update(content).digest("hex");
}

/**
 * What checks a whole body by its answer's head: the SHA-256 that the writer gave, else the MD5 in
 * the etag where this store's etags are that; undefined when neither is known.
 */
export function checkOf(headers: Headers, etags: "md5" | "opaque"): BodyCheck | undefined {
  const sha256 = headers.get("x-amz-checksum-sha256");
  // With a dash it is the checksum of the checksums of parts.
  if (sha256 !== null && !sha256.includes("-")) return hashing("sha256", "base64", sha256);
  const etag = bareEtag(headers.get("etag"));
  // Encrypted with a key of one's own, an object has an etag that says nothing.
  const isEncrypted = /kms/.test(headers.get("x-amz-server-side-encryption") ?? "") ||
    headers.has("x-amz-server-side-encryption-customer-algorithm");
  if (etags === "opaque" || isEncrypted || !/^[0-9a-f]{32}$/.test(etag)) return undefined;
  return hashing("md5", "hex", etag);
}

function hashing(algorithm: string, encoding: "base64" | "hex", expected: string): BodyCheck {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    fault: () =>
      hash.digest(encoding) === expected ? undefined : "its checksum is not that of what came",
  };
}
