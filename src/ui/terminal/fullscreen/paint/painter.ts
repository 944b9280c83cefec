/**
 * Brings rows onto the terminal: what differs from what is there, and nothing else, in one write.
 *
 * @module
 */
import { graphemes } from "../../../../text.ts";
import type { Row, Style } from "./row.ts";

/** Where the cursor stands, from 0; absent from a frame, it is hidden. */
export interface Cursor {
  readonly row: number;
  readonly column: number;
}

/** Everything that the screen shows at a time. */
export interface Frame {
  readonly rows: readonly Row[];
  readonly columns: number;
  readonly cursor: Cursor | undefined;
}

interface Cell {
  readonly text: string;
  readonly columns: number;
  readonly style: Style;
}

/** A row as it is on the terminal. */
interface Painted {
  readonly key: string;
  readonly cells: readonly Cell[];
  /** Holds characters whose width terminals disagree about. */
  readonly isDoubtful: boolean;
}

/** Synchronized output: terminals that know it show a frame whole, others ignore it. */
const BEGIN = "\x1b[?2026h\x1b[?25l";
const END = "\x1b[?2026l";
const SHOW_CURSOR = "\x1b[?25h";
const SPACE: Cell = { text: " ", columns: 1, style: "" };
/** Nothing but our own sequences drives the terminal, whatever a row was given. */
// deno-lint-ignore no-control-regex -- controls are what it looks for
const DRIVES = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** See the module's description. */
export class Painter {
  #shown: readonly Painted[] = [];
  #columns = 0;
  #cursor = "";

  /** Nobody knows any more what the terminal shows: the next frame is painted whole. */
  forget(): void {
    this.#shown = [];
    this.#columns = 0;
  }

  /** What to write for the terminal to show `frame`; empty when it does already. */
  paint({ rows, columns, cursor }: Frame): string {
    const isFresh = columns !== this.#columns || rows.length !== this.#shown.length;
    const before = isFresh ? [] : this.#shown;
    const painted = rows.map((row, at) => paintedRow(row, columns, before[at]));
    const changes = painted.map((row, at) => change(row, before[at], at)).join("");
    const place = cursor === undefined ? "" : moveTo(cursor.row, cursor.column) + SHOW_CURSOR;
    if (changes === "" && place === this.#cursor && !isFresh) return "";
    this.#shown = painted;
    this.#columns = columns;
    this.#cursor = place;
    return `${BEGIN}${isFresh ? "\x1b[0m\x1b[2J" : ""}${changes}${place}${END}`;
  }
}

function paintedRow(row: Row, columns: number, before: Painted | undefined): Painted {
  const key = row.map(({ text, style }) => `${style}\x00${text}`).join("\x01");
  if (before?.key === key) return before;
  const cells: Cell[] = [];
  let used = 0;
  let isDoubtful = false;
  for (const { text, style } of row) {
    for (const one of graphemes(text.replace(DRIVES, "\ufffd"))) {
      if (used + one.columns > columns) break;
      if (one.columns === 0) isDoubtful = true;
      else cells.push({ text: one.text, columns: one.columns, style });
      if (isOdd(one.text)) isDoubtful = true;
      used += one.columns;
    }
  }
  for (; used < columns; used++) cells.push(SPACE);
  return { key, cells, isDoubtful };
}

/** Whether terminals may disagree about its width. */
function isOdd(text: string): boolean {
  return text.length > 1 || text > "\u2fff";
}

function change(row: Painted, before: Painted | undefined, at: number): string {
  if (row === before) return "";
  if (before === undefined) return moveTo(at, 0) + written(row, 0, row.cells.length, 0);
  if (row.isDoubtful || before.isDoubtful) {
    return `${moveTo(at, 0)}\x1b[0m\x1b[2K${written(row, 0, row.cells.length, 0)}`;
  }
  let first = 0;
  while (first < row.cells.length && same(row.cells[first], before.cells[first])) first += 1;
  if (first === row.cells.length && before.cells.length === first) return "";
  let last = row.cells.length;
  const shift = before.cells.length - row.cells.length;
  while (last > first && shift === 0 && same(row.cells[last - 1], before.cells[last - 1])) {
    last -= 1;
  }
  const column = row.cells.slice(0, first).reduce((sum, { columns }) => sum + columns, 0);
  return moveTo(at, column) + written(row, first, last, column);
}

/** Cells as text, with their styles; spaces at the end of the row as one erasure. */
function written({ cells }: Painted, from: number, to: number, column: number): string {
  let end = to;
  if (to === cells.length) { while (end > from && same(cells[end - 1], SPACE)) end -= 1; }
  let text = "";
  let style: Style | undefined;
  let at = column;
  for (const cell of cells.slice(from, end)) {
    if (cell.style !== style) text += sgr(cell.style);
    style = cell.style;
    text += cell.text;
    at += cell.columns;
    // Wherever the terminal believes to be now, it goes on here.
    if (isOdd(cell.text)) text += `\x1b[${at + 1}G`;
  }
  if (style !== undefined && style !== "") text += "\x1b[0m";
  if (end === to) return text;
  return `${style === undefined ? "\x1b[0m" : ""}${text}\x1b[K`;
}

function sgr(style: Style): string {
  return style === "" ? "\x1b[0m" : `\x1b[0;${style}m`;
}

function same(a: Cell | undefined, b: Cell | undefined): boolean {
  return a !== undefined && b !== undefined && a.text === b.text && a.style === b.style;
}

function moveTo(row: number, column: number): string {
  return `\x1b[${row + 1};${column + 1}H`;
}
