/**
 * A list over the messages: help, people, rooms, what was found. One of its lines may be chosen.
 *
 * @module
 */
import { width } from "../../../../text.ts";
import { fitted, type Row } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import { wrap } from "../paint/wrap.ts";

/** One line of a list. */
export interface Item {
  /** Safe to show. */
  readonly text: string;
  /** What stands behind it, weaker; safe to show. */
  readonly detail?: string;
  /** What choosing it does. */
  readonly choose?: () => void;
}

/** See the module's description. */
export class List {
  /** Safe to show. */
  readonly title: string;
  readonly #items: readonly Item[];
  readonly #isChoice: boolean;
  /** The item chosen, or the first row that is seen of a list to be read. */
  #at: number;
  /** Rows that it took when it was shown last. */
  #length: number;

  /** @param begin which end is shown first */
  constructor(title: string, items: readonly Item[], begin: "first" | "last" = "first") {
    this.title = title;
    this.#items = items;
    this.#isChoice = items.some(({ choose }) => choose !== undefined);
    this.#at = begin === "first" ? 0 : Math.max(0, items.length - 1);
    this.#length = items.length;
  }

  /** Moves by lines. @param height of what is seen */
  move(by: number, height: number): void {
    const most = this.#isChoice ? this.#items.length - 1 : this.#length - height;
    this.#at = Math.max(0, Math.min(this.#at + by, most));
  }

  /** Does what choosing the line does; false when that is nothing. */
  choose(): boolean {
    const choose = this.#items[this.#at]?.choose;
    choose?.();
    return choose !== undefined;
  }

  /** How to use it. */
  get hint(): string {
    return this.#isChoice ? "Enter chooses, Esc closes" : "Esc closes";
  }

  rows(columns: number, height: number, theme: Theme): readonly Row[] {
    if (this.#items.length === 0) return [[{ text: "  (nothing)", style: theme.dim }]];
    return this.#isChoice
      ? this.#choiceRows(columns, height, theme)
      : this.#readingRows(columns, height, theme);
  }

  /** One row each, what is too long cut. */
  #choiceRows(columns: number, height: number, theme: Theme): readonly Row[] {
    const last = Math.max(0, this.#items.length - height);
    const from = Math.max(0, Math.min(this.#at - Math.floor(height / 2), last));
    const shown = this.#items.slice(from, from + height);
    const column = columnOf(shown, columns);
    return shown.map(({ text, detail = "" }, at): Row => {
      const isChosen = from + at === this.#at;
      const base = isChosen ? theme.chosen : "";
      return fitted(
        [
          { text: `  ${text}${gap(text, column)}`, style: base },
          { text: detail, style: isChosen ? base : theme.dim },
        ],
        columns,
        base,
      );
    });
  }

  /** As many rows each as they take. */
  #readingRows(columns: number, height: number, theme: Theme): readonly Row[] {
    const most = columns < BESIDE_LEAST ? 0 : Math.floor(columns * READING);
    const column = Math.min(columnOf(this.#items, columns), most);
    const rows = this.#items.flatMap((item) => itemRows(item, column, columns, theme));
    this.#length = rows.length;
    const begin = Math.max(0, Math.min(this.#at, rows.length - height));
    return rows.slice(begin, begin + height);
  }
}

/** What is to be read needs room for what it says: a longer text has a row of its own. */
const READING = 0.32;
/** In fewer columns everything stands below each other. */
const BESIDE_LEAST = 50;

/** An item that is read. @param column of the texts; longer ones have a row of their own */
function itemRows(
  { text, detail = "" }: Item,
  column: number,
  columns: number,
  theme: Theme,
): readonly Row[] {
  const isLong = width(text) > column;
  const first: Row[] = isLong ? [[{ text: `  ${text}`, style: "" }]] : [];
  if (isLong && detail === "") return first;
  const rest = wrap(detail, columns - column - 5).map(({ from, to }, at): Row => {
    const isHead = at === 0 && !isLong;
    const head = isHead ? `  ${text}${gap(text, column)}` : " ".repeat(column + 4);
    return [{ text: head, style: "" }, { text: detail.slice(from, to), style: theme.dim }];
  });
  return [...first, ...rest];
}

/** Columns of the texts: of the widest, and no more than half of what there is. */
function columnOf(items: readonly Item[], columns: number): number {
  const widest = items.reduce((most, { text }) => Math.max(most, width(text)), 0);
  return Math.min(widest, Math.floor(columns / 2));
}

function gap(text: string, column: number): string {
  return " ".repeat(Math.max(2, column - width(text) + 2));
}
