/**
 * `chatnode history import --from pidgin|daily|numbered`: logs of other chat programs.
 *
 * @module
 */
import { relative } from "node:path";
import { ChatnodeError, UsageError } from "../errors.ts";
import type { LogFormatName } from "../history/logs/contract.ts";
import { findLogs, type FoundLogs } from "../history/logs/find.ts";
import { importLogs, type LeftOutLine, type LogImportReport } from "../history/logs/import.ts";
import type { FileHistory } from "../history/store.ts";
import { visible } from "../text.ts";
import type { Io } from "./io.ts";
import { table } from "./output.ts";
import { progress } from "./progress.ts";

/** What the command was asked for. */
export interface LogImportRequest {
  readonly io: Io;
  readonly format: LogFormatName;
  /** Absolute. */
  readonly path: string;
  readonly account: string | undefined;
  readonly own: readonly string[];
  readonly zone: string;
  readonly signal: AbortSignal;
}

/** Lines left out that are named one by one. */
const NAMED = 20;

/**
 * What is found below the path.
 *
 * @throws {UsageError} `import/file`, `import/account`, `import/empty`
 */
export async function findRequested(request: LogImportRequest): Promise<FoundLogs> {
  const { format, path, account, signal } = request;
  if (format === "daily" && account === undefined) {
    throw new UsageError(
      "import/account",
      "Cannot import the logs: they do not say whose they are",
      {
        hint: "Give --account with your address, or set XMPP_JID.",
      },
    );
  }
  try {
    const found = await findLogs(path, { format, account, signal });
    if (found.files.length > 0) return found;
  } catch (cause) {
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new ChatnodeError("import/file", `Cannot read all of ${visible(path)}: not permitted`, {
        hint: "Run as the user whose logs they are.",
        cause,
      });
    }
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError("import/file", `Cannot read ${visible(path)}: there is no such file`, {
      cause,
    });
  }
  throw new UsageError(
    "import/empty",
    `Cannot import ${visible(path)}: no ${format} log is in it`,
    {
      hint: HINTS[format],
    },
  );
}

const HINTS: Readonly<Record<LogFormatName, string>> = {
  pidgin: "Pidgin keeps logs/jabber/<account>/<contact>/<day>.<time>.txt or .html in ~/.purple.",
  daily: "Daily logs are logs/xmpp/<contact, @ as _at_>/<day>.txt.",
  numbered: "Numbered logs are logs/<account>/<contact, @ as _at_>/<day>_<number>.txt.",
};

/** Takes in what was found and says what became of it. */
export async function importFound(
  { io, format, path, own, zone, signal }: LogImportRequest,
  found: FoundLogs,
  history: FileHistory,
): Promise<0 | 1> {
  const { device } = history.parts;
  const shown = progress({
    label: "Importing",
    total: found.files.reduce((sum, { bytes }) => sum + bytes, 0) * 2,
    unit: "bytes",
    output: io.stderr,
    clock: io.clock,
  });
  const random = { fill: (bytes: Uint8Array) => void bytes.set(io.random(bytes.length)) };
  const report = await importLogs({
    history,
    files: found.files,
    format,
    own,
    zone,
    device: { random, node: device.record.node, now: io.clock.now() },
    signal,
    onProgress: (bytes) => shown.update(bytes),
  }).finally(() => shown.finish());
  await io.stdout.write(summary(report, found.skipped));
  await io.stderr.write(remarks(report, path));
  return report.leftOut.length === 0 ? 0 : 1;
}

function summary(report: LogImportReport, skipped: number): string {
  return table([
    ["files", String(report.files)],
    ["other files", String(skipped)],
    ["stored", String(report.stored)],
    ["already here", String(report.known)],
    ["lines of the program", String(report.notices)],
    ["left out", String(report.leftOut.length)],
  ], { right: [1] });
}

function remarks({ leftOut, unsettled }: LogImportReport, path: string): string {
  const lines = leftOut.slice(0, NAMED).map((line) => `${describe(line, path)}\n`);
  if (leftOut.length > NAMED) lines.push(`and ${leftOut.length - NAMED} more\n`);
  for (const { peer, names } of unsettled) {
    lines.push(
      `${names.map(visible).join(" and ")} were all taken for ${visible(peer)}; ` +
        "if one of them is you, say so with --own NAME\n",
    );
  }
  return lines.join("");
}

function describe({ path, line, why }: LeftOutLine, base: string): string {
  const file = visible(relative(base, path) || path);
  const states: Readonly<Record<LeftOutLine["why"], string>> = {
    unreadable: "it is no line of this format",
    "too long": "its message is too long",
    future: "its time is none that a message can have",
    "file too large": "the file is too large to be a log",
  };
  return `${file}${line === 0 ? "" : `, line ${line}`}: ${states[why]}`;
}

/**
 * The zone that local times are in.
 *
 * @throws {UsageError} `import/zone` when it is none
 */
export function checkZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError("import/zone", `Cannot use the time zone ${visible(zone)}: unknown`, {
      hint: "Write one as Europe/Berlin or UTC.",
      cause,
    });
  }
}
