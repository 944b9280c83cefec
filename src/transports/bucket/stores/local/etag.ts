/**
 * The etag of a file. Small ones, which are those that are overwritten and compared, are named by
 * their content: right on every file system, also where times are seconds and inodes made up. For
 * large ones that would mean to read gigabytes for a listing; they are named by inode, time and
 * length, and whoever overwrites sees to it that the time moves on.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Up to this many bytes the content counts. */
export const SMALL = 64 * 1024;

/** The etag of a small content. */
export function contentEtag(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}

/** The etag of a large file. */
export function statEtag({ ino, mtime, size }: Deno.FileInfo): string {
  return `${(ino ?? 0).toString(36)}-${(mtime?.getTime() ?? 0).toString(36)}-${size.toString(36)}`;
}

/** An open file, as it was when it was looked at. */
export interface Looked {
  readonly size: number;
  readonly etag: string;
  /** The whole content of a small file. */
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** Looks at an open file; its position is somewhere afterwards. */
export async function look(file: Deno.FsFile): Promise<Looked> {
  const info = await file.stat();
  if (info.size > SMALL) return { size: info.size, etag: statEtag(info) };
  const buffer = new Uint8Array(info.size);
  let at = 0;
  for (let read = 1; read > 0 && at < buffer.length; at += read) {
    read = await file.read(buffer.subarray(at)) ?? 0;
  }
  const content = buffer.subarray(0, at);
  return { size: at, etag: contentEtag(content), content };
}
