/**
 * Divides text into lines that fit: between words where it can, between characters where it must.
 *
 * @module
 */
import { graphemes } from "../../../../text.ts";

/** A line, as UTF-16 units of the text; spaces at which it was divided belong to no line. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/** A line may end behind these as well as at a space. */
const BEHIND = /[-\u2010\u2013\u2014]$/;
/** Scripts without spaces: a line may end between any two of their characters. */
const ANYWHERE = /^[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;

/**
 * The lines of `text`, each at most `columns` wide (at least 2). Line ends divide always and belong
 * to no line; an empty text is one empty line. A character that is wider than that stands alone.
 */
export function wrap(text: string, columns: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    wrapLine(line, start, Math.max(2, columns), pieces);
    start += line.length + 1;
  }
  return pieces;
}

function wrapLine(line: string, offset: number, columns: number, pieces: Piece[]): void {
  if (line.length <= columns && /^[\x20-\x7e]*$/.test(line)) {
    pieces.push({ from: offset, to: offset + line.length });
    return;
  }
  let from = 0;
  /** Columns of the line until now, and until the last place where it may end. */
  let used = 0;
  let end = -1;
  let next = 0;
  let usedAtNext = 0;
  for (const { text, columns: own, at } of graphemes(line)) {
    const isSpace = text === " ";
    if (ANYWHERE.test(text) && at > from) [end, next, usedAtNext] = [at, at, used];
    // Again when what is left behind the last place to divide at does not fit either.
    while (used > 0 && used + own > columns && !(isSpace && used <= columns)) {
      if (end <= from) [end, next, usedAtNext] = [at, at, used];
      pieces.push({ from: offset + from, to: offset + end });
      from = next;
      used -= usedAtNext;
      end = -1;
    }
    used += own;
    const behind = at + text.length;
    if (isSpace && at > from && line.slice(from, at).trim() !== "") {
      const isRun = end >= 0 && next === at;
      [end, next, usedAtNext] = [isRun ? end : at, behind, used];
    } else if (BEHIND.test(text)) [end, next, usedAtNext] = [behind, behind, used];
  }
  pieces.push({ from: offset + from, to: offset + line.length });
}
