/**
 * The message files of a bucket, by listing.
 *
 * @module
 */
import type { Bucket } from "../stores/contract.ts";
import { type FileKey, parseFileKey, ROOMS } from "./names.ts";

/** A message file as a listing shows it. */
export interface ListedFile extends FileKey {
  /** Bytes. */
  readonly size: number;
}

/** Which part of a bucket is listed. */
export interface ListingRange {
  /** Default: every room. */
  readonly prefix?: string;
  /** Only keys after this one. */
  readonly startAfter?: string;
}

/**
 * Message files in the order of their keys: room by room, day by day. Other objects are left out.
 *
 * @throws {BucketError}
 */
export async function* listFiles(
  bucket: Bucket,
  { prefix = ROOMS, startAfter }: ListingRange,
  signal: AbortSignal,
): AsyncGenerator<ListedFile, void> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix,
      signal,
      ...(startAfter === undefined ? {} : { startAfter }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key, size } of page.objects) {
      const file = parseFileKey(key);
      if (file !== undefined) yield { ...file, size };
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Few files, by one request. @throws {BucketError} */
export async function listSome(
  bucket: Bucket,
  prefix: string,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<ListedFile[]> {
  const { objects } = await bucket.list({ prefix, limit, signal });
  return objects.flatMap(({ key, size }) => {
    const file = parseFileKey(key);
    return file === undefined ? [] : [{ ...file, size }];
  });
}

/** Files of one folder together; a listing has them next to each other. */
export async function* byFolder(
  files: AsyncIterable<ListedFile>,
): AsyncGenerator<readonly ListedFile[], void> {
  let folder: ListedFile[] = [];
  for await (const file of files) {
    if (folder.length > 0 && folder[0]?.folder !== file.folder) {
      yield folder;
      folder = [];
    }
    folder.push(file);
  }
  if (folder.length > 0) yield folder;
}
