/**
 * The logger every room uses, and where its lines go.
 *
 * A category is the room's name (`["history"]`, `["http"]`). Properties are structured; never a
 * message body, a secret or a token: log the event id, the account's name, the byte count. What has
 * the name or the shape of a secret is masked all the same, and no value can forge a line.
 *
 * @module
 */
import {
  configureSync,
  getLogger,
  type LogLevel,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { LogFile } from "./log/file.ts";
import { type Format, jsonLine, textLine } from "./log/format.ts";
import { type LogStream, StreamQueue } from "./log/stream.ts";

export { getLogger, type Logger, type LogLevel } from "@logtape/logtape";
export type { LogStream } from "./log/stream.ts";

/** Where lines go and how they look. */
export interface LogOptions {
  /** Decides how large log files grow: 5 MB and 3 kept, in production 50 MB and 10 kept. */
  readonly env: "development" | "production" | "testing";
  /** The least severe level that is logged. */
  readonly level: LogLevel;
  /** Form of the lines on stderr: `auto` is text on a terminal, JSON elsewhere. */
  readonly format: "auto" | "text" | "json";
  /** Whether text lines have colours. */
  readonly colour: "coloured" | "plain";
  /** Folder of `chatnode.log` and `errors.log`; undefined for no files. Files hold JSON lines. */
  readonly dir: string | undefined;
  readonly stderr: LogStream;
  readonly clock: Clock;
}

/** Logging as configured. */
export interface Logging {
  /** Opens the files anew: for SIGHUP, after something has moved them away. Never rejects. */
  reopen(): Promise<void>;
  /** Writes what waits and stops logging. Never rejects; idempotent. */
  close(): Promise<void>;
}

const MB = 1000 * 1000;
const ROTATION = {
  development: { maxBytes: 5 * MB, maxFiles: 3 },
  testing: { maxBytes: 5 * MB, maxFiles: 3 },
  production: { maxBytes: 50 * MB, maxFiles: 10 },
} as const;

/** LogTape's own troubles: sinks that threw, files that could not be written. */
const META = ["logtape", "meta"];

/**
 * Sends the lines of all loggers of this process to where `options` say, instead of wherever they
 * went before. A log that cannot be written never stops the process: stderr is queued up to a bound,
 * a file is tried again after a while, and stderr says so.
 */
export function configureLogging(options: LogOptions): Logging {
  const { env, level, dir, clock } = options;
  const format = streamFormat(options);
  const queue = new StreamQueue(options.stderr, clock, (count) => format(dropped(count, clock)));
  const stderr = (record: LogRecord) => queue.add(format(record));
  const open = (name: string, flush: "soon" | "at once") => {
    const path = join(dir ?? "", name);
    const onFailure = (error: unknown) => stderr(failure(path, error, clock));
    return new LogFile({ path, ...ROTATION[env], format: jsonLine, flush, clock, onFailure });
  };
  const files = dir === undefined
    ? []
    : [open("chatnode.log", "soon"), open("errors.log", "at once")];
  const [all, errors] = files;
  configureSync({
    reset: true,
    sinks: {
      all(record) {
        stderr(record);
        all?.add(record);
        if (record.level === "error" || record.level === "fatal") errors?.add(record);
      },
      meta(record) {
        const { path, error } = record.properties;
        const file = files.find((one) => one.path === path);
        if (file === undefined) stderr(record);
        else file.failed(error);
      },
    },
    loggers: [
      { category: [], sinks: ["all"], lowestLevel: level },
      { category: META, sinks: ["meta"], parentSinks: "override", lowestLevel: "warning" },
    ],
  });
  const logger = getLogger(["log"]);
  let running = true;
  return {
    async reopen() {
      if (!running) return;
      await Promise.all(files.map((file) => file.reopen()));
      logger.debug("log files opened anew");
    },
    async close() {
      if (!running) return;
      running = false;
      resetSync();
      await Promise.all(files.map((file) => file.close()));
      await queue.close();
    },
  };
}

function streamFormat({ format, stderr, colour }: LogOptions): Format {
  const text = format === "text" || (format === "auto" && stderr.isTerminal);
  return text ? textLine(colour) : jsonLine;
}

/** The record that tells, on stderr alone, that a file cannot be written. */
function failure(path: string, error: unknown, clock: Clock): LogRecord {
  const reason = error instanceof Error ? error.message : String(error);
  const message = "Cannot write {path}: {reason}; lines for it are lost until it can be";
  return ownRecord("error", message, { path, reason }, clock);
}

/** The record that stands where lines for stderr were dropped. */
function dropped(count: number, clock: Clock): LogRecord {
  return ownRecord("warning", "{count} lines were dropped: stderr is read too slowly", {
    count,
  }, clock);
}

function ownRecord(
  level: LogLevel,
  rawMessage: string,
  properties: Record<string, unknown>,
  clock: Clock,
): LogRecord {
  return {
    category: ["log"],
    level,
    rawMessage,
    message: [rawMessage],
    timestamp: clock.now(),
    properties,
  };
}
