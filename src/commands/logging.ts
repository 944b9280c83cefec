/**
 * Where a command's log lines go.
 *
 * @module
 */
import type { Loaded } from "../config/load.ts";
import type { Action } from "./command.ts";
import type { Io } from "./io.ts";
import { wantsColour } from "./output.ts";

/** What has to be ended with the command. */
export interface CommandLogging {
  close(): Promise<void>;
}

/**
 * Configures logging for `action`. A service logs what the settings say, to files as well, and
 * opens them anew on SIGHUP; any other command tells only warnings, as text, unless somebody asks.
 */
export async function startLogging(
  action: Action,
  { settings, origins }: Loaded,
  io: Io,
): Promise<CommandLogging> {
  // Loaded here, so that commands without settings start without it.
  const { configureLogging } = await import("../log.ts");
  const { env, logLevel, logFormat, logFiles, logDir, verbose } = settings;
  const service = action.logs === "service";
  const asked = service || origins.logLevel.from !== "default";
  const level = asked ? logLevel : "warning";
  const logging = configureLogging({
    env,
    level: verbose && level !== "trace" ? "debug" : level,
    format: !service && logFormat === "auto" ? "text" : logFormat,
    colour: wantsColour(io.stderr, io.environment) ? "coloured" : "plain",
    dir: service && logFiles ? logDir : undefined,
    stderr: io.stderr,
    clock: io.clock,
  });
  const forget = service ? io.signals.on("SIGHUP", () => void logging.reopen()) : () => {};
  return {
    async close() {
      forget();
      await logging.close();
    },
  };
}
