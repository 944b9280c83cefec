/**
 * Colours of the chat: few and calm, none where they are not wanted.
 *
 * @module
 */

/** Styles; each gives its text back plain where colour is not wanted. */
export interface Paint {
  dim(text: string): string;
  bold(text: string): string;
  /** What went wrong. */
  warn(text: string): string;
  /** What was said to this person alone. */
  direct(text: string): string;
  /** A name in a colour of its own, always the same. */
  name(text: string): string;
}

/** Of the 256-colour palette: readable on light and on dark ground, none of them red. */
const NAME_COLOURS = [30, 31, 61, 64, 66, 67, 72, 96, 97, 101, 103, 130, 132, 136, 137, 139];

/** Escape sequences (ECMA-48 SGR). */
export const COLOURED: Paint = {
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  warn: (text) => `\x1b[33m${text}\x1b[39m`,
  direct: (text) => `\x1b[35m${text}\x1b[39m`,
  name: (text) => `\x1b[38;5;${colourOf(text)}m${text}\x1b[39m`,
};

/** Nothing but the text. */
export const PLAIN: Paint = {
  dim: (text) => text,
  bold: (text) => text,
  warn: (text) => text,
  direct: (text) => text,
  name: (text) => text,
};

/** FNV-1a, so that a name has one colour on every machine. */
function colourOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return NAME_COLOURS[hash % NAME_COLOURS.length] ?? 30;
}
