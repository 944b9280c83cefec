/**
 * The part of a conversation that is seen: rows up to where its person has scrolled to. Only what is
 * seen is laid out, however much there is.
 *
 * @module
 */
import type { Conversation, Scroll } from "../model/conversation.ts";
import type { Entry } from "../model/entry.ts";
import type { Row } from "../paint/row.ts";
import type { EntryRows } from "./entry_rows.ts";
import type { RowContext } from "./message_rows.ts";

/** What is seen. */
export interface Seen {
  /** At most as many as asked for. */
  readonly rows: readonly Row[];
  /** The beginning of what is here is seen: the history may have more. */
  readonly isAtTop: boolean;
  /** Entries below what is seen. */
  readonly below: number;
}

/** A row of an entry. */
interface Place {
  readonly index: number;
  readonly row: number;
}

/** See the module's description. */
export class Pane {
  readonly #rows: EntryRows;

  constructor(rows: EntryRows) {
    this.#rows = rows;
  }

  /** The rows to show. */
  see(conversation: Conversation, context: RowContext, height: number): Seen {
    const { entries } = conversation.timeline;
    const bottom = this.#bottom(conversation, context);
    const rows: Row[] = [];
    let { index } = bottom;
    for (; index >= 0 && rows.length < height; index--) {
      const own = this.#of(conversation, index, context);
      const end = index === bottom.index ? bottom.row + 1 : own.length;
      rows.unshift(...own.slice(0, end));
    }
    const isAtTop = index < 0 && rows.length <= height;
    const below = conversation.scroll === "end" ? 0 : entries.length - 1 - bottom.index;
    return { rows: rows.slice(-height), isAtTop, below };
  }

  /** Moves by rows, up when negative; not beyond the beginning. */
  scroll(conversation: Conversation, context: RowContext, height: number, by: number): void {
    let { index, row } = this.#bottom(conversation, context);
    const { entries } = conversation.timeline;
    row += by;
    while (row < 0 && index > 0) {
      index -= 1;
      row += this.#of(conversation, index, context).length;
    }
    while (index < entries.length) {
      const { length } = this.#of(conversation, index, context);
      if (row < length) break;
      row -= length;
      index += 1;
    }
    conversation.scroll = this.#scrollTo(conversation, context, height, { index, row });
  }

  /** Moves to the beginning of what is here. */
  toTop(conversation: Conversation, context: RowContext, height: number): void {
    const top = { index: 0, row: 0 };
    conversation.scroll = this.#scrollTo(conversation, context, height, top);
  }

  /** Moves so that an entry is seen, in the middle where that can be. */
  reveal(conversation: Conversation, entry: Entry, context: RowContext, height: number): void {
    const index = conversation.timeline.indexOf(entry);
    if (index < 0) return;
    conversation.scroll = { entry, row: 0 };
    this.scroll(conversation, context, height, Math.floor(height / 2));
  }

  /** Not so far that the pane would begin with emptiness, nor beyond the end. */
  #scrollTo(
    conversation: Conversation,
    context: RowContext,
    height: number,
    place: Place,
  ): Scroll {
    const { entries } = conversation.timeline;
    const least = this.#leastBottom(conversation, context, height);
    const { index, row } = isBefore(place, least) ? least : place;
    const entry = entries[index];
    if (entry === undefined) return "end";
    const isLast = index === entries.length - 1 &&
      row >= this.#of(conversation, index, context).length - 1;
    return isLast ? "end" : { entry, row };
  }

  /** The place of the row at the bottom when the pane begins with the first row there is. */
  #leastBottom(conversation: Conversation, context: RowContext, height: number): Place {
    let rest = height;
    const { entries } = conversation.timeline;
    for (let index = 0; index < entries.length; index++) {
      const { length } = this.#of(conversation, index, context);
      if (rest <= length) return { index, row: rest - 1 };
      rest -= length;
    }
    return { index: entries.length, row: 0 };
  }

  #bottom(conversation: Conversation, context: RowContext): Place {
    const { scroll, timeline } = conversation;
    const last = timeline.entries.length - 1;
    const index = scroll === "end" ? last : timeline.indexOf(scroll.entry);
    if (index < 0) conversation.scroll = "end";
    const at = index < 0 ? last : index;
    const { length } = this.#of(conversation, at, context);
    const row = scroll === "end" || index < 0 ? length - 1 : Math.min(scroll.row, length - 1);
    return { index: at, row };
  }

  #of(conversation: Conversation, index: number, context: RowContext): readonly Row[] {
    const { entries } = conversation.timeline;
    const entry = entries[index];
    if (entry === undefined) return [];
    return this.#rows.rows(entry, entries[index - 1], context, conversation.newAfter);
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.index < b.index || (a.index === b.index && a.row < b.row);
}
