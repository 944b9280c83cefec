/**
 * What the file system of a bucket's folder can do, found out by doing it in the bucket's own
 * corner.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { BucketError } from "../errors.ts";
import { errorCode } from "./faults.ts";
import { type Creation, type Link, NO_LINKS } from "./publish.ts";
import type { Staging } from "./staging.ts";

/** What was found. */
export interface FolderTraits {
  readonly creation: Creation;
  /** Whether writers can lock each other out, so that replacing by comparison is safe. */
  readonly locks: boolean;
}

/**
 * Inspects the file system.
 *
 * @throws {BucketError} `bucket/unsupported` when it takes different names for the same
 */
export async function inspectFolder(staging: Staging, link: Link): Promise<FolderTraits> {
  await using staged = await staging.write(new TextEncoder().encode("probe"));
  await checkNames(staged.path);
  const locks = await canLock(staged.path);
  if (await canLink(staging, staged.path, link)) return { creation: { kind: "link", link }, locks };
  return { creation: { kind: "exclusive", leftovers: locks ? "taken" : "kept" }, locks };
}

/** Keys that differ in case, or in how an accent is written, are different keys. */
async function checkNames(path: string): Promise<void> {
  const lower = `${path}-caf\u00e9`;
  await Deno.writeFile(lower, new Uint8Array());
  try {
    for (const other of [`${path}-CAF\u00c9`, `${path}-cafe\u0301`]) {
      if (!await Deno.lstat(other).then(() => true, () => false)) continue;
      throw new BucketError(
        "bucket/unsupported",
        `Cannot use ${
          bucketOf(path)
        } as a bucket: its file system takes different names for the same`,
        { hint: "Choose a folder on a file system that is case-sensitive" },
      );
    }
  } finally {
    await Deno.remove(lower);
  }
}

async function canLink(staging: Staging, path: string, link: Link): Promise<boolean> {
  const other = staging.name();
  try {
    await link(path, other);
  } catch (error) {
    if (NO_LINKS.has(errorCode(error)) || error instanceof Deno.errors.NotSupported) return false;
    throw error;
  }
  await Deno.remove(other);
  return true;
}

async function canLock(path: string): Promise<boolean> {
  using one = await Deno.open(path, { read: true, write: true });
  using other = await Deno.open(path, { read: true, write: true });
  try {
    return await one.tryLock(true) && !await other.tryLock(true);
  } catch {
    return false;
  }
}

function bucketOf(path: string): string {
  return join(dirname(path), "..", "..");
}
