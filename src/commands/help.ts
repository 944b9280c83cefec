/**
 * The help texts, made from the tables.
 *
 * @module
 */
import { flagName } from "../config/names.ts";
import { GROUPS } from "../config/setting.ts";
import { row, type Spelling } from "../config/spelling.ts";
import type { Action, Command, Example, Group } from "./command.ts";
import { CONFIG, HELP, settingsOf, VERSION } from "./flags.ts";
import { definitions, wrapped } from "./output.ts";
import { ENTRIES } from "./registry.ts";

const INDENT = 2;
const DEEPER = 6;

/** The help of the bare program. */
export function programHelp(columns: number): string {
  const commands = ENTRIES.map(({ name, summary }) => [name, summary] as const);
  const flags = [HELP, VERSION].map(({ name, short, help }) =>
    [`-${short}, ${name}`, help] as const
  );
  return sections([
    wrapped("chatnode: an all-in-one chat node for small servers.", columns),
    "Usage: chatnode COMMAND [flags]",
    `Commands:\n${definitions(commands, columns).trimEnd()}`,
    `Flags:\n${definitions(flags, columns).trimEnd()}`,
    wrapped("chatnode help COMMAND tells more about each.", columns),
  ]);
}

/** The help of one command; `name` is all its words, `history export`. */
export function commandHelp(command: Command, name: string, columns: number): string {
  return command.kind === "group"
    ? groupHelp(command, name, columns)
    : actionHelp(command, name, columns);
}

function groupHelp(command: Group, name: string, columns: number): string {
  const { bare } = command;
  const rows = command.commands.map((one) => [one.name, one.summary] as const);
  const inner = `chatnode ${name} COMMAND [flags]`;
  return sections([
    wrapped(`${command.summary}.`, columns),
    bare === undefined ? `Usage: ${inner}` : `Usage: chatnode ${name} [flags]\n       ${inner}`,
    ...description(command.description, columns),
    `Commands:\n${definitions(rows, columns).trimEnd()}`,
    ...examples(command.examples, columns),
    wrapped(`chatnode help ${name} COMMAND tells more about each.`, columns),
    ...(bare === undefined
      ? []
      : [ownFlags(bare, columns), ...settings(settingsOf(bare), columns)]),
  ]);
}

function actionHelp(command: Action, name: string, columns: number): string {
  const { positionals } = command;
  const words = positionals === undefined ? "" : ` ${positionals.usage}`;
  return sections([
    wrapped(`${command.summary}.`, columns),
    `Usage: chatnode ${name}${words} [flags]`,
    ...description(command.description, columns),
    ...(positionals === undefined
      ? []
      : [`Arguments:\n${entry(positionals.usage, positionals.help, columns)}`]),
    ...examples(command.examples, columns),
    ownFlags(command, columns),
    ...settings(settingsOf(command), columns),
  ]);
}

function ownFlags({ options }: Action, columns: number): string {
  const own = Object.entries(options).map(([key, { kind, help, defaultText }]) => {
    const value = kind.placeholder === "" ? "" : ` ${kind.placeholder}`;
    const fallback = defaultText === undefined || defaultText === "" || defaultText === "false"
      ? ""
      : ` Default: ${defaultText}.`;
    return entry(`--${flagName(key)}${value}`, help + fallback, columns);
  });
  return `Flags:\n${[...own, entry(`-h, ${HELP.name}`, HELP.help, columns)].join("\n")}`;
}

function settings(spelled: readonly Spelling[], columns: number): string[] {
  if (spelled.length === 0) return [];
  const intro = "Settings: each is a flag here, a variable in the environment or .env, and a key " +
    "in chatnode.jsonc; the first of these that gives one counts.";
  const groups = GROUPS.flatMap((group) => {
    const own = spelled.filter(({ key }) => row(key).group === group);
    if (own.length === 0) return [];
    return [`${group}:\n${own.map((one) => setting(one, columns)).join("\n")}`];
  });
  const file = entry(
    `${CONFIG.name} FILE`,
    `${CONFIG.help} Environment: CHATNODE_CONFIG.`,
    columns,
  );
  return [wrapped(intro, columns), file, ...groups];
}

function setting(spelled: Spelling, columns: number): string {
  const { kind, help, defaultWords } = row(spelled.key);
  const flag = spelled.negatedFlag === undefined
    ? `${spelled.flag} ${kind.placeholder}`
    : `${spelled.flag}, ${spelled.negatedFlag}`;
  const names = [...spelled.environment, spelled.environmentFile].filter((name) => name);
  const text = `${help} Default: ${defaultWords}. Environment: ${names.join(", ")}.`;
  return entry(flag, text, columns);
}

function examples(list: readonly Example[] | undefined, columns: number): string[] {
  if (list === undefined || list.length === 0) return [];
  const lines = list.map(({ line, does }) =>
    `  chatnode ${line}\n${wrapped(`${does}`, columns, DEEPER)}`
  );
  return [`Examples:\n${lines.join("\n")}`];
}

function entry(term: string, text: string, columns: number): string {
  return `${" ".repeat(INDENT)}${term}\n${wrapped(text, columns, DEEPER)}`;
}

function description(text: string | undefined, columns: number): string[] {
  return text === undefined ? [] : [wrapped(text, columns)];
}

function sections(parts: readonly string[]): string {
  return parts.join("\n\n") + "\n";
}
