/**
 * Where in a text a query is found, to mark it for people.
 *
 * @module
 */
import { findPhrase, type Phrase } from "./search_query.ts";
import { EMOJI, fold, INVISIBLE, pairs, pieces, UNSPACED } from "./search_text.ts";

/** A stretch of text, UTF-16 units; the end is exclusive. */
export interface Mark {
  readonly start: number;
  readonly end: number;
}

interface PlacedToken extends Mark {
  readonly text: string;
  /** Where its first character ends, when the token is a pair of them. */
  readonly firstEnd: number;
}

const TRAILING = `[\\p{M}\\p{sc=Inherited}${INVISIBLE}]`;
const CHARACTER = `${UNSPACED}${TRAILING}*`;
const RAW = new RegExp(
  `(?<unspaced>(?:${CHARACTER})+)|${EMOJI}|` +
    `(?:[[\\p{L}\\p{N}\\p{S}]--${UNSPACED}]|(?:${TRAILING}))+`,
  "vg",
);
const CHARACTERS = new RegExp(CHARACTER, "vg");

/** The places of all phrases in `text`, in order, none touching another. */
export function findMarks(phrases: readonly Phrase[], text: string): Mark[] {
  const placed = placedTokens(text);
  const tokens = placed.map((token) => token.text);
  const marks: Mark[] = [];
  for (const phrase of phrases) {
    for (let at = findPhrase(phrase, tokens, 0); at >= 0;) {
      const [first, last] = [placed[at], placed[at + phrase.tokens.length - 1]];
      if (first === undefined || last === undefined) break;
      const half = Array.from(phrase.tokens.at(-1) ?? "").length === 1;
      marks.push({ start: first.start, end: half ? last.firstEnd : last.end });
      at = findPhrase(phrase, tokens, at + 1);
    }
  }
  return merged(marks);
}

function merged(marks: readonly Mark[]): Mark[] {
  const result: Mark[] = [];
  for (const mark of marks.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last === undefined || mark.start > last.end) result.push(mark);
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, mark.end) };
  }
  return result;
}

/** The tokens of the text as it stands; where folding moves characters, a whole run's place. */
function placedTokens(text: string): PlacedToken[] {
  const placed: PlacedToken[] = [];
  for (const { 0: raw, index: start, groups } of text.matchAll(RAW)) {
    const end = start + raw.length;
    if (groups?.["unspaced"] !== undefined) {
      placed.push(...placedRun(raw, start));
      continue;
    }
    for (const piece of pieces(raw)) {
      const found = piece.kind === "unspaced" ? pairs(piece.text, "whole") : [piece.text];
      for (const token of found) placed.push({ text: token, start, end, firstEnd: end });
    }
  }
  return placed;
}

function placedRun(raw: string, start: number): PlacedToken[] {
  const places: Mark[] = [];
  let folded = "";
  for (const { 0: unit, index } of raw.matchAll(CHARACTERS)) {
    const place = { start: start + index, end: start + index + unit.length };
    const characters = Array.from(fold(unit));
    folded += characters.join("");
    for (const _ of characters) places.push(place);
  }
  const whole: Mark = { start, end: start + raw.length };
  const run = fold(raw);
  return pairs(run, "whole").map((token, at) => {
    const first = (run === folded ? places[at] : undefined) ?? whole;
    const second = (run === folded ? places[at + 1] : undefined) ?? first;
    return { text: token, start: first.start, end: second.end, firstEnd: first.end };
  });
}
