import { exceedsBytes } from "../../message/utf8.ts";

const encoder = new TextEncoder();
/** Of a name, so that something of the message always fits. */
const PREFIX_MOST = 256;

/**
 * A text in pieces that each take at most `most` bytes of UTF-8, the prefix that each begins with
 * included. Cut between characters, at a space where there is one near the end.
 *
 * @param most above 512
 */
export function split(prefix: string, text: string, most: number): readonly string[] {
  if (!exceedsBytes(prefix, most) && !exceedsBytes(prefix + text, most)) return [prefix + text];
  const start = exceedsBytes(prefix, PREFIX_MOST) ? `${cut(prefix, PREFIX_MOST - 2)}: ` : prefix;
  const room = most - encoder.encode(start).length;
  const pieces: string[] = [];
  for (let rest = text; rest !== "";) {
    const whole = cut(rest, room);
    const piece = whole.length < rest.length ? atSpace(whole) : whole;
    pieces.push(start + piece);
    rest = rest.slice(piece.length);
  }
  return pieces;
}

/** The longest beginning that fits; never half of a surrogate pair, which would be no UTF-8. */
function cut(text: string, most: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(most));
  return text.slice(0, read);
}

/** Up to and including the last space of the last quarter, if there is one. */
function atSpace(text: string): string {
  const space = text.lastIndexOf(" ");
  return space >= text.length * 3 / 4 ? text.slice(0, space + 1) : text;
}
