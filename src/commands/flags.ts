/**
 * The flags that one command takes: those of its settings, its own, and the two that every command
 * has.
 *
 * @module
 */
import { flagName } from "../config/names.ts";
import type { Kind } from "../config/kinds.ts";
import type { Key } from "../config/schema.ts";
import { row, type Spelling, SPELLINGS } from "../config/spelling.ts";
import type { Action, Command, Option } from "./command.ts";

/** One flag as typed, and what it stands for. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  readonly short?: string;
  readonly takesValue: boolean;
  readonly kind: Kind<unknown> | undefined;
  readonly help: string;
  readonly means:
    | { readonly what: "setting"; readonly key: Key; readonly negated: boolean }
    | { readonly what: "option"; readonly key: string; readonly negated: boolean }
    | { readonly what: "config" | "help" | "version" };
}

/** What every command takes. */
export const HELP: Flag = {
  name: "--help",
  short: "h",
  takesValue: false,
  kind: undefined,
  help: "Show this help.",
  means: { what: "help" },
};

/** What the bare program takes. */
export const VERSION: Flag = {
  name: "--version",
  short: "V",
  takesValue: false,
  kind: undefined,
  help: "Show the version.",
  means: { what: "version" },
};

/** What every command with settings takes. */
export const CONFIG: Flag = {
  name: "--config",
  takesValue: true,
  kind: undefined,
  help: "Settings file; else chatnode.jsonc here, else in the data folder.",
  means: { what: "config" },
};

/** The settings that `command` takes as flags, in the table's order. */
export function settingsOf(command: Command): readonly Spelling[] {
  const readers = actionsOf(command).map(({ reads }) => reads);
  return SPELLINGS.filter(({ key }) => {
    const { readers: own } = row(key);
    return readers.some((reader) =>
      reader !== "none" && (reader === "every" || own === "all" || own.includes(reader))
    );
  });
}

/** Every flag that `command` takes; of a group, what any of its commands takes. */
export function flagsOf(command: Command): readonly Flag[] {
  const settings = settingsOf(command);
  const options = actionsOf(command).flatMap(optionFlags);
  return [
    HELP,
    ...(settings.length === 0 ? [] : [CONFIG]),
    ...settings.flatMap(settingFlags),
    ...options,
  ];
}

/** Everything that a command can do. */
function actionsOf(command: Command): readonly Action[] {
  if (command.kind === "action") return [command];
  const inner = command.commands.flatMap(actionsOf);
  return command.bare === undefined ? inner : [command.bare, ...inner];
}

/** The flags of every setting. */
export function allSettingFlags(): readonly Flag[] {
  return SPELLINGS.flatMap(settingFlags);
}

function settingFlags(spelled: Spelling): Flag[] {
  const { key, flag, negatedFlag } = spelled;
  const { kind, help } = row(key);
  return both(flag, negatedFlag, kind, help, (negated) => ({ what: "setting", key, negated }));
}

function optionFlags(command: Action): Flag[] {
  return Object.entries(command.options).flatMap(([key, option]: [string, Option<unknown>]) => {
    const { kind, help } = option;
    const negated = kind.placeholder === "" ? `--no-${flagName(key)}` : undefined;
    return both(
      `--${flagName(key)}`,
      negated,
      kind,
      help,
      (negated) => ({ what: "option", key, negated }),
    );
  });
}

function both(
  name: string,
  negatedName: string | undefined,
  kind: Kind<unknown>,
  help: string,
  means: (negated: boolean) => Flag["means"],
): Flag[] {
  const positive = { name, takesValue: negatedName === undefined, kind, help, means: means(false) };
  if (negatedName === undefined) return [positive];
  return [positive, { ...positive, name: negatedName, means: means(true) }];
}
