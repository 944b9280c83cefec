import type { Dialect, Signal } from "../../../hub/contract.ts";
import type { LineEnd } from "../line_reader.ts";
import { indented, type Said, wordsOf } from "../words.ts";

const encoder = new TextEncoder();

/** Signals as lines; one dialect for those who end lines with LF, one for CRLF. */
export class LinesDialect implements Dialect<Uint8Array> {
  readonly name: string;
  readonly echo = false;
  readonly #node: string;
  readonly #end: LineEnd;

  constructor(node: string, end: LineEnd) {
    this.name = end === "\n" ? "lines" : "telnet";
    this.#node = node;
    this.#end = end;
  }

  encode(signals: readonly Signal[]): Uint8Array | undefined {
    const lines = signals.flatMap((signal) => wordsOf(signal, this.#node) ?? []);
    return lines.length === 0 ? undefined : this.lines(lines.map(lineOf));
  }

  /** Texts, each a line or several, with their ends. */
  lines(texts: readonly string[]): Uint8Array {
    const joined = texts.map((text) => `${text}\n`).join("");
    return encoder.encode(this.#end === "\n" ? joined : joined.replaceAll("\n", "\r\n"));
  }
}

/** Somebody's text as a line; what it has beyond that is indented. */
export function lineOf({ prefix, text }: Said): string {
  return prefix + indented(text);
}
