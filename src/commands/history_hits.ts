/**
 * How found messages are shown: for people with what was found marked, for programs as JSON lines.
 *
 * @module
 */
import type { SearchHit } from "../history/contract.ts";
import { textOf } from "../history/revisions.ts";
import { findMarks, type Mark } from "../history/search_marks.ts";
import type { Phrase } from "../history/search_query.ts";
import { visible } from "../text.ts";
import type { Output } from "./io.ts";
import type { Styles } from "./output.ts";

/** How {@linkcode printHits} prints. */
export interface HitOptions {
  readonly output: Output;
  readonly form: "text" | "json";
  readonly styles: Styles;
  /** What was looked for. */
  readonly phrases: readonly Phrase[];
}

/** Characters of a long message that are shown around what was found. */
const BEFORE = 80;
const SHOWN = 400;

/** Prints messages in their order. */
export async function printHits(
  hits: readonly SearchHit[],
  { output, form, styles, phrases }: HitOptions,
): Promise<void> {
  const lines = hits.map((hit) =>
    form === "json" ? `${jsonOf(hit)}\n` : `${lineOf(hit, phrases, styles)}\n`
  );
  if (lines.length > 0) await output.write(lines.join(""));
}

/** JSON in which nothing moves a terminal's cursor or hides. */
function jsonOf({ room, offset, event, edit }: SearchHit): string {
  const text = textOf((edit ?? { event }).event) ?? "";
  const value = { room, offset, text, event, ...(edit === undefined ? {} : { edit: edit.event }) };
  return JSON.stringify(value).replace(HIDDEN, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""));
}

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** One line a message, whatever line ends are in it, so that results can be counted and cut. */
function lineOf(
  { room, event, edit }: SearchHit,
  phrases: readonly Phrase[],
  styles: Styles,
): string {
  const time = new Date(event.timestamp_ms).toISOString().slice(0, 16).replace("T", " ");
  const text = textOf((edit ?? { event }).event) ?? "";
  const edited = edit === undefined ? "" : styles.dim(" (edited)");
  const who = styles.bold(visible(event.sender_id));
  return `${styles.dim(time)}  ${visible(room)}  ${who}: ${
    excerpt(text, phrases, styles)
  }${edited}`;
}

/** The part of a text around the first find, every find marked. */
function excerpt(text: string, phrases: readonly Phrase[], styles: Styles): string {
  const marks = findMarks(phrases, text);
  const [from, to] = window(text, marks[0]);
  let shown = from > 0 ? "\u2026" : "";
  let at = from;
  for (const { start, end } of marks.filter((mark) => mark.end > from && mark.start < to)) {
    shown += visible(text.slice(at, Math.max(at, start)));
    shown += styles.yellow(
      styles.bold(visible(text.slice(Math.max(at, start), Math.min(end, to)))),
    );
    at = Math.min(end, to);
  }
  return `${shown}${visible(text.slice(at, to))}${to < text.length ? "\u2026" : ""}`;
}

function window(text: string, first: Mark | undefined): readonly [from: number, to: number] {
  if (text.length <= SHOWN) return [0, text.length];
  const from = Math.max(0, (first?.start ?? 0) - BEFORE);
  const to = Math.min(text.length, from + SHOWN);
  return [wholeCharacter(text, from), wholeCharacter(text, to)];
}

/** The same place, or the one before when it would cut a character in two. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
