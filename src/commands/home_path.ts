/**
 * `~` in paths that somebody types where no shell looks at them.
 *
 * @module
 */
import { isAbsolute } from "node:path";

/**
 * The path with `~` at its beginning written out, alone or before a slash; any other as it is, also
 * `~somebody` and where nobody knows the home folder.
 */
export function atHome(path: string, home: string | undefined): string {
  if (home === undefined || !isAbsolute(home) || !/^~(?:\/|$)/.test(path)) return path;
  return `${home.replace(/\/$/, "")}/${path.slice(2)}`;
}
