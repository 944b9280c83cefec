/**
 * A list over the messages: help, people, rooms, what was found. One of its lines may be chosen.
 *
 * @module
 */
import { width } from "../../../../text.ts";
import { fitted, type Row } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";

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
  /** The item chosen, or the first one that is seen of a list to be read. */
  #at: number;

  /** @param begin which end is shown first */
  constructor(title: string, items: readonly Item[], begin: "first" | "last" = "first") {
    this.title = title;
    this.#items = items;
    this.#isChoice = items.some(({ choose }) => choose !== undefined);
    this.#at = begin === "first" ? 0 : Math.max(0, items.length - 1);
  }

  /** Moves by lines. @param height of what is seen */
  move(by: number, height: number): void {
    const most = this.#isChoice ? this.#items.length - 1 : this.#items.length - height;
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
    const middle = this.#at - Math.floor(height / 2);
    const last = Math.max(0, this.#items.length - height);
    const from = this.#isChoice ? Math.max(0, Math.min(middle, last)) : Math.min(this.#at, last);
    const shown = this.#items.slice(from, from + height);
    const widest = shown.reduce((most, { text }) => Math.max(most, width(text)), 0);
    const column = Math.min(widest, Math.floor(columns / 2));
    return shown.map(({ text, detail = "" }, at): Row => {
      const isChosen = this.#isChoice && from + at === this.#at;
      const base = isChosen ? theme.chosen : "";
      const gap = " ".repeat(Math.max(2, column - width(text) + 2));
      return fitted(
        [
          { text: `  ${text}${gap}`, style: base },
          { text: detail, style: isChosen ? base : theme.dim },
        ],
        columns,
        base,
      );
    });
  }
}
