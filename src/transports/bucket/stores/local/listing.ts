/**
 * Listing a folder as a bucket: keys in the order of their bytes, read folder by folder as far as
 * a page needs.
 *
 * @module
 */
import { join } from "node:path";
import type { ListOptions } from "../contract.ts";
import { compareKeys } from "../key.ts";
import { type Names, readNames } from "./names.ts";
import type { Places } from "./places.ts";

/** What a listing goes by; `after` is the later one of `startAfter` and what the cursor says. */
export interface Walk {
  readonly prefix: string;
  readonly after: string;
  /** A folder that has been told of, or walked, as a whole. */
  readonly skip?: string;
  readonly depth: "all" | "folder";
  readonly signal: AbortSignal;
}

/** The walk of a page. A cursor is the last entry of the page before. */
export function walkOf(options: ListOptions, signal: AbortSignal): Walk {
  const { prefix, startAfter = "", cursor = "", depth = "all" } = options;
  const after = compareKeys(startAfter, cursor) > 0 ? startAfter : cursor;
  return { prefix, after, depth, signal, ...skipOf(cursor) };
}

function skipOf(entry: string): { readonly skip?: string } {
  return entry.endsWith("/") ? { skip: entry } : {};
}

/** Reading a folder with fewer names again costs less than it is worth. */
const WORTH_KEEPING = 2_000;

/** Names of large folders, kept from one page of a listing to the next. */
export class NameWindows {
  readonly #window: number | undefined;
  #last: { readonly folder: string; readonly after: string; readonly names: Names } | undefined;

  /** @param window names of one folder that are held at once; some ten thousand when absent */
  constructor(window?: number) {
    this.#window = window;
  }

  /** Forgets all: a new listing begins, which has to see what is there now. */
  clear(): void {
    this.#last = undefined;
  }

  async names(path: string, folder: string, walk: Walk): Promise<Names> {
    const last = this.#last;
    if (
      last?.folder === folder && compareKeys(last.after, walk.after) <= 0 &&
      compareKeys(folder + (last.names.names.at(-1) ?? ""), walk.after) > 0
    ) return last.names;
    const names = await readNames(path, (name) => isWanted(folder + name, walk), this.#window);
    if (names.more || names.names.length > WORTH_KEEPING) {
      this.#last = { folder, after: walk.after, names };
    }
    return names;
  }
}

/** Objects and, for `depth: "folder"`, folders (with a trailing `/`) in order. */
export async function* walk(
  places: Places,
  windows: NameWindows,
  options: Walk,
  folder = "",
): AsyncGenerator<string> {
  for (let at = options;;) {
    const { names, more } = await windows.names(join(places.root, folder), folder, at);
    let last = at.after;
    for (const name of names) {
      at.signal.throwIfAborted();
      const key = folder + name;
      last = key;
      if (!isWanted(key, at) || !places.isKey(key.replace(/\/$/, ""))) continue;
      if (!key.endsWith("/")) yield key;
      else if (!isFolded(key, at)) yield* walk(places, windows, at, key);
      else if (await holdsAny(places, at, key)) yield key;
    }
    if (!more) return;
    at = { ...at, after: last, ...skipOf(last) };
  }
}

/** Whether `key`, or any key in it when it is a folder, is asked for. */
function isWanted(key: string, { prefix, after, skip }: Walk): boolean {
  if (!key.endsWith("/")) return key.startsWith(prefix) && compareKeys(key, after) > 0;
  if (!key.startsWith(prefix) && !prefix.startsWith(key)) return false;
  if (key === skip) return false;
  return after.startsWith(key) || compareKeys(key, after) > 0;
}

function isFolded(key: string, { prefix, depth }: Walk): boolean {
  return depth === "folder" && key.startsWith(prefix) && key !== prefix;
}

/** Whether a folder has an object that is asked for: an empty one is none in a bucket. */
async function holdsAny(places: Places, options: Walk, folder: string): Promise<boolean> {
  const inside = walk(places, new NameWindows(), { ...options, depth: "all" }, folder);
  const { done } = await inside.next();
  await inside.return(undefined);
  return done !== true;
}
