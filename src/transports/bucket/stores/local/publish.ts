/**
 * Giving a staged file its key: by link(2), which fails where something is, or by rename(2), which
 * replaces it.
 *
 * @module
 */
import { SMALL } from "./etag.ts";
import { errorCode } from "./faults.ts";
import type { Place } from "./places.ts";
import type { Staged } from "./staging.ts";

/** `link` as a dependency: not every mounted file system has it. */
export type Link = (from: string, to: string) => Promise<void>;

/** How a key is created where nothing may be. */
export type Creation =
  /** At once and whole, by link(2). */
  | { readonly kind: "link"; readonly link: Link }
  /**
   * In two steps, where there is no link(2): an empty file of that name is made exclusively, then
   * replaced by the content. A crash between the two leaves the empty one. Where writers hold the
   * lock, nobody else can be between the two, so the next writer of the key takes it over.
   */
  | { readonly kind: "exclusive"; readonly leftovers: "taken" | "kept" };

/** Codes by which a file system says that it has no links. */
export const NO_LINKS: ReadonlySet<string> = new Set([
  ...["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV", "EINVAL"],
]);

/**
 * Gives `staged` the name of `place`; not yet for good, see {@linkcode FolderSync}.
 *
 * @returns false when something has it
 */
export async function create(creation: Creation, staged: Staged, place: Place): Promise<boolean> {
  try {
    if (creation.kind === "link") await creation.link(staged.path, place.path);
    else await createExclusively(creation.leftovers, staged, place);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return false;
  }
}

async function createExclusively(
  leftovers: "taken" | "kept",
  staged: Staged,
  place: Place,
): Promise<void> {
  try {
    (await Deno.open(place.path, { write: true, createNew: true })).close();
  } catch (error) {
    const isLeftover = leftovers === "taken" && errorCode(error) === "EEXIST" &&
      staged.info.size > 0 &&
      await Deno.lstat(place.path).then(({ isFile, size }) => isFile && size === 0, () => false);
    if (!isLeftover) throw error;
  }
  await Deno.rename(staged.path, place.path);
}

/** Whether an etag tells the content of files of this size, or the file itself. */
export function isNamedByContent({ info }: Staged): boolean {
  return info.size <= SMALL;
}
