/**
 * Names of folders and files made of addresses that others chose: never a path, never hidden, never
 * longer than a file system takes.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** File systems take 255 bytes; suffixes such as `.chat` need room. */
const LONGEST = 240;
const encoder = new TextEncoder();

/**
 * Pidgin's escape: every byte outside `A-Z a-z 0-9 @ - _ . #` as `%` and two lower-case hex digits.
 * The first of leading dots is escaped too, and what is too long ends in a part of its hash.
 */
export function pidginName(text: string): string {
  let name = "";
  for (const byte of encoder.encode(text)) {
    const character = String.fromCharCode(byte);
    name += /[A-Za-z0-9@\-_.#]/.test(character)
      ? character
      : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return bounded(name.replace(/^\./, "%2e"), text);
}

/** {@linkcode pidginName} with `_at_` in the place of `@`. */
export function spelledName(text: string): string {
  return bounded(pidginName(text).replaceAll("@", "_at_"), text);
}

function bounded(name: string, text: string): string {
  if (name === "") return "%";
  if (name.length <= LONGEST) return name;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return `${name.slice(0, LONGEST - hash.length - 1)}#${hash}`;
}
