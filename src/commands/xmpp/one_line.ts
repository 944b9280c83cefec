/**
 * What others say of themselves, as part of a line: its own line ends could pass for lines of ours.
 *
 * @module
 */

const MOST = 500;

/** `text` on one line and bounded; not yet safe to show. */
export function oneLine(text: string): string {
  const line = text.slice(0, 2 * MOST).replaceAll(/\s+/gu, " ").trim();
  return line.length > MOST ? `${line.slice(0, MOST - 3).toWellFormed()}...` : line;
}
