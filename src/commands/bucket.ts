/**
 * The bucket that a setting names.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Bucket, BucketAbilities } from "../transports/bucket/stores/contract.ts";
import { openBucket } from "../transports/bucket/stores/open.ts";
import { probeBucket } from "../transports/bucket/stores/probe.ts";
import { readSmallFile } from "../transports/bucket/stores/world.ts";

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
  /** Whether anything can be stored. */
  readonly writable: boolean;
  /** What it can do, for people. */
  readonly line: string;
}

/**
 * Opens the bucket at `url` and finds out what it can do.
 *
 * @throws {UsageError} `bucket/address` for a URL that no store takes, `bucket/insecure`
 * @throws {BucketError}
 */
export async function reachBucket(
  url: string,
  { clock, random, environment, cwd, signal }: BucketSurroundings,
): Promise<OpenedBucket> {
  const uuid = () => crypto.randomUUID();
  const surroundings = { clock, random, environment, cwd, uuid, readFile: readSmallFile, fetch };
  const bucket = await openBucket(url, surroundings);
  try {
    const { abilities, writable, line } = await probeBucket(bucket, uuid, { signal });
    return { bucket, abilities, writable, line };
  } catch (error) {
    await bucket[Symbol.asyncDispose]();
    throw error;
  }
}
