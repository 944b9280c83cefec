/**
 * The bucket that a setting names.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { openFolder } from "../transports/bucket/stores/local/open.ts";
import type { Bucket, BucketAbilities } from "../transports/bucket/stores/contract.ts";

/** What opening a bucket takes from outside. */
export interface BucketSurroundings {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A bucket and what it can do. */
export interface OpenedBucket {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
}

/**
 * Opens the bucket at `url` and finds out what it can do.
 *
 * @throws {UsageError} for a URL that no store takes
 * @throws {BucketError}
 */
export async function openBucket(
  url: string,
  { clock, random }: BucketSurroundings,
): Promise<OpenedBucket> {
  const uuid = () => crypto.randomUUID();
  const bucket = await openFolder(folderOf(url), { clock, random, uuid });
  return { bucket, abilities: { putIfAbsent: true, putIfMatch: true, delete: true } };
}

function folderOf(url: string): string {
  if (url.startsWith("file://")) return fileURLToPath(url);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    throw new UsageError("usage/bucket", "Cannot use the bucket: only folders can be used yet");
  }
  return url;
}
