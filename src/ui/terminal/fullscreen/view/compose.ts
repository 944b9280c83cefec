/**
 * Puts everything that is seen into one frame, for any size of terminal.
 *
 * @module
 */
import type { Candidates } from "../../completion.ts";
import type { Desk } from "../model/desk.ts";
import type { Frame } from "../paint/painter.ts";
import { fitted, type Row, type Span, spread } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import { type BarNews, statusRow, titleRow } from "./bars.ts";
import { hintRows } from "./hints.ts";
import { inputRows, type InputState } from "./input.ts";
import type { List } from "./list.ts";
import type { RowContext } from "./message_rows.ts";
import type { Pane, Seen } from "./pane.ts";
import { sideRows } from "./side.ts";

/** Columns and rows of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Where the parts of the screen are. */
export interface Layout extends Size {
  /** Columns of the list at the side, without its border; 0: not shown. */
  readonly side: number;
  /** Columns of the messages. */
  readonly main: number;
  readonly hasTitle: boolean;
  readonly hasStatus: boolean;
  /** Most rows of what is being written. */
  readonly inputMost: number;
}

/** Everything that is shown. */
export interface Scene {
  readonly desk: Desk;
  readonly list: List | undefined;
  readonly input: InputState;
  readonly candidates: Candidates | undefined;
  readonly news: Omit<BarNews, "below">;
  readonly context: RowContext | undefined;
  readonly theme: Theme;
}

/** A frame, and what of the conversation it shows. */
export interface Composed {
  readonly frame: Frame;
  readonly seen: Seen | undefined;
  /** Rows that the messages have. */
  readonly height: number;
}

/** Between the list at the side and the messages. */
const BORDER = "\u2502 ";

/** Leaves out what a small terminal has no room for. */
export function layoutFor({ columns, rows }: Size): Layout {
  const side = columns < 60 ? 0 : Math.min(28, Math.max(16, Math.floor(columns * 0.2)));
  return {
    ...{ columns, rows, side },
    main: side === 0 ? columns : columns - side - BORDER.length,
    hasTitle: rows >= 6,
    hasStatus: rows >= 4,
    inputMost: Math.max(1, Math.min(8, Math.floor(rows / 3))),
  };
}

/** See the module's description. */
export function compose(scene: Scene, layout: Layout, pane: Pane): Composed {
  const { desk, theme } = scene;
  const input = inputRows(scene.input, layout.columns, layout.inputMost, theme);
  const bars = Number(layout.hasTitle) + Number(layout.hasStatus);
  const height = Math.max(0, layout.rows - input.rows.length - bars);
  const { rows: main, seen } = mainRows(scene, layout, pane, height);
  const side = layout.side === 0 ? [] : sideRows(
    desk.accounts,
    desk.current?.conversation,
    { columns: layout.side, rows: height },
    theme,
  );
  const body = Array.from(
    { length: height },
    (_, at) => besides(side[at], main[at], layout, theme),
  );
  const news = { ...scene.news, below: seen?.below ?? 0 };
  const rows = [
    ...(layout.hasTitle ? [titleOf(scene, layout.columns)] : []),
    ...body,
    ...(layout.hasStatus ? [lowerBar(scene, news, layout.columns)] : []),
    ...input.rows,
  ].map((row) => fitted(row, layout.columns));
  const cursor = {
    row: rows.length - input.rows.length + input.cursor.row,
    column: input.cursor.column,
  };
  return {
    frame: { rows: rows.slice(-layout.rows), columns: layout.columns, cursor },
    seen,
    height,
  };
}

function mainRows(
  { desk, list, context, theme }: Scene,
  { main }: Layout,
  pane: Pane,
  height: number,
): { readonly rows: readonly Row[]; readonly seen: Seen | undefined } {
  if (list !== undefined) return { rows: list.rows(main, height, theme), seen: undefined };
  if (desk.current === undefined || context === undefined || height === 0) {
    return { rows: [], seen: undefined };
  }
  const seen = pane.see(desk.current.conversation, context, height);
  if (seen.rows.length === 0) return { rows: hintRows(desk.current, main, height, theme), seen };
  // What was said last stands at the bottom, where it is written.
  const above: Row[] = Array.from({ length: height - seen.rows.length }, () => []);
  return { rows: [...above, ...seen.rows], seen };
}

function besides(
  side: Row | undefined,
  main: Row | undefined,
  layout: Layout,
  theme: Theme,
): Row {
  if (layout.side === 0) return main ?? [];
  return [...fitted(side ?? [], layout.side), { text: BORDER, style: theme.dim }, ...(main ?? [])];
}

function titleOf({ desk, list, theme }: Scene, columns: number): Row {
  if (list === undefined) return titleRow(desk.current, columns, theme);
  const title: Span = { text: ` ${list.title}`, style: theme.bar };
  return spread([title], [{ text: `${list.hint} `, style: theme.barDim }], columns, theme.bar);
}

/** How things stand, or what Tab has to offer. */
function lowerBar({ desk, candidates, theme }: Scene, news: BarNews, columns: number): Row {
  if (candidates === undefined || candidates.words.length < 2) {
    return statusRow(desk.current, news, columns, theme);
  }
  const { words, at } = candidates;
  const from = Math.max(0, at - 3);
  const spans = words.slice(from).map((word, index): Span => ({
    text: ` ${word} `,
    style: index + from === at ? theme.chosen : theme.bar,
  }));
  return spread(spans, [], columns, theme.bar);
}
