/**
 * `chatnode history import`.
 *
 * @module
 */
import { resolve } from "node:path";
import { boolean, choice, list, path, text } from "../config/kinds.ts";
import type { Settings } from "../config/schema.ts";
import { ChatnodeError } from "../errors.ts";
import {
  importLines,
  type ImportReport,
  keepDeviceRecords,
  readDeviceRecords,
} from "../history/import.ts";
import { readPublicKeys } from "../history/keys.ts";
import { LOG_FORMATS } from "../history/logs/contract.ts";
import { openHistory } from "../history/open.ts";
import type { FileHistory } from "../history/store.ts";
import type { DeviceRecord } from "../message/device.ts";
import { visible } from "../text.ts";
import { action, option, optionalFlag } from "./command.ts";
import { checkZone, findRequested, importFound } from "./history_import_logs.ts";
import { jidKind, jidOf, senderKind } from "./history_options.ts";
import type { Io, Output } from "./io.ts";
import { settleNodeName } from "./node_name.ts";
import { table } from "./output.ts";
import { progress } from "./progress.ts";

/** Refused lines that are named one by one. */
const NAMED = 20;

export const importAction = action({
  name: "import",
  summary: "Take in an export, or the logs of other chat programs",
  reads: "history",
  description:
    "Every signature is checked against the public records of the devices that signed: " +
    "those in the data folder, and those in FILE.keys, which export writes beside its output, or " +
    "in the file that --keys names. What is here already is not stored again, so an import that " +
    "was interrupted is simply done again. The server has to be stopped.\n\n" +
    "With --from, FILE is a log of another chat program or a folder of them: Pidgin's, text and " +
    "HTML, plain daily files, or numbered ones. Each message becomes an event at the time that the " +
    "log says, signed by a device made for the import. What the history has already, also from a " +
    "live conversation, is left out.",
  examples: [
    { line: "history import backup.jsonl", does: "With backup.jsonl.keys beside it." },
    { line: "history import reference.jsonl --insecure-unverified", does: "Lines without a key." },
    { line: "history import --from pidgin ~/.purple/logs", does: "All of Pidgin's XMPP logs." },
    {
      line: "history import --from daily --account me@example.com logs/xmpp",
      does: "Plain files of a day each.",
    },
  ],
  positionals: {
    usage: "FILE",
    help: "Event lines, as export writes them; with --from a log or a folder.",
    least: 1,
    most: 1,
    completes: "file",
  },
  options: {
    keys: optionalFlag(path("file"), "Public records of the devices that signed, one a line."),
    insecureUnverified: option(
      boolean(),
      "Also take lines whose signature cannot be checked or is wrong.",
      false,
    ),
    from: option(choice("export", ...LOG_FORMATS), "What wrote it.", "export"),
    account: optionalFlag(
      jidKind(),
      "With --from: whose logs they are, where they do not say it; default $XMPP_JID.",
    ),
    own: option(list(senderKind()), "With --from: what the logs call you, if not that.", []),
    zone: optionalFlag(
      text({ placeholder: "ZONE", wants: "a time zone", pattern: /^[A-Za-z0-9_+/:-]{1,64}$/ }),
      "With --from: the zone of local times, as Europe/Berlin; default this machine's.",
    ),
  },
  async run({ io, settings, options, positionals: [name = ""], signal }) {
    const path = resolve(io.cwd, name);
    const { from, own } = options;
    if (from === "export") return await importExport({ io, settings, options, path, signal });
    const account = options.account ?? jidOf(io.environment["XMPP_JID"] ?? "");
    const zone = checkZone(options.zone ?? Temporal.Now.timeZoneId());
    const request = { io, format: from, path, account, own, zone, signal };
    const found = await findRequested(request);
    return await withHistory(
      io,
      settings,
      (history) => importFound(request, found, history),
    );
  },
});

interface ExportImport {
  readonly io: Io;
  readonly settings: Settings;
  readonly options: { readonly keys: string | undefined; readonly insecureUnverified: boolean };
  /** Absolute. */
  readonly path: string;
  readonly signal: AbortSignal;
}

async function importExport(request: ExportImport): Promise<0 | 1> {
  const { io, settings, options, path: file, signal } = request;
  const records = await readRecords(file, options.keys && resolve(io.cwd, options.keys));
  using source = await openExport(file);
  const total = (await source.stat()).size;
  return await withHistory(io, settings, async (history) => {
    const { layout } = history.parts;
    await keepDeviceRecords(layout, records);
    const output = io.stderr;
    const shown = progress({ label: "Importing", total, unit: "bytes", output, clock: io.clock });
    const report = await importLines({
      history,
      source: source.readable,
      keys: await readPublicKeys(layout),
      trust: options.insecureUnverified ? "insecure-unverified" : "signed",
      now: io.clock.now(),
      signal,
      onProgress: (bytes) => shown.update(bytes),
    }).finally(() => shown.finish());
    return await tell(report, io.stdout, io.stderr);
  });
}

async function withHistory<T>(
  io: Io,
  settings: Settings,
  work: (history: FileHistory) => Promise<T>,
): Promise<T> {
  const history = await openHistory({
    dir: settings.data,
    program: "chatnode history import",
    node: () => settleNodeName(settings.data, settings.name, (count) => io.random(count)),
    clock: io.clock,
    durability: settings.durability,
  });
  try {
    return await work(history);
  } finally {
    await history.close();
  }
}

async function tell(report: ImportReport, stdout: Output, stderr: Output): Promise<0 | 1> {
  const { stored, known, refused } = report;
  await stdout.write(
    table([
      ["stored", String(stored)],
      ["already here", String(known)],
      ["refused", String(refused.length)],
    ], { right: [1] }),
  );
  if (refused.length === 0) return 0;
  for (const { line, code } of refused.slice(0, NAMED)) {
    await stderr.write(`line ${line}: ${explain(code)}\n`);
  }
  if (refused.length > NAMED) await stderr.write(`and ${refused.length - NAMED} more\n`);
  return 1;
}

function explain(code: string): string {
  if (code === "import/unknown-signer") {
    return "signed by a device whose public record is not known; give it with --keys";
  }
  if (code === "import/signature") return "its signature is wrong";
  if (code === "event/future") return "its time lies more than an hour ahead of this machine's";
  return `it is no event that can be stored (${code})`;
}

async function readRecords(file: string, keys: string | undefined): Promise<DeviceRecord[]> {
  const path = keys ?? `${file}.keys`;
  try {
    return readDeviceRecords(await Deno.readTextFile(path));
  } catch (error) {
    if (keys === undefined && error instanceof Deno.errors.NotFound) return [];
    const state = error instanceof ChatnodeError
      ? "it holds no public records of devices"
      : "it cannot be read";
    throw new ChatnodeError("import/keys", `Cannot use ${visible(path)}: ${state}`, {
      cause: error,
    });
  }
}

/** @throws {ChatnodeError} `import/file` */
async function openExport(file: string): Promise<Deno.FsFile> {
  const refusal = (state: string, rest: { hint?: string; cause?: unknown }) =>
    new ChatnodeError("import/file", `Cannot read ${visible(file)}: ${state}`, rest);
  try {
    if ((await Deno.stat(file)).isDirectory) {
      const hint = "With --from it may be a folder: the logs of another chat program.";
      throw refusal("it is a folder", { hint });
    }
    return await Deno.open(file);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw refusal("no such file", { cause });
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw refusal("this user may not", { cause });
    }
    throw cause;
  }
}
