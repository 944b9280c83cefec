/**
 * The names in one folder in the order of listings, a bounded number at a time.
 *
 * @module
 */
import { compareKeys } from "../key.ts";

/** At most this many names of a folder are held; a longer one is read again for the next ones. */
const WINDOW = 65_536;

/** Names of a folder in order; those of sub-folders end with `/`, which decides their place. */
export interface Names {
  readonly names: readonly string[];
  /** Whether there are more behind the last one. */
  readonly more: boolean;
}

/**
 * The first names in `path` that `wanted` takes; none when the folder is gone or is no folder.
 * Links, pipes and the like are no names.
 */
export async function readNames(
  path: string,
  wanted: (name: string) => boolean,
  window: number = WINDOW,
): Promise<Names> {
  let names: string[] = [];
  let more = false;
  try {
    for await (const { name, isFile, isDirectory } of Deno.readDir(path)) {
      if (!isFile && !isDirectory) continue;
      const full = isDirectory ? `${name}/` : name;
      if (!wanted(full)) continue;
      names.push(full);
      if (names.length < 2 * window) continue;
      names = names.sort(compareKeys).slice(0, window);
      more = true;
    }
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!isGone) throw error;
  }
  names.sort(compareKeys);
  return { names: names.slice(0, window), more: more || names.length > window };
}
