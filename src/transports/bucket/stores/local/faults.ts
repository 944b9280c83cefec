/**
 * What the operating system says, as the errors of a bucket.
 *
 * @module
 */
import type { BucketErrorCode } from "../contract.ts";
import { BucketError } from "../errors.ts";

const FAULTS: Readonly<Record<string, readonly [BucketErrorCode, string, string?]>> = {
  ENOSPC: ["bucket/full", "no space is left", "Make room on that file system"],
  EDQUOT: ["bucket/full", "the disk quota is used up"],
  ENOENT: ["bucket/missing", "the folder is gone", "Is the disk or the share mounted?"],
  EACCES: ["bucket/forbidden", "permission is denied", "Check who owns the folder"],
  EPERM: ["bucket/forbidden", "the file system does not allow it"],
  EROFS: ["bucket/forbidden", "the file system is read-only"],
  ENAMETOOLONG: ["bucket/key", "a part of the key is too long for this file system"],
  EILSEQ: ["bucket/key", "the file system cannot hold this name"],
  EINVAL: ["bucket/key", "the file system cannot hold this name"],
  EISDIR: ["bucket/refused", "a folder has this name"],
  ENOTDIR: ["bucket/refused", "a file has the name of a folder on the way"],
  ENOTEMPTY: ["bucket/refused", "a folder has this name"],
  ELOOP: ["bucket/refused", "a symbolic link is on the way"],
  EIO: ["bucket/unavailable", "the disk fails"],
  ESTALE: ["bucket/unavailable", "the mounted folder has gone away"],
  ENOTCONN: ["bucket/unavailable", "the mounted folder is not connected"],
  ETIMEDOUT: ["bucket/unavailable", "the mounted folder does not answer"],
  EMFILE: ["bucket/unavailable", "too many files are open"],
};

/** The system's name of an error: `ENOSPC`; empty when it has none. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  if (error instanceof Deno.errors.AlreadyExists) return "EEXIST";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.NotADirectory) return "ENOTDIR";
  return "";
}

/** `error` as what a bucket throws; what is no error of the system stays as it is. */
export function folderFault(what: string, error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof BucketError || code === "") return error;
  const [kind, state, hint] = FAULTS[code] ?? ["bucket/refused", `the system says ${code}`];
  return new BucketError(kind, `Cannot ${what}: ${state}`, hint === undefined ? {} : { hint });
}

/** What `work` gives, its errors as those of a bucket. */
export async function withFaults<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw folderFault(what, error);
  }
}
