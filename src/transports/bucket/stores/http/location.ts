/**
 * Parts of the URLs that buckets are opened with.
 *
 * @module
 */
import type { UsageError } from "../../../../errors.ts";
import { visible } from "../../../../text.ts";

/** Makes the error of a URL; `state` completes "Cannot use ...: ". */
export type Unusable = (state: string) => UsageError;

/**
 * The parameters behind the question mark, each at most once.
 *
 * @throws {UsageError} for one that is not among `known`, which could be a misspelt one
 */
export function readParameters(
  { searchParams }: URL,
  known: readonly string[],
  unusable: Unusable,
): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of searchParams) {
    const shown = visible(name).slice(0, 50);
    if (!known.includes(name)) throw unusable(`it has the unknown parameter ${shown}`);
    if (parameters.has(name)) throw unusable(`it has ${shown} twice`);
    parameters.set(name, value);
  }
  return parameters;
}

/** The path without slashes at its ends, decoded. @throws {UsageError} when it is not UTF-8 */
export function pathOf({ pathname }: URL, unusable: Unusable): string {
  try {
    return decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "");
  } catch {
    throw unusable("its path is not valid UTF-8");
  }
}
