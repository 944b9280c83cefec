/**
 * A message as rows: time and name at the left, the text beside them, what was said about it below.
 *
 * @module
 */
import { printable, truncated, width } from "../../../../text.ts";
import { timeOf } from "../../times.ts";
import { authorName, nameOf, type Viewpoint } from "../../wording.ts";
import { bodyOf, isEmote, type Message } from "../model/entry.ts";
import { type Row, rowWidth, type Span, styled } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import { type Piece, wrap } from "../paint/wrap.ts";

/** What rows depend on besides the message. */
export interface RowContext {
  readonly columns: number;
  readonly theme: Theme;
  readonly view: Viewpoint;
  /** What this person is called: where it is said, it stands out. */
  readonly yourName: string | undefined;
  /** Words to be marked, in lower case. */
  readonly marked: readonly string[];
}

/** Where the parts of a row stand. */
interface Shape {
  readonly time: boolean;
  /** Columns of the name; 0: it stands before the text, in its line. */
  readonly name: number;
  readonly indent: number;
}

/** Rows of one message; what is longer is in the history. */
const ROWS_MOST = 400;
/** Names of those who reacted or read; more are counted. */
const NAMES_MOST = 3;
const LINK = /\bhttps?:\/\/[^\s<>"]+/g;
const CHECK = "\u2713";

/** The rows of a message. @param isFollowing the one before is by the same person, just before */
export function messageRows(
  message: Message,
  context: RowContext,
  isFollowing: boolean,
): readonly Row[] {
  const shape = shapeOf(context.columns);
  const body = bodyRows(message, context, shape);
  const rows = [...quoteRows(message, context, shape), ...body, ...reactionRows(message, context)];
  return rows.map((row, at) => {
    const lead = at === 0 ? leadOf(message, context, shape, isFollowing) : [gap(shape.indent)];
    return [...lead, ...row];
  });
}

/** Columns before the text of a message. */
export function indentOf(columns: number): number {
  return shapeOf(columns).indent;
}

function shapeOf(columns: number): Shape {
  if (columns < 40) return { time: false, name: 0, indent: 2 };
  if (columns < 60) return { time: true, name: 0, indent: 6 };
  const name = Math.min(16, Math.max(8, Math.floor(columns * 0.14)));
  return { time: true, name, indent: 6 + name + 2 };
}

function leadOf(
  message: Message,
  { theme, view }: RowContext,
  { time, name: columns }: Shape,
  isFollowing: boolean,
): Row {
  const clock: Span[] = time
    ? [{ text: `${isFollowing ? "     " : timeOf(message.at)} `, style: theme.dim }]
    : [];
  const name = isEmote(message) ? "*" : authorName(message, view);
  const style = isEmote(message) ? theme.dim : nameStyle(message, theme);
  if (columns === 0) {
    // In its own line of text, which `bodyRows` leaves room for.
    return isFollowing
      ? [...clock, gap(time ? 0 : 2)]
      : [...clock, { text: isEmote(message) ? "* " : `${name}: `, style }];
  }
  const shown = isFollowing && !isEmote(message) ? "" : truncated(name, columns);
  return [...clock, gap(columns - width(shown)), { text: shown, style }, gap(2)];
}

function nameStyle({ sender, isOwn }: Message, theme: Theme): string {
  return isOwn ? styled(theme.bold, theme.name(sender)) : theme.name(sender);
}

function bodyRows(message: Message, context: RowContext, shape: Shape): readonly Row[] {
  const { theme, view, columns } = context;
  if (message.redactedBy !== undefined) {
    const whose = message.redactedBy === message.sender
      ? ""
      : ` by ${nameOf(message.redactedBy, view)}`;
    return [[{ text: `(taken back${whose})`, style: theme.dim }]];
  }
  const name = authorName(message, view);
  const head = isEmote(message) ? `${name} ` : "";
  const text = head + printable(bodyOf(message)).replaceAll("\t", "    ");
  const room = Math.max(4, columns - shape.indent - 1);
  const first = shape.name === 0 && head === "" ? Math.min(room - 4, width(name) + 2) : 0;
  const pieces = wrapped(text, room, first);
  const styles = new Styles(text, message, context, head.length);
  const rows: Row[] = pieces.slice(0, ROWS_MOST).map((piece) => styles.row(piece));
  if (pieces.length > ROWS_MOST) {
    const rest = `(${pieces.length - ROWS_MOST} more lines)`;
    rows.push([{ text: rest, style: theme.dim }]);
  }
  return withMark(rows, markOf(message, theme), room);
}

/** The first line has `less` columns fewer. */
function wrapped(text: string, columns: number, less: number): readonly Piece[] {
  if (less <= 0) return wrap(text, columns);
  // No-break spaces keep the place of what stands before the text.
  const filled = "\u00a0".repeat(less) + text;
  return wrap(filled, columns).map(({ from, to }) => ({
    from: Math.max(0, from - less),
    to: Math.max(0, to - less),
  }));
}

/** How far an own message got, whether it was edited. */
function markOf({ isOwn, delivery, editedAt }: Message, theme: Theme): Row {
  const edited: Row = editedAt === undefined ? [] : [{ text: " (edited)", style: theme.dim }];
  if (!isOwn) return edited;
  switch (delivery) {
    case "sending":
      return [...edited, { text: " \u2026", style: theme.dim }];
    case "sent":
      return edited;
    case "delivered":
      return [...edited, { text: ` ${CHECK}`, style: theme.dim }];
    case "read":
      return [...edited, { text: ` ${CHECK}${CHECK}`, style: theme.good }];
    case "failed":
      return [...edited, { text: " (not delivered)", style: theme.warn }];
  }
}

function withMark(rows: readonly Row[], mark: Row, room: number): readonly Row[] {
  if (mark.length === 0) return rows;
  const last = rows.at(-1) ?? [];
  if (rowWidth(last) + rowWidth(mark) > room) {
    const [first, ...rest] = mark;
    const own = first === undefined ? [] : [{ ...first, text: first.text.trimStart() }];
    return [...rows, [...own, ...rest]];
  }
  return [...rows.slice(0, -1), [...last, ...mark]];
}

function quoteRows(message: Message, { theme, view, columns }: RowContext, shape: Shape): Row[] {
  const { parent } = message;
  if (parent === undefined || message.redactedBy !== undefined) return [];
  const answered = view.recall(parent);
  const room = Math.max(4, columns - shape.indent - 4);
  const words = answered === undefined
    ? "an earlier message"
    : `${nameOf(answered.sender_id, view)}: ${
      printable(answered.content.body ?? "").replaceAll(/\s+/g, " ")
    }`;
  return [[{ text: `\u2502 ${truncated(words, room)}`, style: theme.dim }]];
}

function reactionRows({ reactions, readers, redactedBy }: Message, context: RowContext): Row[] {
  if (redactedBy !== undefined) return [];
  const { theme, view } = context;
  const parts = [...reactions].map(([sign, who]) => {
    const names = [...who].map((address) => nameOf(address, view));
    return `${truncated(printable(sign).replaceAll(/\s+/g, " "), 32)} ${counted(names)}`;
  });
  const read = [...readers].map((name) => truncated(printable(name), 32));
  if (read.length > 0) parts.push(`${CHECK} ${counted(read)}`);
  return parts.length === 0 ? [] : [[{ text: parts.join("  "), style: theme.dim }]];
}

function counted(names: readonly string[]): string {
  if (names.length <= NAMES_MOST) return names.join(", ");
  return `${names.slice(0, NAMES_MOST - 1).join(", ")} and ${names.length - NAMES_MOST + 1} more`;
}

function gap(columns: number): Span {
  return { text: " ".repeat(Math.max(0, columns)), style: "" };
}

interface Range extends Piece {
  readonly style: string;
}

/** Which parts of a text have which style. */
class Styles {
  readonly #text: string;
  readonly #ranges: readonly Range[];

  constructor(text: string, message: Message, context: RowContext, head: number) {
    const { theme, yourName, marked } = context;
    this.#text = text;
    const ranges: Range[] = [];
    if (head > 0) ranges.push({ from: 0, to: head - 1, style: nameStyle(message, theme) });
    for (const { index, 0: link } of text.matchAll(LINK)) {
      ranges.push({ from: index, to: index + link.length, style: theme.link });
    }
    const own = message.isOwn || yourName === undefined ? [] : [yourName.toLowerCase()];
    for (const range of occurrences(text, own, theme.called)) ranges.push(range);
    for (const range of occurrences(text, marked, theme.found)) ranges.push(range);
    this.#ranges = ranges;
  }

  /** The spans of one line. */
  row({ from, to }: Piece): Row {
    const cuts = new Set([from, to]);
    for (const range of this.#ranges) {
      for (const at of [range.from, range.to]) if (at > from && at < to) cuts.add(at);
    }
    const sorted = [...cuts].sort((a, b) => a - b);
    return sorted.slice(0, -1).map((start, at) => {
      const style = this.#ranges.findLast((one) => one.from <= start && start < one.to)?.style;
      return { text: this.#text.slice(start, sorted[at + 1]), style: style ?? "" };
    });
  }
}

function* occurrences(text: string, words: readonly string[], style: string): Generator<Range> {
  const lower = text.toLowerCase();
  // Some letters change their length: places would not be those of the text.
  if (lower.length !== text.length) return;
  for (const word of words.filter((one) => one !== "")) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      yield { from: at, to: at + word.length, style };
    }
  }
}
