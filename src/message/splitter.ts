/**
 * A file of lines as it comes, in chunks: each line with its place, so that a fault can be named and
 * a torn tail cut. Memory is bounded by one line, whatever the file holds.
 *
 * @module
 */
import { LIMITS } from "./event.ts";
import { MessageError } from "./error.ts";

const LF = 0x0a;

/** Where a line stands in its file. */
export interface LinePlace {
  /** 1 for the first line. */
  readonly number: number;
  /** Of the line's first byte. */
  readonly offset: number;
  /** Without the LF. */
  readonly bytes: number;
  /** `torn`: the file ends without LF, so the line may have been cut while it was written. */
  readonly end: "complete" | "torn";
}

/** A line's text, or the reason why it has none: `line/encoding` or `line/too-long`. */
export type FileLine = LinePlace & ({ readonly text: string } | { readonly fault: MessageError });

/** Splits the bytes of one file; see the module's description. */
export class LineSplitter {
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  /** The beginning of the line that the next chunk goes on with; empty once it is too long. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #offset: number;
  #number: number;

  /** @param start the place of the first byte that is pushed, when that is not the file's first */
  constructor(start: { readonly offset?: number; readonly number?: number } = {}) {
    this.#offset = start.offset ?? 0;
    this.#number = start.number ?? 1;
  }

  /** The lines that end in `chunk`. The chunk's buffer may be used again afterwards. */
  *push(chunk: Uint8Array): Generator<FileLine, void> {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      yield this.#line(chunk.subarray(from, at), "complete");
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What follows the last LF, or undefined when nothing does. Ends the file. */
  end(): FileLine | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#line(new Uint8Array(), "torn");
  }

  #keep(rest: Uint8Array): void {
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes >= LIMITS.lineBytes) this.#pending = [];
    else if (rest.length > 0) this.#pending.push(rest.slice());
  }

  #line(rest: Uint8Array, end: LinePlace["end"]): FileLine {
    const bytes = this.#pendingBytes + rest.length;
    const place: LinePlace = { number: this.#number, offset: this.#offset, bytes, end };
    const line = { ...place, ...this.#text(rest, bytes) };
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#number++;
    this.#offset += bytes + 1;
    return line;
  }

  #text(rest: Uint8Array, bytes: number): { text: string } | { fault: MessageError } {
    if (bytes >= LIMITS.lineBytes) return { fault: tooLong() };
    const whole = this.#pending.length === 0 ? rest : concat([...this.#pending, rest], bytes);
    try {
      return { text: this.#utf8.decode(whole) };
    } catch {
      return { fault: new MessageError("line/encoding", "Cannot read the line: it is not UTF-8") };
    }
  }
}

/**
 * The lines of a file from its chunks, the torn tail last. Cancelling the iteration cancels `chunks`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  start: { readonly offset?: number; readonly number?: number } = {},
): AsyncGenerator<FileLine, void> {
  const splitter = new LineSplitter(start);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  const tail = splitter.end();
  if (tail !== undefined) yield tail;
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooLong(): MessageError {
  return new MessageError(
    "line/too-long",
    `Cannot read the line: it is longer than ${LIMITS.lineBytes} bytes`,
  );
}
