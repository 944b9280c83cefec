/**
 * What is being written, over as many rows as it takes, up to a bound.
 *
 * @module
 */
import { graphemes, printable, width } from "../../../../text.ts";
import type { Row } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import { wrap } from "../paint/wrap.ts";

/** Rows, and where the cursor stands in them. */
export interface InputRows {
  readonly rows: readonly Row[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** What stands before the text; safe to show. */
export interface InputState {
  readonly label: string;
  readonly text: string;
  /** UTF-16 units before the cursor. */
  readonly cursor: number;
}

/** @param most rows; the cursor's is among those shown */
export function inputRows(
  { label, text, cursor }: InputState,
  columns: number,
  most: number,
  theme: Theme,
): InputRows {
  const head = label;
  const indent = width(head);
  const room = Math.max(4, columns - indent - 1);
  // One character for each unit: the cursor's place holds in what is shown.
  const shown = shapes(text);
  const pieces = wrap(shown, room);
  let at = pieces.findLastIndex(({ from }) => from <= cursor);
  if (at < 0) at = 0;
  const piece = pieces[at] ?? { from: 0, to: 0 };
  const before = shown.slice(piece.from, Math.min(cursor, piece.to));
  const behind = Math.max(0, cursor - piece.to);
  const column = Math.min(indent + width(before) + behind, columns - 1);
  const first = Math.max(0, Math.min(at - most + 1, pieces.length - most));
  const rows = pieces.slice(first, first + most).map(({ from, to }, index): Row => [
    { text: index + first === 0 ? head : " ".repeat(indent), style: theme.bold },
    { text: shown.slice(from, to), style: "" },
  ]);
  return { rows, cursor: { row: at - first, column } };
}

/** Tabs and what has no shape of its own as something that has, of the same length. */
function shapes(text: string): string {
  let shown = "";
  for (const { text: one } of graphemes(text)) {
    if (one === "\n") shown += one;
    else if (one === "\t") shown += "\u2192";
    else {shown += printable(one).length === one.length && width(one) > 0
        ? one
        : "\ufffd".repeat(one.length);}
  }
  return shown;
}
