/**
 * What is seen: the list or the conversation that is looked at, where in it, and how it looks.
 *
 * @module
 */
import type { Desk } from "./model/desk.ts";
import type { Entry } from "./model/entry.ts";
import type { Frame } from "./paint/painter.ts";
import { type ColourDepth, type Ground, groundIn, type Theme, themeFor } from "./paint/theme.ts";
import { compose, layoutFor, type Size } from "./view/compose.ts";
import { EntryRows } from "./view/entry_rows.ts";
import type { List } from "./view/list.ts";
import type { RowContext } from "./view/message_rows.ts";
import { Pane, type Seen } from "./view/pane.ts";
import type { Writing } from "./writing.ts";

/** See the module's description. */
export class Viewing {
  /** Shown over the messages. */
  list: List | undefined;
  /** Words that were searched for, in lower case. */
  marked: readonly string[] = [];
  /** Something that goes on, or should be known now; safe to show. */
  progress: string | undefined;
  readonly #desk: Desk;
  readonly #depth: ColourDepth;
  readonly #rows = new EntryRows();
  readonly #pane = new Pane(this.#rows);
  #ground: Ground;
  #theme: Theme;
  /** Rows that the messages had, and the screen's size, when it was drawn last. */
  #height = 10;
  #size: Size = { columns: 80, rows: 24 };

  constructor(desk: Desk, depth: ColourDepth, ground: Ground) {
    this.#desk = desk;
    this.#depth = depth;
    this.#ground = ground;
    this.#theme = themeFor(depth, ground);
  }

  /** Rows that the messages have. */
  get height(): number {
    return this.#height;
  }

  /** The terminal answered something: perhaps what its ground is. */
  answered(text: string): void {
    const ground = groundIn(text);
    if (ground === undefined || ground === this.#ground) return;
    this.#ground = ground;
    this.#theme = themeFor(this.#depth, ground);
    this.#rows.forget();
  }

  /** What rows depend on has changed: names, messages that others answer. */
  forget(): void {
    this.#rows.forget();
  }

  /** What the screen shows. @param seen is told what of the conversation it is */
  frame(size: Size, writing: Writing, now: number, seen: (seen: Seen) => void): Frame {
    this.#size = size;
    const composed = compose(
      {
        desk: this.#desk,
        list: this.list,
        input: writing.input,
        candidates: writing.candidates,
        news: { now, progress: this.progress, elsewhere: this.#desk.elsewhere() },
        context: this.#context(),
        theme: this.#theme,
      },
      layoutFor(size),
      this.#pane,
    );
    this.#height = composed.height;
    if (composed.seen !== undefined) seen(composed.seen);
    return composed.frame;
  }

  /** Moves by rows, up when negative. */
  scroll(by: number): void {
    const context = this.#context();
    const { current } = this.#desk;
    if (current === undefined || context === undefined) return;
    this.#pane.scroll(current.conversation, context, this.#height, by);
  }

  /** To the beginning of what is here. */
  toTop(): void {
    const context = this.#context();
    const { current } = this.#desk;
    if (current === undefined || context === undefined) return;
    this.#pane.toTop(current.conversation, context, this.#height);
  }

  /** To the latest message; what was searched for is over. */
  toEnd(): void {
    this.marked = [];
    this.progress = undefined;
    const { current } = this.#desk;
    if (current !== undefined) current.conversation.scroll = "end";
  }

  /** Moves so that an entry of the conversation that is looked at is seen. */
  reveal(entry: Entry): void {
    const context = this.#context();
    const { current } = this.#desk;
    if (current === undefined || context === undefined) return;
    this.#pane.reveal(current.conversation, entry, context, this.#height);
  }

  #context(): RowContext | undefined {
    const { current } = this.#desk;
    if (current === undefined) return undefined;
    const { account, conversation } = current;
    return {
      columns: layoutFor(this.#size).main,
      theme: this.#theme,
      view: account.view(conversation.room),
      yourName: account.session?.you?.name,
      marked: this.marked,
    };
  }
}
