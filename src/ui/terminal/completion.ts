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
  commands(): readonly (Pick<SlashCommand, "name" | "takes"> & {
    readonly completes?: Completes | readonly string[];
  })[];
  accounts(): readonly string[];
  /** Paths that begin as `typed` does; folders end in a slash. */
  files(typed: string): readonly string[];
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

/** What is to be completed, and what stands before it. */
interface Asked {
  readonly before: string;
  readonly typed: string;
  readonly completes: Completes | readonly string[] | undefined;
  /** Second words of commands of two. */
  readonly goesOn: readonly string[];
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
    const again = isSame(this.#last?.given, line) && !this.#isInFolder(line)
      ? this.#last
      : undefined;
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
    const asked = this.#asked(text.slice(0, cursor));
    const tail = text.slice(cursor);
    return this.#words(asked).map(({ word, end }) => {
      const completed = asked.before + word + end;
      return { word, line: { text: completed + tail, cursor: completed.length } };
    });
  }

  /** The last word; behind a command that takes a path all the rest, for paths may hold spaces. */
  #asked(head: string): Asked {
    const command = this.#commandIn(head);
    if (command?.completes === "file") {
      const typed = head.slice(command.before.length);
      const [way = ""] = /^direct\s+/.exec(typed) ?? [];
      return { ...command, before: command.before + way, typed: typed.slice(way.length) };
    }
    const begin = head.search(/\S*$/);
    const before = head.slice(0, begin);
    const typed = head.slice(begin);
    return command?.before === before
      ? { ...command, typed }
      : { before, typed, completes: undefined, goesOn: [] };
  }

  /** A folder was the only one that fitted: the next Tab looks into it. */
  #isInFolder({ text, cursor }: Line): boolean {
    const isOnly = this.#candidates?.words.length === 1;
    return isOnly && text[cursor - 1] === "/" && this.#asked(text).completes === "file";
  }

  #words(
    { before, typed, completes, goesOn }: Asked,
  ): readonly { readonly word: string; readonly end: string }[] {
    const fits = (word: string) => word.toLowerCase().startsWith(typed.toLowerCase());
    const more = goesOn.filter(fits).map((word) => ({ word, end: " " }));
    if (completes === "file") {
      return [...more, ...this.#vocabulary.files(typed).map((word) => ({ word, end: "" }))];
    }
    if (before === "" && typed.startsWith("/")) {
      return this.#vocabulary.commands().map(({ name, takes }) => ({
        word: `/${name}`,
        end: takes === "" ? "" : " ",
      })).filter(({ word }) => fits(word));
    }
    if (typed === "" && completes === undefined) return more;
    const isGoingOn = completes === undefined || completes === "person" ||
      typeof completes === "object";
    const end = isGoingOn ? " " : "";
    const colon = before === "" ? ": " : end;
    const words = this.#wordsFor(completes).filter(fits).map((word) => ({ word, end: colon }));
    return [...more, ...words];
  }

  /** The command that a line begins with, its name being one word or two. */
  #commandIn(head: string): Omit<Asked, "typed"> | undefined {
    const commands = this.#vocabulary.commands();
    for (const pattern of [/^\/(\S+ \S+)\s+/, /^\/(\S+)\s+/]) {
      const [before = "", typed = ""] = pattern.exec(head) ?? [];
      const name = commandNamed(typed.toLowerCase())?.name ?? typed.toLowerCase();
      const command = commands.find((one) => one.name === name);
      if (command === undefined) continue;
      const goesOn = commands.filter((one) => one.name.startsWith(`${name} `))
        .map((one) => one.name.slice(name.length + 1));
      return { before, completes: command.completes, goesOn };
    }
    return undefined;
  }

  #wordsFor(
    completes: Exclude<Completes, "file"> | readonly string[] | undefined,
  ): readonly string[] {
    if (typeof completes === "object") return completes;
    switch (completes) {
      case "room":
        return this.#vocabulary.rooms();
      case "conversation":
        return [...new Set([...this.#vocabulary.rooms(), ...this.#vocabulary.names()])];
      case "status":
        return STATUSES;
      case "account":
        return this.#vocabulary.accounts();
      case "command":
        return this.#vocabulary.commands().map(({ name }) => name);
      case "person":
      case undefined:
        return this.#vocabulary.names();
    }
  }
}

function isSame(a: Line | undefined, b: Line): boolean {
  return a !== undefined && a.text === b.text && a.cursor === b.cursor;
}
