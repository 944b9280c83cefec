/**
 * What may be typed where: the words and flags of every command, as completions need them.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { type Flag, flagsOf, HELP, VERSION } from "./flags.ts";
import type { Entry } from "./registry.ts";

/** One word or flag, and what it does. */
export interface Choice {
  readonly name: string;
  /** One line without control characters. */
  readonly does: string;
}

/** What may follow a flag that takes a value. */
export type ValueChoice =
  | { readonly what: "words"; readonly words: readonly string[] }
  | { readonly what: "file" | "folder" | "nothing" };

/** A flag at one place. */
export interface FlagChoice extends Choice {
  /** `-h`, when there is one. */
  readonly short: string | undefined;
  /** Undefined when it takes no value. */
  readonly value: ValueChoice | undefined;
}

/** One place on the command line. */
export interface Place {
  /** The words that lead there with a slash before each: `/config/print`; empty for the start. */
  readonly path: string;
  /** The commands that may follow, or the values of the argument. */
  readonly words: readonly Choice[];
  /** Whether names of files may follow. */
  readonly files: boolean;
  readonly flags: readonly FlagChoice[];
}

/** Every place, the start first. Loads every command. */
export async function completionPlaces(entries: readonly Entry[]): Promise<readonly Place[]> {
  const present = await Promise.all(
    entries.map(async ({ load }) => (await load()).command),
  );
  const words = present.map(choiceOf);
  const help = { name: "help", does: "Show the help of a command" };
  const start: Place = {
    path: "",
    words: [...words, help],
    files: false,
    flags: [HELP, VERSION].map(flagChoice),
  };
  const helpPlace: Place = { path: "/help", words, files: false, flags: [] };
  const helpGroups = present.flatMap((command) => helpPlaces(command, "/help"));
  return [start, helpPlace, ...helpGroups, ...present.flatMap((command) => placesOf(command, ""))];
}

/** Groups may hold groups. */
function helpPlaces(command: Command, above: string): Place[] {
  if (command.kind !== "group") return [];
  const path = `${above}/${command.name}`;
  const place = { path, words: wordsOf(command), files: false, flags: [] };
  return [place, ...command.commands.flatMap((one) => helpPlaces(one, path))];
}

function placesOf(command: Command, above: string): Place[] {
  const path = `${above}/${command.name}`;
  const place = {
    path,
    words: wordsOf(command),
    files: command.kind === "action" && command.positionals?.completes === "file",
    flags: flagsOf(command).map(flagChoice),
  };
  const inner = command.kind === "group" ? command.commands : [];
  return [place, ...inner.flatMap((one) => placesOf(one, path))];
}

function wordsOf(command: Command): readonly Choice[] {
  if (command.kind === "group") return command.commands.map(choiceOf);
  return (command.positionals?.choices ?? []).map((name) => ({ name, does: "" }));
}

function choiceOf({ name, summary }: Command): Choice {
  return { name, does: summary };
}

function flagChoice({ name, short, help, takesValue, kind, means }: Flag): FlagChoice {
  return {
    name,
    short: short === undefined ? undefined : `-${short}`,
    does: help,
    value: takesValue
      ? valueChoice(means.what === "config" ? "file" : kind?.completes, kind?.choices)
      : undefined,
  };
}

function valueChoice(
  completes: "file" | "folder" | undefined,
  words: readonly string[] | undefined,
): ValueChoice {
  if (words !== undefined) return { what: "words", words };
  return { what: completes ?? "nothing" };
}

/** Flags that take a value anywhere: the word after one is no command. */
export function valueFlags(places: readonly Place[]): readonly string[] {
  const names = places.flatMap(({ flags }) =>
    flags.filter(({ value }) => value !== undefined).map(({ name }) => name)
  );
  return [...new Set(names)].sort();
}

/** Every value choice with the patterns `path:flag` that it belongs to, equal ones together. */
export function valuePatterns(
  places: readonly Place[],
): readonly { readonly patterns: readonly string[]; readonly value: ValueChoice }[] {
  const found = new Map<string, { patterns: string[]; value: ValueChoice }>();
  for (const { path, flags } of places) {
    for (const { name, value } of flags) {
      if (value === undefined) continue;
      const key = JSON.stringify(value);
      const same = found.get(key) ?? { patterns: [], value };
      same.patterns.push(`${path}:${name}`);
      found.set(key, same);
    }
  }
  return [...found.values()];
}

/** `text` in single quotes, as every POSIX shell and zsh read it. */
export function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
