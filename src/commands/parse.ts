/**
 * Arguments to flags, values and words.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { nearest } from "../config/names.ts";
import { Refused } from "../config/kinds.ts";
import type { GivenFlag } from "../config/sources.ts";
import type { Action } from "./command.ts";
import { allSettingFlags, CONFIG, type Flag, HELP, VERSION } from "./flags.ts";

/** One flag or word, with its place among the arguments. */
type Item =
  | { readonly what: "word"; readonly text: string; readonly index: number }
  | { readonly what: "unknown"; readonly name: string; readonly index: number }
  | {
    readonly what: "flag";
    readonly flag: Flag;
    readonly index: number;
    /** Undefined when none was given. */
    readonly value: string | undefined;
  };

/**
 * Splits `args` by the flags that are known.
 *
 * @throws {UsageError} `usage/missing-value` when a flag that takes a value has none
 */
export function split(args: readonly string[], flags: readonly Flag[]): readonly Item[] {
  const byName = new Map(flags.map((flag) => [flag.name.slice(2), flag]));
  const options = Object.fromEntries(
    [...byName].map(([name, flag]) => [name, {
      type: flag.takesValue ? "string" as const : "boolean" as const,
      ...(flag.short === undefined ? {} : { short: flag.short }),
    }]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): Item[] => {
    if (token.kind === "option-terminator") return [];
    const { index } = token;
    if (token.kind === "positional") return [{ what: "word", text: token.value, index }];
    const flag = byName.get(token.name);
    if (flag === undefined) return [{ what: "unknown", name: token.rawName, index }];
    const value = token.inlineValue === undefined ? undefined : token.value;
    return [{ what: "flag", flag, index, value: checkedValue(flag, value, token.inlineValue) }];
  });
}

/** A flag's value that looks like the next flag means that the value was forgotten. */
function checkedValue(
  flag: Flag,
  value: string | undefined,
  inline: boolean | undefined,
): string | undefined {
  if (!flag.takesValue) return value;
  const forgotten = value === undefined || (inline !== true && /^-./.test(value));
  if (!forgotten) return value;
  throw new UsageError("usage/missing-value", `Cannot use ${flag.name}: its value is missing`, {
    hint: `Write ${flag.name}=VALUE if the value begins with a dash.`,
  });
}

/** The first word of `args` and the arguments without it. */
export interface FirstWord {
  readonly word: string | undefined;
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

/**
 * Finds the word that names a command; flags may stand before it.
 *
 * @throws {UsageError} when a flag before the word is not known
 */
export function firstWord(args: readonly string[], flags: readonly Flag[]): FirstWord {
  const items = split(args, flags);
  const at = items.findIndex(({ what }) => what === "word");
  const before = at < 0 ? items : items.slice(0, at);
  for (const item of before) if (item.what === "unknown") throw unknownFlag(item.name, flags);
  const found = items[at];
  const asked = (flag: Flag) => items.some((item) => item.what === "flag" && item.flag === flag);
  return {
    word: found?.what === "word" ? found.text : undefined,
    rest: found === undefined ? args : args.filter((_, index) => index !== found.index),
    help: asked(HELP),
    version: asked(VERSION),
  };
}

/** What the arguments of one command say. */
export interface ParsedLine {
  readonly settings: readonly GivenFlag[];
  readonly config: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

/**
 * Reads the arguments of `action`, the words that name it taken out.
 *
 * @throws {UsageError} for unknown flags, values that a flag does not take, and too many or too few
 *   words
 */
export function parseLine(
  action: Action,
  name: string,
  args: readonly string[],
  flags: readonly Flag[],
  cwd: string,
): ParsedLine {
  const settings: GivenFlag[] = [];
  const options = Object.fromEntries(
    Object.entries(action.options).map(([key, { fallback }]) => [key, fallback]),
  );
  const given = new Set<string>();
  const positionals: string[] = [];
  let config: string | undefined;
  for (const item of split(args, flags)) {
    if (item.what === "unknown") throw unknownFlag(item.name, flags, name);
    if (item.what === "word") {
      positionals.push(item.text);
      continue;
    }
    const { flag: { means }, flag, value = "true" } = item;
    if (means.what === "config") config = value;
    if (means.what === "setting") {
      const text = means.negated ? negated(flag, value) : value;
      settings.push({ key: means.key, flag: flag.name, text });
    }
    if (means.what === "option") {
      const read = readOption(flag, means.negated ? negated(flag, value) : value, cwd);
      const more = given.has(means.key) && flag.kind?.repeats === true;
      const before = options[means.key];
      options[means.key] = more && Array.isArray(before) ? before.concat(read) : read;
      given.add(means.key);
    }
  }
  checkCount(action, name, positionals);
  return { settings, config, options, positionals };
}

function negated(flag: Flag, value: string): string {
  if (value === "true") return "false";
  throw new UsageError(
    "usage/value",
    `Cannot use ${flag.name}=${visible(value)}: it takes no value`,
  );
}

function readOption(flag: Flag, text: string, cwd: string): unknown {
  try {
    return flag.kind?.parse(text, cwd);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new UsageError(
      "usage/value",
      `Cannot use ${flag.name}: ${error.message}`,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
}

function checkCount(action: Action, name: string, words: readonly string[]): void {
  const { positionals } = action;
  const hint = `See: chatnode help ${name}`;
  if (words.length > (positionals?.most ?? 0)) {
    const extra = visible(words[positionals?.most ?? 0] ?? "");
    throw new UsageError(
      "usage/too-many",
      `Cannot run ${name}: the argument "${extra}" is one too many`,
      { hint },
    );
  }
  if (words.length < (positionals?.least ?? 0)) {
    throw new UsageError("usage/too-few", `Cannot run ${name}: ${positionals?.usage} is missing`, {
      hint,
    });
  }
}

function unknownFlag(name: string, flags: readonly Flag[], command?: string): UsageError {
  const shown = visible(name.slice(0, 60));
  const elsewhere = allSettingFlags().some((flag) => flag.name === name) || name === CONFIG.name;
  if (elsewhere && command !== undefined) {
    return new UsageError(
      "usage/flag",
      `Cannot use ${shown} with ${command}: it has no effect there`,
    );
  }
  const meant = nearest(name, flags.map((flag) => flag.name));
  return new UsageError("usage/flag", `Cannot use ${shown}: there is no such flag`, {
    hint: meant === undefined
      ? `See: chatnode help${command === undefined ? "" : ` ${command}`}`
      : `Did you mean ${meant}?`,
  });
}
