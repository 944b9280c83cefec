/**
 * Text for people: paragraphs, tables, colours.
 *
 * @module
 */
import { width } from "../text.ts";
import type { Output } from "./io.ts";

/** Widest text, in columns: longer lines are hard to read. */
const WIDEST = 100;
/** What is assumed when nobody knows. */
const USUAL = 80;

/** The width to wrap to on `output`. */
export function columnsOf(output: Output): number {
  return Math.max(40, Math.min(output.columns ?? USUAL, WIDEST));
}

/** `text` wrapped at spaces to `columns`, every line indented; blank lines part paragraphs. */
export function wrapped(text: string, columns: number, indent = 0): string {
  const margin = " ".repeat(indent);
  return text.split(/\n{2,}/).map((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((part) => part !== "")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && width(longer) > columns - indent) {
        lines.push(margin + line);
        line = word;
      } else line = longer;
    }
    return [...lines, margin + line].join("\n");
  }).join("\n\n");
}

/**
 * Rows in columns as wide as their widest cell, two spaces between. The cells have to be visible
 * text already. Columns in `right` are aligned to the right; the last column is not padded.
 */
export function table(
  rows: readonly (readonly string[])[],
  options: { readonly right?: readonly number[] } = {},
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, width(cell)));
  }
  return rows.map((row) =>
    row.map((cell, at) => {
      const space = " ".repeat((widths[at] ?? 0) - width(cell));
      if (options.right?.includes(at)) return space + cell;
      return at === row.length - 1 ? cell : cell + space;
    }).join("  ").trimEnd() + "\n"
  ).join("");
}

/**
 * Terms and what they mean, side by side; the meanings are wrapped to `columns` and aligned. Where
 * too little room would be left they stand below their terms.
 */
export function definitions(
  rows: readonly (readonly [term: string, meaning: string])[],
  columns: number,
): string {
  const terms = Math.max(0, ...rows.map(([term]) => width(term)));
  const left = 2 + terms + 2;
  const below = columns - left < 24;
  return rows.map(([term, meaning]) => {
    if (below) return `  ${term}\n${wrapped(meaning, columns, 6)}\n`;
    const text = wrapped(meaning, columns, left).trimStart();
    return `  ${term}${" ".repeat(terms - width(term))}  ${text}`.trimEnd() + "\n";
  }).join("");
}

/** SGR styles (ECMA-48); each gives its text back plain where colour is not wanted. */
export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

/**
 * Whether text on `output` may have colours: only on a terminal, and not when `NO_COLOR`
 * (no-color.org) is set or `TERM` is `dumb`.
 */
export function wantsColour(
  output: Output,
  environment: Readonly<Record<string, string>>,
): boolean {
  return output.isTerminal && (environment["NO_COLOR"] ?? "") === "" &&
    environment["TERM"] !== "dumb";
}

/** Styles for `output`; plain where colour is not wanted. */
export function stylesOf(
  output: Output,
  environment: Readonly<Record<string, string>>,
): Styles {
  const coloured = wantsColour(output, environment);
  const style = (on: number, off: number) => (text: string) =>
    coloured ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    yellow: style(33, 39),
    green: style(32, 39),
  };
}
