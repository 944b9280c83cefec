/**
 * From text to what is searched: words without case and accents. One rule for the text that goes
 * into the index, for queries, and for what is marked in results, so that they always agree; it
 * does not depend on the Unicode tables that SQLite was built with.
 *
 * - A **word** is a run of letters, digits and their marks: compatibility forms resolved (NFKC), no
 *   case, no accents, no vowel points of Arabic and Hebrew. Only its first
 *   {@linkcode WORD_LENGTH} units count.
 * - Scripts **without spaces** between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese; Korean
 *   too, whose particles hang on their nouns) are searched by characters: every pair of neighbours
 *   is one token, and so is the last character of a run. Any part of a run is then a phrase.
 * - An **emoji** is a word.
 *
 * @module
 */

/** A piece of folded text that is searched for as a whole. */
export interface Piece {
  readonly kind: "word" | "unspaced" | "emoji";
  /** Of an unspaced run all its characters. */
  readonly text: string;
}

/** UTF-16 units of a word that are told apart. Longer ones are keys and addresses, not language. */
export const WORD_LENGTH = 64;

/** The characters of scripts without spaces, as a class for regular expressions with the flag v. */
export const UNSPACED =
  "[[\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Bopo}\\p{scx=Thai}\\p{scx=Laoo}" +
  "\\p{scx=Khmr}\\p{scx=Mymr}]&&[[\\p{L}\\p{N}\\p{M}]--\\p{sc=Inherited}]]";
/** One emoji, the parts of a joined one each on its own. */
export const EMOJI = "(?:\\p{RI}\\p{RI}|\\p{Extended_Pictographic})";
/** Soft hyphen, joiners and marks of writing direction: invisible, and part of the word. */
export const INVISIBLE = "\\u00ad\\u034f\\u200c-\\u200f\\u2060\\ufeff";

const PIECES = new RegExp(
  `(?<unspaced>${UNSPACED}+)|(?<emoji>${EMOJI})|[[\\p{L}\\p{N}\\p{M}]--${UNSPACED}]+`,
  "vg",
);

// deno-lint-ignore no-control-regex -- every ASCII character is meant
const ASCII = /^[\x00-\x7f]*$/;
const LONG_WORD = new RegExp(`[A-Za-z0-9]{${WORD_LENGTH + 1}}`);

/**
 * Accents, vowel points, variation selectors, what is invisible. The voiced marks of Japanese are
 * parts of letters and stay, and so do the vowel signs of other scripts.
 */
const DROPPED = new RegExp(
  `[[\\p{sc=Inherited}--[\\u3099\\u309a]]\\u0591-\\u05bd\\u05bf-\\u05c7${INVISIBLE}]`,
  "vg",
);

/** Letters with a stroke and ligatures, which do not decompose, and the final sigma. */
const LIKENED: Readonly<Record<string, string>> = {
  "\u00e6": "ae",
  "\u00f0": "d",
  "\u00f8": "o",
  "\u0111": "d",
  "\u0127": "h",
  "\u0142": "l",
  "\u0153": "oe",
  "\u0167": "t",
  "\u03c2": "\u03c3",
};
const EACH_LIKENED = new RegExp(`[${Object.keys(LIKENED).join("")}]`, "g");

/** The text without case, accents and compatibility forms; folding it again changes nothing. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Upper case joins what lower case keeps apart: sharp s and ss, dotless i and i.
  const cased = text.normalize("NFKD").toLowerCase().toUpperCase().toLowerCase();
  const plain = cased.normalize("NFKD").replace(DROPPED, "");
  return plain.replace(EACH_LIKENED, (one) => LIKENED[one] ?? one).normalize("NFC");
}

/** The pieces of a text in their order. */
export function pieces(text: string): Piece[] {
  return Array.from(fold(text).matchAll(PIECES), ({ 0: found, groups }) => {
    if (groups?.["unspaced"] !== undefined) return { kind: "unspaced", text: found };
    if (groups?.["emoji"] !== undefined) return { kind: "emoji", text: found };
    return { kind: "word", text: cut(found) };
  });
}

function cut(word: string): string {
  if (word.length <= WORD_LENGTH) return word;
  const last = word.charCodeAt(WORD_LENGTH - 1);
  // Half a character would be no text.
  return word.slice(0, last >= 0xd800 && last <= 0xdbff ? WORD_LENGTH - 1 : WORD_LENGTH);
}

/**
 * The tokens of an unspaced run: each character with its successor, and the last one alone.
 * `inner`: only those that any longer run around it has as well; of a single character, itself.
 */
export function pairs(run: string, part: "whole" | "inner"): string[] {
  const characters = Array.from(run);
  const tokens = characters.map((character, at) => character + (characters[at + 1] ?? ""));
  return part === "whole" || tokens.length === 1 ? tokens : tokens.slice(0, -1);
}

/** The tokens of a text in their order. */
export function tokensOf(text: string): string[] {
  return pieces(text).flatMap(({ kind, text }) =>
    kind === "unspaced" ? pairs(text, "whole") : [text]
  );
}

/**
 * A text as the index takes it: its tokens, parted by what SQLite's `ascii` tokenizer takes for no
 * part of a token, which is every ASCII character but letters and digits. It folds ASCII itself.
 */
export function indexedText(text: string): string {
  if (ASCII.test(text) && !LONG_WORD.test(text)) return text.replaceAll("\0", " ");
  return tokensOf(text).join(" ");
}
