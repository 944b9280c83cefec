/**
 * How one key is spelled where, and which known name somebody probably meant.
 *
 * @module
 */

/** What every environment name of a setting begins with. */
export const ENVIRONMENT_PREFIX = "CHATNODE_";

/** `maxFrame` to `max-frame`; without the two dashes. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxFrame` to `CHATNODE_MAX_FRAME`. */
export function environmentName(key: string): string {
  return ENVIRONMENT_PREFIX + flagName(key).replaceAll("-", "_").toUpperCase();
}

/**
 * The known name nearest to `wrong`, or undefined when none is near enough to be a slip of the
 * finger (about a third of its letters). Case, dashes and underscores do not count as differences.
 */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[-_]/g, "");
  const target = plain(wrong.slice(0, 64));
  let best: string | undefined;
  let least = Math.max(1, Math.floor(target.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(target, plain(name), least);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best ?? onlyBeginning(target, known, plain);
}

/** The one known name that begins with what was written, when it is the only one. */
function onlyBeginning(
  target: string,
  known: Iterable<string>,
  plain: (name: string) => string,
): string | undefined {
  if (target.length < 2) return undefined;
  const found = [...known].filter((name) => plain(name).startsWith(target));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
 * string alignment); stops counting at `bound`.
 */
export function editDistance(a: string, b: string, bound = Infinity): number {
  if (Math.abs(a.length - b.length) >= bound) return bound;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + same,
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return Math.min(previous[b.length] ?? 0, bound);
}
