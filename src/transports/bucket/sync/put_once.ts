/**
 * Stores objects that must never be overwritten: what has their name already is compared.
 *
 * @module
 */
import type { Bucket, BucketAbilities, CallOptions } from "../stores/contract.ts";
import { OBJECT_BYTES } from "../verification/contract.ts";
import { readJudged, sameBytes } from "./reading.ts";

/** Where it is stored. */
export interface PutOnceOptions {
  readonly bucket: Bucket;
  readonly abilities: Pick<BucketAbilities, "putIfAbsent">;
}

/** One object under a name that stands for its bytes. */
export interface NamedContent {
  readonly key: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Stores an object unless it is there.
 *
 * @returns `conflict` when other bytes have the name
 * @throws {BucketError}
 */
export async function putOnce(
  { bucket, abilities }: PutOnceOptions,
  { key, bytes }: NamedContent,
  signal: AbortSignal,
): Promise<"stored" | "conflict"> {
  const content = { key, bytes };
  if (abilities.putIfAbsent) {
    const condition = { kind: "absent" } as const;
    const { outcome } = await bucket.put(key, bytes, { signal, condition });
    if (outcome === "stored") return "stored";
    const there = await compare(bucket, content, { signal });
    if (there !== "gone") return there;
    // Refused and not there: somebody removes things. The next push tries again.
  } else {
    // Only we write this name, so nobody comes between the look and the writing.
    const there = await compare(bucket, content, { signal });
    if (there !== "gone") return there;
  }
  await bucket.put(key, bytes, { signal });
  return "stored";
}

async function compare(
  bucket: Bucket,
  { key, bytes }: NamedContent,
  options: CallOptions,
): Promise<"stored" | "conflict" | "gone"> {
  const same = (found: Uint8Array) => sameBytes(found, bytes) ? true : undefined;
  const found = await readJudged(bucket, key, OBJECT_BYTES, options, same);
  if (found === undefined || found === "unchanged") return "gone";
  return found.value === true ? "stored" : "conflict";
}
