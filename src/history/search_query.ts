/**
 * The language of searches: words, `"phrases"` and `prefix*`, parted by spaces; all must match.
 * Any text is a query or is refused in words: what it holds never reaches the language of SQLite
 * but as quoted tokens.
 *
 * @module
 */
import { HistoryError } from "./errors.ts";
import { pairs, type Piece, pieces } from "./search_text.ts";

/** Tokens that must follow each other. */
export interface Phrase {
  /** At least one, as the index holds them. */
  readonly tokens: readonly string[];
  /** `open`: the last token is the beginning of one. */
  readonly end: "whole" | "open";
}

/** Longest query, UTF-16 units. */
export const QUERY_LENGTH = 4_096;
/** Most tokens of all phrases together. */
export const QUERY_TOKENS = 128;

/** Straight, typographic, angular and full-width: what keyboards and correction make of quotes. */
const QUOTE = '"\\u201c-\\u201f\\u00ab\\u00bb\\uff02';
const STAR = "*\\uff0a";
const PARTS = new RegExp(
  `[${QUOTE}]([^${QUOTE}]*)(?:[${QUOTE}]([${STAR}]?)|$)|[^\\s${QUOTE}]+`,
  "gu",
);
const STARRED = new RegExp(`[${STAR}]$`, "u");

/**
 * Reads a query. What holds no letter, digit or emoji is passed over; a word that the index cuts
 * into several (`e-mail`, `don't`) is a phrase; a quote that is never closed reaches to the end.
 *
 * @throws {HistoryError} `history/query` when it is too long or nothing is left to search for
 */
export function parseQuery(text: string): readonly Phrase[] {
  if (text.length > QUERY_LENGTH) throw refused(`it is longer than ${QUERY_LENGTH} characters`);
  const phrases = new Map<string, Phrase>();
  let tokens = 0;
  for (const [raw, quoted, star] of text.matchAll(PARTS)) {
    const starred = STARRED.test(quoted ?? raw) || (star ?? "") !== "";
    const phrase = phraseOf(pieces(quoted ?? raw), starred ? "open" : "whole");
    if (phrase === undefined || phrases.has(phraseExpression(phrase))) continue;
    phrases.set(phraseExpression(phrase), phrase);
    tokens += phrase.tokens.length;
    if (tokens > QUERY_TOKENS) throw refused("it holds too many words");
  }
  if (phrases.size === 0) throw refused("it holds no letter, digit or emoji");
  return Array.from(phrases.values());
}

/**
 * Unspaced runs are open at both ends, whether starred or not, so that every part of a run is found.
 * A single character at the end takes a prefix for that, since in a run it begins a pair.
 */
function phraseOf(found: readonly Piece[], end: Phrase["end"]): Phrase | undefined {
  const last = found.at(-1);
  if (last === undefined) return undefined;
  const tokens = found.flatMap((piece) => {
    if (piece.kind !== "unspaced") return [piece.text];
    return pairs(piece.text, piece === last ? "inner" : "whole");
  });
  if (last.kind === "word") return { tokens, end };
  const single = last.kind === "unspaced" && Array.from(last.text).length === 1;
  return { tokens, end: single ? "open" : "whole" };
}

/** For a cursor that no search has given. */
export function badCursor(): HistoryError {
  return new HistoryError("history/query", "Cannot continue the search: the cursor is none", {
    hint: "Search again from the beginning",
  });
}

function refused(state: string): HistoryError {
  return new HistoryError("history/query", `Cannot search: ${state}`, {
    hint: 'A query is words, "phrases in quotes" and beginnings of words with a star: meet*',
  });
}

/** All phrases as an FTS5 expression, and what else must stand in a row: see `tag`. */
export function expressionOf(phrases: readonly Phrase[], tags: readonly string[] = []): string {
  return [...phrases.map(phraseExpression), ...tags].join(" AND ");
}

function phraseExpression(phrase: Phrase): string {
  // Tokens are letters, digits, marks and emoji: none is a quote.
  return `"${phrase.tokens.join(" ")}"${phrase.end === "open" ? " *" : ""}`;
}

/** Whether a text with these tokens has every phrase. */
export function matches(phrases: readonly Phrase[], tokens: readonly string[]): boolean {
  return phrases.every((phrase) => findPhrase(phrase, tokens, 0) >= 0);
}

/** Where the phrase is found next, the index of its first token, or -1. */
export function findPhrase(phrase: Phrase, tokens: readonly string[], from: number): number {
  const last = phrase.tokens.length - 1;
  for (let at = from; at + last < tokens.length; at++) {
    const found = phrase.tokens.every((token, index) => {
      const there = tokens[at + index] ?? "";
      return index === last && phrase.end === "open" ? there.startsWith(token) : there === token;
    });
    if (found) return at;
  }
  return -1;
}
