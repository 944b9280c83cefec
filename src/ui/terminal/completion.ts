/**
 * Completes what is being typed when Tab is pressed: commands, names, rooms. Tab again gives the
 * next one that fits.
 *
 * @module
 */
import { SLASH_COMMANDS } from "./requests.ts";

/** A line and its cursor, UTF-16 units. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}

/** What words there are. */
export interface Vocabulary {
  /** Of people, those who spoke last first. */
  names(): readonly string[];
  rooms(): readonly string[];
}

/** See the module's description. */
export class Completion {
  readonly #vocabulary: Vocabulary;
  /** The line that was given last, and how it goes on from there. */
  #last: { readonly given: Line; readonly from: Line; readonly at: number } | undefined;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** The line with its last word completed; undefined when nothing fits. */
  next(line: Line): Line | undefined {
    const again = this.#last !== undefined && this.#last.given.text === line.text &&
      this.#last.given.cursor === line.cursor;
    const from = again && this.#last !== undefined ? this.#last.from : line;
    const at = again && this.#last !== undefined ? this.#last.at + 1 : 0;
    const fitting = this.#fitting(from);
    const chosen = fitting[at % fitting.length];
    if (chosen === undefined) return undefined;
    this.#last = { given: chosen, from, at };
    return chosen;
  }

  #fitting({ text, cursor }: Line): readonly Line[] {
    const head = text.slice(0, cursor);
    const begin = head.search(/\S*$/);
    const typed = head.slice(begin).toLowerCase();
    const tail = text.slice(cursor);
    return this.#words(head, begin, typed).map((word) => {
      const completed = head.slice(0, begin) + word;
      return { text: completed + tail, cursor: completed.length };
    });
  }

  #words(head: string, begin: number, typed: string): readonly string[] {
    if (begin === 0 && typed.startsWith("/")) {
      return SLASH_COMMANDS.map(({ name, takes }) => `/${name}${takes === "" ? "" : " "}`)
        .filter((word) => word.startsWith(typed));
    }
    if (typed === "") return [];
    const rooms = /^\/(?:join|j|leave|part|who) +$/.test(head.slice(0, begin));
    const words = rooms ? this.#vocabulary.rooms() : this.#vocabulary.names();
    const end = rooms ? "" : begin === 0 ? ": " : " ";
    return words.filter((word) => word.toLowerCase().startsWith(typed)).map((word) => word + end);
  }
}
