/**
 * Reading the small files that settings come from.
 *
 * @module
 */

/** A settings file, a `.env` or a secret is smaller than this many bytes. */
const LARGEST = 1024 * 1024;

/** What became of reading a file; `why` continues `Cannot read x: `. */
export type Content =
  | { readonly state: "read"; readonly text: string }
  | { readonly state: "absent" }
  /** The program runs without the permission to read it. */
  | { readonly state: "not allowed"; readonly why: string }
  | { readonly state: "unreadable"; readonly why: string };

/** The text of `path`, UTF-8, without a byte order mark, at most 1 MiB. Never throws. */
export async function readSmallText(path: string): Promise<Content> {
  let bytes: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST) return { state: "unreadable", why: "it is larger than 1 MiB" };
    bytes = await Deno.readFile(path);
  } catch (error) {
    return failure(error);
  }
  try {
    return { state: "read", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { state: "unreadable", why: "it is not UTF-8" };
  }
}

function failure(error: unknown): Content {
  if (error instanceof Deno.errors.NotFound) return { state: "absent" };
  if (error instanceof Deno.errors.NotADirectory) return { state: "absent" };
  if (error instanceof Deno.errors.NotCapable) {
    return { state: "not allowed", why: "the program runs without --allow-read for it" };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { state: "unreadable", why: "permission denied" };
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return { state: "unreadable", why: "it is a folder" };
  }
  return { state: "unreadable", why: error instanceof Error ? error.name : "unknown error" };
}

/**
 * Whether everybody on this machine may put files into `folder` (such as `/tmp`): settings found
 * there by chance may be somebody else's.
 */
export async function isUnsafeFolder(folder: string): Promise<boolean> {
  try {
    const { mode } = await Deno.stat(folder);
    return mode !== null && (mode & 0o002) !== 0;
  } catch (error) {
    // Whoever allows a file of it by name and nothing else means that file.
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}
