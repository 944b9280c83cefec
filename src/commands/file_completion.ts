/**
 * Names of files that a path may go on with, for Tab behind `/file`.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { printable } from "../text.ts";
import { atHome } from "./home_path.ts";
import type { Io } from "./io.ts";

/** Entries of a folder that are looked at, and words that are offered. */
const ENTRIES_MOST = 20_000;
const WORDS_MOST = 500;

/**
 * The paths that begin as `typed` does, by name; folders end in a slash. A beginning `~/` is the
 * home folder, and written out. Hidden names are offered to who has typed their dot, names that
 * cannot be shown as they are to nobody. Empty when the folder cannot be read.
 */
export function pathsLike(
  typed: string,
  { cwd, environment }: Pick<Io, "cwd" | "environment">,
): readonly string[] {
  const path = atHome(typed, environment["HOME"]);
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  const begin = path.slice(head.length);
  const folder = isAbsolute(head) ? head : join(cwd, head);
  const words: string[] = [];
  let looked = 0;
  try {
    for (const entry of Deno.readDirSync(folder)) {
      if ((looked += 1) > ENTRIES_MOST) break;
      const { name } = entry;
      const isHidden = name.startsWith(".") && !begin.startsWith(".");
      if (!name.startsWith(begin) || isHidden || printable(name) !== name) continue;
      words.push(`${head}${name}${endOf(folder, entry)}`);
    }
  } catch {
    // No folder, or not ours: there is nothing to offer.
  }
  return words.sort().slice(0, WORDS_MOST);
}

function endOf(folder: string, { name, isDirectory, isSymlink }: Deno.DirEntry): "/" | "" {
  if (isDirectory) return "/";
  if (!isSymlink) return "";
  try {
    return Deno.statSync(join(folder, name)).isDirectory ? "/" : "";
  } catch {
    return "";
  }
}
