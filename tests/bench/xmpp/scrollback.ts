/**
 * How long a person waits for a page of what was said long ago.
 *
 * @module
 */
import { join } from "node:path";
import { capture } from "../../../tasks/program.ts";
import { type Bench, paced, type Table } from "../contract.ts";
import { bundleLauncher } from "../servers/chatnode.ts";
import { quantile, spread } from "../statistics.ts";
import type { BenchServer } from "./server.ts";

/** Nobody sees what takes less. */
const VISIBLE_MS = 100;
const HERE = import.meta.dirname ?? ".";
const SCRIPT = join(HERE, "..", "peers", "scroll.py");

/** See the module's description. */
export async function scrollback(bench: Bench, server: BenchServer): Promise<Table> {
  await bench.say("Scrollback of the full screen");
  await bench.tools.system("python3");
  const messages = paced(bench, 10_000, 2_000);
  const { port, ca, accounts: [account] } = await server.accounts(1);
  const { program, args } = await bundleLauncher(bench);
  const jid = `${account?.name}@localhost`;
  const data = await bench.folder("scrollback");
  await ran(Deno.execPath(), [
    ...["run", "-A", "--no-check", join(HERE, "fill.ts")],
    ...[data, jid, "friend@localhost", String(messages)],
  ]);
  const connect = ["--connect", `xmpp://127.0.0.1:${port}`, "--ca", ca];
  const client = ["client", `xmpp:${jid}`, "--room", "friend@localhost", ...connect];
  const found = await ran("/usr/bin/python3", [
    ...[SCRIPT, " line 0.", `line ${messages - 1}.`, String(messages)],
    ...[program, ...args, ...client, "--data", data],
  ], { XMPP_PASSWORD: account?.password ?? "", TERM: "xterm-256color" });
  const { ms } = JSON.parse(found) as { readonly ms: number[] };
  return {
    title: "Scrollback of the full screen",
    notes: [
      `A conversation of ${messages} messages on a terminal of 120 columns and 40 rows, looked ` +
      "through with PageUp from its end to its beginning; from each key to the whole frame. What " +
      "is not in memory comes from the history on disk.",
    ],
    columns: ["", "measured"],
    rows: [
      ["a page, ms", { unit: "milliseconds", spread: spread(ms) }],
      ["pages", String(ms.length)],
    ],
    targets: [{
      ...{ what: "scrollback, 99 of 100 pages", unit: "milliseconds", bound: "at most" },
      ...{ wanted: VISIBLE_MS, measured: quantile(ms, 0.99) },
    }],
  };
}

async function ran(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await capture(program, args, { env });
  if (code !== 0) throw new Error(`Cannot measure the scrollback: ${stderr}`);
  return stdout;
}
