/**
 * What is seen of the line being written: one row, of which a part is shown when it is too long.
 *
 * @module
 */
import { graphemes, printable, truncated, width } from "../../text.ts";

/** One row and where its cursor stands. */
export interface Row {
  readonly text: string;
  /** Columns before the cursor. */
  readonly column: number;
}

/** How a line end and a tab within the text are shown. */
const LINE_END = "\u23ce";
const TAB = "\u2192";
/** Stands where text goes on beyond the row. */
const MORE = "\u2026";
/** What has no shape. */
const SHAPELESS = "\ufffd";

interface Cell {
  readonly shown: string;
  readonly columns: number;
}

/**
 * The row for `text` with the cursor at `cursor` (UTF-16 units), `label` in front.
 *
 * @param columns of the terminal. The last one stays free, so that no terminal wraps the row.
 */
export function promptRow(label: string, text: string, cursor: number, columns: number): Row {
  const most = Math.max(4, columns - 1);
  const head = width(label) + 8 > most ? truncated(label, Math.max(0, most - 8)) : label;
  const left = width(head);
  const cells = cellsOf(text);
  const at = cellsOf(text.slice(0, cursor)).length;
  const { from, to } = visibleCells(cells, at, most - left);
  const before = from > 0 ? MORE : "";
  const shown = cells.slice(from, to);
  const behind = to < cells.length ? MORE : "";
  return {
    text: head + before + shown.map((cell) => cell.shown).join("") + behind,
    column: left + before.length + columnsOf(cells.slice(from, at)),
  };
}

/** Which cells are shown: as many as fit, the cursor and what surrounds it among them. */
function visibleCells(
  cells: readonly Cell[],
  at: number,
  room: number,
): { from: number; to: number } {
  if (columnsOf(cells) < room) return { from: 0, to: cells.length };
  // Room for both ellipses and for the cursor behind the last character.
  const inner = Math.max(1, room - 3);
  let from = at;
  let used = 0;
  while (from > 0 && used + (cells[from - 1]?.columns ?? 0) <= inner * 0.75) {
    from -= 1;
    used += cells[from]?.columns ?? 0;
  }
  let to = at;
  while (to < cells.length && used + (cells[to]?.columns ?? 0) <= inner) {
    used += cells[to]?.columns ?? 0;
    to += 1;
  }
  while (from > 0 && used + (cells[from - 1]?.columns ?? 0) <= inner) {
    from -= 1;
    used += cells[from]?.columns ?? 0;
  }
  return { from, to };
}

function cellsOf(text: string): Cell[] {
  return Array.from(graphemes(text), ({ text: segment }) => {
    const shown = shapeOf(segment);
    return { shown, columns: width(shown) };
  });
}

function shapeOf(segment: string): string {
  if (segment === "\n") return LINE_END;
  if (segment === "\t") return TAB;
  const safe = printable(segment);
  return width(safe) === 0 ? SHAPELESS : safe;
}

function columnsOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { columns }) => sum + columns, 0);
}
