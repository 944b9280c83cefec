import { Gathering } from "./gathering.ts";
import { TelnetFilter } from "./telnet.ts";

/** What a reader of lines tells. */
export interface LineEvents {
  /** One line without its end, valid during the call. */
  line(bytes: Uint8Array, end: LineEnd): void;
  /** Once: a line is longer than may be. Nothing is read from then on. */
  oversize(): void;
}

/** How a line ended; netcat sends LF, telnet CRLF. */
export type LineEnd = "\n" | "\r\n";

const LF = 10;
const CR = 13;
const NUL = 0;

/** Cuts a stream of bytes into lines; telnet's commands are taken out. */
export class LineReader {
  readonly #most: number;
  readonly #events: LineEvents;
  readonly #telnet = new TelnetFilter();
  readonly #gathering = new Gathering();
  #stopped = false;

  /** @param most bytes of one line without its end, inclusive */
  constructor(most: number, events: LineEvents) {
    this.#most = most;
    this.#events = events;
  }

  /** Whether a line has begun and is not complete. */
  get isPartial(): boolean {
    return this.#gathering.length > 0;
  }

  /** Takes what has come; calls back for every line that it completes. */
  push(chunk: Uint8Array): void {
    let rest = this.#telnet.filter(chunk);
    while (!this.#stopped) {
      const end = rest.indexOf(LF);
      if (end < 0) break;
      this.#complete(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (!this.#stopped && rest.length > 0) this.#keep(rest);
  }

  /** Nothing more will come: what has come is the last line, if it is anything. */
  finish(): void {
    if (!this.#stopped && this.#gathering.length > 0) this.#complete(new Uint8Array(0));
    this.stop();
  }

  /** Reads no more, what is left of the piece being read included. */
  stop(): void {
    this.#stopped = true;
    this.#gathering.take();
  }

  #complete(tail: Uint8Array): void {
    let line = tail;
    if (this.#gathering.length > 0) {
      this.#keep(tail);
      if (this.#stopped) return;
      line = this.#gathering.take();
    }
    // A telnet client in character mode ends lines with CR NUL or CR LF.
    let end = line.length;
    while (end > 0 && (line[end - 1] === CR || line[end - 1] === NUL)) end--;
    if (end > this.#most) return this.#refuse();
    this.#events.line(line.subarray(0, end), end < line.length ? "\r\n" : "\n");
  }

  #keep(piece: Uint8Array): void {
    this.#gathering.add(piece);
    if (this.#gathering.length > this.#most + 2) this.#refuse();
  }

  #refuse(): void {
    this.stop();
    this.#events.oversize();
  }
}
