/**
 * The command line: finds the command, reads its flags and settings, runs it, and turns whatever
 * happens into an exit code and, where something went wrong, a sentence on stderr.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { nearest } from "../config/names.ts";
import type { Command, Group } from "./command.ts";
import { allSettingFlags, CONFIG, flagsOf, HELP, VERSION } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { columnsOf } from "./output.ts";
import { firstWord } from "./parse.ts";
import { ENTRIES } from "./registry.ts";
import { detailAsked, report } from "./report.ts";
import { start } from "./start.ts";

/**
 * Runs `chatnode` with `args` and resolves with its exit code: 0 done, 1 failed, 2 used wrongly,
 * 130 and 143 stopped by SIGINT and SIGTERM. Never rejects.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return await report(error, detailAsked(args, io), io);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const outer = [HELP, VERSION, CONFIG, ...allSettingFlags()];
  const { word, rest, help, version } = firstWord(args, outer);
  if (word === undefined) {
    if (version) return await dispatch(["version"], io);
    if (!help) throw noCommand("chatnode", "", ENTRIES);
    await io.stdout.write(programHelp(columnsOf(io.stdout)));
    return 0;
  }
  if (word === "help") return await showHelp(rest, io);
  const command = await find(word);
  if (command.kind === "action") return await start(command, command.name, rest, io);
  return await within(command, command.name, rest, io);
}

/** `chatnode help`, `chatnode help history export`. */
async function showHelp(words: readonly string[], io: Io): Promise<number> {
  const columns = columnsOf(io.stdout);
  const [name, ...inner] = words.filter((word) => !word.startsWith("-"));
  if (name === undefined) {
    await io.stdout.write(programHelp(columns));
    return 0;
  }
  let command = await find(name);
  let full = command.name;
  for (const word of inner) {
    if (command.kind !== "group") break;
    command = findIn(command, full, word);
    full += ` ${command.name}`;
  }
  await io.stdout.write(commandHelp(command, full, columns));
  return 0;
}

/** Runs one command of a group; `name` is all its words. */
async function within(
  group: Group,
  name: string,
  args: readonly string[],
  io: Io,
): Promise<number> {
  const { word, rest, help } = firstWord(args, flagsOf(group));
  if (word === undefined) {
    if (help) {
      await io.stdout.write(commandHelp(group, name, columnsOf(io.stdout)));
      return 0;
    }
    if (group.bare !== undefined) return await start(group.bare, name, args, io);
    throw noCommand(`chatnode ${name}`, ` ${name}`, group.commands);
  }
  const found = findIn(group, name, word);
  const full = `${name} ${found.name}`;
  if (found.kind === "group") return await within(found, full, rest, io);
  return await start(found, full, rest, io);
}

async function find(word: string): Promise<Command> {
  const entry = ENTRIES.find(({ name }) => name === word);
  if (entry === undefined) throw unknownCommand(word, "", ENTRIES);
  return (await entry.load()).command;
}

function findIn(group: Group, full: string, word: string): Command {
  const found = group.commands.find(({ name }) => name === word);
  if (found === undefined) throw unknownCommand(word, `${full} `, group.commands);
  return found;
}

interface Named {
  readonly name: string;
}

function unknownCommand(word: string, before: string, known: readonly Named[]): UsageError {
  const meant = nearest(word, known.map(({ name }) => name));
  const shown = visible(word.slice(0, 60));
  return new UsageError("usage/command", `Cannot run ${before}${shown}: there is no such command`, {
    hint: meant === undefined ? listOf(before, known) : `Did you mean ${before}${meant}?`,
  });
}

function noCommand(what: string, before: string, known: readonly Named[]): UsageError {
  return new UsageError("usage/command", `Cannot run ${what}: no command is given`, {
    hint: listOf(before, known),
  });
}

function listOf(before: string, known: readonly Named[]): string {
  return `The commands are ${known.map(({ name }) => name).join(", ")}. See: chatnode help${
    before.trimEnd() === "" ? "" : ` ${before.trim()}`
  }`;
}
