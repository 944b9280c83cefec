/**
 * What the line formats have in common: a line that begins with a time is a message, one that does
 * not goes on with the message before it.
 *
 * @module
 */
import type { LoggedLine, ReadLog } from "./contract.ts";

type Begun = Omit<LoggedLine, "body"> & { readonly parts: string[] };

/** See the module's description. */
export class Gathering {
  readonly #lines: LoggedLine[] = [];
  readonly #unreadable: number[] = [];
  #notices = 0;
  #open: Begun | "notice" | undefined;

  /** A message begins. */
  begin({ body, ...line }: LoggedLine): void {
    this.#end();
    this.#open = { ...line, parts: [body] };
  }

  /** The program itself says something, which may go on over more lines. */
  notice(): void {
    this.#end();
    this.#notices++;
    this.#open = "notice";
  }

  /** A line without a time. */
  more(text: string, line: number): void {
    if (this.#open === undefined) {
      if (text.trim() !== "") this.#unreadable.push(line);
    } else if (this.#open !== "notice") this.#open.parts.push(text);
  }

  /** Everything that was there. */
  result(): ReadLog {
    this.#end();
    return { lines: this.#lines, notices: this.#notices, unreadable: this.#unreadable };
  }

  #end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open === "notice") return;
    const { parts, ...line } = open;
    const body = parts.join("\n").trimEnd();
    if (body !== "") this.#lines.push({ ...line, body });
  }
}

/** The lines of a text, numbered from 1; LF and CRLF end one. */
export function* numberedLines(text: string): Generator<readonly [text: string, line: number]> {
  let line = 0;
  for (const each of text.split("\n")) {
    yield [each.endsWith("\r") ? each.slice(0, -1) : each, ++line];
  }
}
