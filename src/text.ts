/**
 * Text that came from elsewhere, made safe to show: what a name, a room or an error holds must not
 * move a terminal's cursor, end a log line, or look like something it is not.
 *
 * @module
 */

/**
 * Characters that are not shown as what they are:
 * - C0 and C1 controls and DEL (terminal sequences, line ends, tabs),
 * - line and paragraph separators,
 * - bidirectional controls (Unicode Standard Annex #9), which reorder what stands around them,
 * - zero-width and other default-ignorable characters, which hide differences between names,
 * - variation selectors other than VS15/VS16, tag characters, and lone surrogates.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex -- controls are among what is hidden
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\ud800-\udfff]/gu;

/** The short escapes of JSON; everything else is written as its code point. */
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

/**
 * `text` on one line with every control, bidirectional, zero-width and otherwise hidden character
 * written as an escape (`\n`, `\u001b`, `\u{e0001}`). Everything that has a shape stays as it is,
 * emoji and combining marks included. For terminals and logs; HTML needs its own escaping on top.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/**
 * {@linkcode visible}, keeping line ends (as LF) and tabs: for text whose own lines are shown as
 * lines, such as a message in a terminal. Never for a log line.
 */
export function visibleLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(
    HIDDEN,
    (character) => character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** Sequences by which text drives a terminal (ECMA-48): CSI, OSC and the like, and the short ones. */
const TERMINAL_SEQUENCE =
  // deno-lint-ignore no-control-regex -- Escape and C1 controls begin the sequences
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
/** Controls and what reorders text; not the joiners and selectors that emoji and scripts need. */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex -- controls are what is not printed
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * `text` without what drives a terminal: its sequences, controls and bidirectional controls are left
 * out, line ends (as LF) and tabs stay, and so does every character that people write with. For
 * the body of a message; a name, where a character must not hide, wants {@linkcode visible}.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(/\r\n?|\u0085|\u2028|\u2029/g, "\n")
    .replace(TERMINAL_SEQUENCE, "").replace(UNPRINTABLE, "");
}

/**
 * `text` cut to at most `columns` terminal columns, an ellipsis in the last one when it was longer.
 * Measures as {@linkcode width} does; `columns` below 1 gives the empty text.
 */
export function truncated(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const one of graphemes(text)) {
    if (used + one.columns > columns - 1) break;
    kept += one.text;
    used += one.columns;
  }
  return columns < 1 ? "" : `${kept}\u2026`;
}

/**
 * Terminal columns that `text` takes: 2 for East Asian wide and emoji, 0 for what combines with the
 * character before it, 1 otherwise. Terminals differ on emoji; this is the common reading.
 */
export function width(text: string): number {
  // Printable ASCII is nearly everything that is ever measured.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const one of graphemes(text)) columns += one.columns;
  return columns;
}

const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;

/** A user-perceived character and the terminal columns that it takes: 0, 1 or 2. */
export interface Grapheme {
  readonly text: string;
  readonly columns: number;
  /** UTF-16 units before it. */
  readonly at: number;
}

/** `text` character by character as people see them, measured as {@linkcode width} does. */
export function* graphemes(text: string): IterableIterator<Grapheme> {
  if (SIMPLE.test(text)) {
    for (let at = 0; at < text.length; at++) {
      const one = text[at] ?? "";
      yield { text: one, columns: one < "\u1100" ? 1 : segmentWidth(one), at };
    }
    return;
  }
  for (const { segment, index } of segments(text)) {
    yield { text: segment, columns: segmentWidth(segment), at: index };
  }
}

/** Where the character is that holds the UTF-16 unit at `index`; undefined at the end and beyond. */
export function graphemeAt(
  text: string,
  index: number,
): { readonly from: number; readonly to: number } | undefined {
  if (index < 0 || index >= text.length) return undefined;
  if (SIMPLE.test(text)) return { from: index, to: index + 1 };
  const found = segments(text).containing(index);
  return found && { from: found.index, to: found.index + found.segment.length };
}

function segmentWidth(segment: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/**
 * Texts of which every UTF-16 unit is a character of its own, whatever stands beside it: nearly all
 * that is ever written. Dividing others loads tables that take 5 MB and tens of milliseconds.
 */
const SIMPLE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25ff\u2713\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/;

/** User-perceived characters (UAX #29), the unit at which text may be cut. */
function segments(text: string): Intl.Segments {
  return new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
}
