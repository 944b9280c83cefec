/**
 * Opening a folder as a bucket.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { BucketError } from "../errors.ts";
import { PATIENCE, type Patience } from "../patience.ts";
import { FolderBucket } from "./bucket.ts";
import { errorCode, withFaults } from "./faults.ts";
import { inspectFolder } from "./inspect.ts";
import type { Link } from "./publish.ts";
import { Staging } from "./staging.ts";

/** What a folder's bucket takes from outside. */
export interface FolderOptions {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  /** Names of files that are being written. */
  readonly uuid: () => string;
  readonly patience?: Patience;
  /** link(2); the system's when absent. */
  readonly link?: Link;
}

/**
 * Opens the folder at `path` as a bucket; makes it, for its owner alone, when its parent is there.
 *
 * @throws {BucketError} `bucket/missing`, `bucket/forbidden`, `bucket/full`; `bucket/unsupported`
 *   for a file system that does not tell names apart
 */
export async function openFolder(path: string, options: FolderOptions): Promise<FolderBucket> {
  const { clock, random, uuid, patience = PATIENCE, link = Deno.link } = options;
  return await withFaults(`use ${path} as a bucket`, async () => {
    await makeRoot(path);
    const root = await Deno.realPath(path);
    if (!(await Deno.stat(root)).isDirectory) {
      throw new BucketError("bucket/missing", `Cannot use ${path} as a bucket: it is no folder`);
    }
    const staging = await Staging.open(root, uuid);
    const traits = await inspectFolder(staging, link);
    return new FolderBucket({ root, staging, traits, clock, random, patience });
  });
}

async function makeRoot(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    if (errorCode(error) !== "ENOENT") throw error;
    throw new BucketError(
      "bucket/missing",
      `Cannot use ${path} as a bucket: the folder that it lies in is not there`,
      { hint: "Make that folder first; if it is on another disk, is the disk mounted?" },
    );
  }
}
