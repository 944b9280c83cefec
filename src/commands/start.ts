/**
 * Runs one command: flags, settings, logging, signals.
 *
 * @module
 */
import { visible } from "../text.ts";
import type { Loaded } from "../config/load.ts";
import type { Action, Invocation } from "./command.ts";
import { flagsOf } from "./flags.ts";
import { commandHelp } from "./help.ts";
import { interruption } from "./interruption.ts";
import type { Io } from "./io.ts";
import { startLogging } from "./logging.ts";
import { MemoryKeeper, thisProcess } from "./memory.ts";
import { columnsOf } from "./output.ts";
import { parseLine } from "./parse.ts";
import { report } from "./report.ts";

/**
 * Runs `action`, called `name`, with the arguments that follow its name, and resolves with its exit
 * code. What the command throws is told on stderr.
 *
 * @throws {UsageError} for the arguments
 * @throws {SettingsError} for the settings
 */
export async function start(
  action: Action,
  name: string,
  args: readonly string[],
  io: Io,
): Promise<number> {
  if (asksForHelp(args)) {
    await io.stdout.write(commandHelp(action, name, columnsOf(io.stdout)));
    return 0;
  }
  const line = parseLine(action, name, args, flagsOf(action), io.cwd);
  const { environment, cwd } = io;
  // Loaded here, so that a command without settings does not pay for reading them.
  const loaded = action.reads === "none"
    ? undefined
    : await (await import("../config/load.ts")).loadSettings({
      ...{ flags: line.settings, config: line.config, environment, cwd },
    });
  for (const warning of loaded?.warnings ?? []) {
    await io.stderr.write(`chatnode: ${visible(warning)}.\n`);
  }
  const logging = loaded === undefined ? undefined : await startLogging(action, loaded, io);
  const interrupt = interruption(io.signals, io.clock);
  const process = thisProcess();
  using _keeper = process && new MemoryKeeper(io.clock, process);
  try {
    const code = await action.run(
      {
        io,
        get settings() {
          return needed(loaded).settings;
        },
        get loaded() {
          return needed(loaded);
        },
        get signal() {
          return interrupt.signal();
        },
        options: line.options,
        positionals: line.positionals,
      } satisfies Invocation,
    );
    return code ?? 0;
  } catch (error) {
    return await report(error, loaded?.settings.verbose === true ? "trace" : "sentence", io);
  } finally {
    interrupt.release();
    await logging?.close();
  }
}

/** Whoever asks for help gets it, whatever else stands on the line. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

function needed(loaded: Loaded | undefined): Loaded {
  if (loaded === undefined) throw new TypeError("a command that reads no settings asked for them");
  return loaded;
}
