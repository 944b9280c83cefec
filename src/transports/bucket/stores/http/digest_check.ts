/**
 * Checksums of bodies by the digests of `node:crypto`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { BodyCheck } from "../body.ts";

/** Base64 of the MD5 of `content`: a `Content-MD5` (RFC 1864). Guards against accidents only. */
export function md5Of(content: Uint8Array): string {
  return createHash("md5").update(content).digest("base64");
}

/** Compares with a `Content-MD5`; undefined when there is none. */
export function md5Check(wanted: string | null): BodyCheck | undefined {
  if (wanted === null || wanted === "") return undefined;
  const hash = createHash("md5");
  return {
    update: (bytes) => void hash.update(bytes),
    fault: () => hash.digest("base64") === wanted ? undefined : "its MD5 is not the announced one",
  };
}
