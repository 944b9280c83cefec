/**
 * Completes what is being typed when Tab is pressed: commands, names, rooms. Tab again gives the
 * next one that fits.
 *
 * @module
 */
import { STATUSES } from "./session_extras.ts";
import { commandNamed, type Completes, type SlashCommand } from "./slash_commands.ts";

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
  commands(): readonly Pick<SlashCommand, "name" | "takes" | "completes">[];
  accounts(): readonly string[];
}

/** What fits, and which of them the line holds. */
export interface Candidates {
  readonly words: readonly string[];
  readonly at: number;
}

interface Fitting {
  readonly word: string;
  readonly line: Line;
}

/** See the module's description. */
export class Completion {
  readonly #vocabulary: Vocabulary;
  /** The line that was given last, and how it goes on from there. */
  #last: { readonly given: Line; readonly from: Line; readonly at: number } | undefined;
  #candidates: Candidates | undefined;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** What the last call had to choose from; undefined when the line was changed since. */
  candidates(line: Line): Candidates | undefined {
    return isSame(this.#last?.given, line) ? this.#candidates : undefined;
  }

  /**
   * The line with its last word completed; undefined when nothing fits.
   *
   * @param direction which one next, when the line is as it was given last
   */
  next(line: Line, direction: "forwards" | "backwards" = "forwards"): Line | undefined {
    const again = isSame(this.#last?.given, line) ? this.#last : undefined;
    const from = again?.from ?? line;
    const fitting = this.#fitting(from);
    const step = direction === "forwards" ? 1 : -1;
    const at = again === undefined ? (step > 0 ? 0 : fitting.length - 1) : again.at + step;
    const index = ((at % fitting.length) + fitting.length) % fitting.length;
    const chosen = fitting[index]?.line;
    if (chosen === undefined) return undefined;
    this.#last = { given: chosen, from, at: index };
    this.#candidates = { words: fitting.map(({ word }) => word), at: index };
    return chosen;
  }

  #fitting({ text, cursor }: Line): readonly Fitting[] {
    const head = text.slice(0, cursor);
    const begin = head.search(/\S*$/);
    const typed = head.slice(begin).toLowerCase();
    const tail = text.slice(cursor);
    return this.#words(head.slice(0, begin), typed).map(({ word, end }) => {
      const completed = head.slice(0, begin) + word + end;
      return { word, line: { text: completed + tail, cursor: completed.length } };
    });
  }

  #words(
    before: string,
    typed: string,
  ): readonly { readonly word: string; readonly end: string }[] {
    const fits = (word: string) => word.toLowerCase().startsWith(typed);
    if (before === "" && typed.startsWith("/")) {
      return this.#vocabulary.commands().map(({ name, takes }) => ({
        word: `/${name}`,
        end: takes === "" ? "" : " ",
      })).filter(({ word }) => fits(word));
    }
    const completes = this.#behind(before);
    if (typed === "" && completes === undefined) return [];
    const end = completes === undefined || completes === "person" ? " " : "";
    const colon = before === "" ? ": " : end;
    return this.#wordsFor(completes).filter(fits).map((word) => ({ word, end: colon }));
  }

  /** What the first word behind a command is. */
  #behind(before: string): Completes | undefined {
    const [, typed] = /^\/(\S+)\s+$/.exec(before) ?? [];
    if (typed === undefined) return undefined;
    const name = commandNamed(typed.toLowerCase())?.name ?? typed;
    return this.#vocabulary.commands().find((one) => one.name === name)?.completes;
  }

  #wordsFor(completes: Completes | undefined): readonly string[] {
    switch (completes) {
      case "room":
        return this.#vocabulary.rooms();
      case "status":
        return STATUSES;
      case "account":
        return this.#vocabulary.accounts();
      case "command":
        return this.#vocabulary.commands().map(({ name }) => name);
      case "file":
        return [];
      case "person":
      case undefined:
        return this.#vocabulary.names();
    }
  }
}

function isSame(a: Line | undefined, b: Line): boolean {
  return a !== undefined && a.text === b.text && a.cursor === b.cursor;
}
