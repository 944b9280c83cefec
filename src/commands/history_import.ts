/**
 * `chatnode history import`.
 *
 * @module
 */
import { resolve } from "node:path";
import { boolean, path } from "../config/kinds.ts";
import { ChatnodeError } from "../errors.ts";
import {
  importLines,
  type ImportReport,
  keepDeviceRecords,
  readDeviceRecords,
} from "../history/import.ts";
import { readPublicKeys } from "../history/keys.ts";
import { createLayout } from "../history/layout.ts";
import { openHistory } from "../history/open.ts";
import type { DeviceRecord } from "../message/device.ts";
import { visible } from "../text.ts";
import { action, option, optionalFlag } from "./command.ts";
import type { Output } from "./io.ts";
import { settleNodeName } from "./node_name.ts";
import { table } from "./output.ts";
import { progress } from "./progress.ts";

/** Refused lines that are named one by one. */
const NAMED = 20;

export const importAction = action({
  name: "import",
  summary: "Take in what was exported as signed lines",
  reads: "history",
  description:
    "Every signature is checked against the public records of the devices that signed: " +
    "those in the data folder, and those in FILE.keys, which export writes beside its output, or " +
    "in the file that --keys names. What is here already is not stored again, so an import that " +
    "was interrupted is simply done again. The server has to be stopped.",
  examples: [
    { line: "history import backup.jsonl", does: "With backup.jsonl.keys beside it." },
    { line: "history import reference.jsonl --insecure-unverified", does: "Lines without a key." },
  ],
  positionals: {
    usage: "FILE",
    help: "Event lines, as export writes them.",
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
  },
  async run({ io, settings, options, positionals: [name = ""], signal }) {
    const file = resolve(io.cwd, name);
    const records = await readRecords(file, options.keys && resolve(io.cwd, options.keys));
    const total = await sizeOf(file);
    const history = await openHistory({
      dir: settings.data,
      program: "chatnode history import",
      node: () => settleNodeName(settings.data, settings.name, (count) => io.random(count)),
      clock: io.clock,
      durability: settings.durability,
    });
    try {
      const layout = createLayout(settings.data);
      await keepDeviceRecords(layout, records);
      const output = io.stderr;
      const shown = progress({ label: "Importing", total, unit: "bytes", output, clock: io.clock });
      using source = await Deno.open(file);
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
    } finally {
      await history.close();
    }
  },
});

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

async function sizeOf(file: string): Promise<number> {
  try {
    return (await Deno.stat(file)).size;
  } catch (cause) {
    throw new ChatnodeError("import/file", `Cannot read ${visible(file)}: no such file`, { cause });
  }
}
