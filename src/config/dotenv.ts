/**
 * `.env` files: `NAME=value` lines, `#` comments, `export` in front, single quotes (as they stand),
 * double quotes (with `\n`, `\r`, `\t`, `\"`, `\\`), values in quotes over several lines.
 *
 * @module
 */

/** One assignment; the line counts from 1. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[^])*)"|([^\r\n]*))/gm;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * The assignments in `text`; a name that stands twice has its last value. Lines that are none are
 * passed over, since such files are shared with other programs.
 */
export function parseDotenv(text: string): ReadonlyMap<string, Assignment> {
  const found = new Map<string, Assignment>();
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(ASSIGNMENT)) {
    line += count(text, counted, match.index);
    counted = match.index;
    const [, name = "", single, double, bare] = match;
    found.set(name, { name, value: single ?? unescaped(double) ?? unquoted(bare ?? ""), line });
  }
  return found;
}

/**
 * The lines, counted from 1, that begin with a name of `prefix` and assign nothing: `NAME: value`.
 * Whoever wrote them believes that they count.
 */
export function linesWithoutEffect(text: string, prefix: string): readonly number[] {
  const rest = text.replace(
    ASSIGNMENT,
    (assignment) => "\n".repeat(count(assignment, 0, Infinity)),
  );
  return rest.split("\n").flatMap((line, index) =>
    line.replace(/^\s*(?:export\s+)?/, "").startsWith(prefix) ? [index + 1] : []
  );
}

function unescaped(double: string | undefined): string | undefined {
  return double?.replace(/\\([^])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** A `#` after a space begins a comment. */
function unquoted(bare: string): string {
  return bare.replace(/(?:^|[ \t])#.*$/, "").trim();
}

function count(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) {
    lines++;
  }
  return lines;
}
