/**
 * How soon the full screen is there, and how much memory it takes.
 *
 * @module
 */
import { join } from "node:path";
import { capture } from "../../../tasks/program.ts";
import { type Bench, paced, type Table, type Target } from "../contract.ts";
import { bundleLauncher } from "../servers/chatnode.ts";
import { quantile, spread } from "../statistics.ts";
import type { BenchServer } from "./server.ts";

interface Sample {
  readonly ms: number;
  /** Bytes. */
  readonly resident: number;
  readonly anonymous: number;
}

const PAINT_MS = 150;
const RESIDENT_MB = 60;
/** From the first paint until the memory is looked at: online by then, and at rest. */
const SETTLE_SECONDS = 6;
const SCRIPT = join(import.meta.dirname ?? ".", "..", "peers", "first_paint.py");

/** See the module's description. */
export async function screenStart(bench: Bench, server: BenchServer): Promise<Table> {
  await bench.say("Start of the full screen");
  const found = await samples(bench, server);
  const ms = found.map((sample) => sample.ms);
  const resident = found.map((sample) => sample.resident / 1e6);
  const anonymous = found.map((sample) => sample.anonymous / 1e6);
  const bounds = { bound: "at most", unit: "megabytes" } as const;
  const targets: Target[] = [
    {
      ...{ what: "full screen, start to first paint", unit: "milliseconds", bound: "at most" },
      ...{ wanted: PAINT_MS, measured: quantile(ms, 0.5) },
    },
    {
      ...{ ...bounds, what: "resident memory of the full screen, one XMPP account online" },
      ...{ wanted: RESIDENT_MB, measured: quantile(resident, 0.5) },
    },
  ];
  return {
    title: "Start of the full screen",
    notes: [
      "`chatnode client xmpp:...` on a terminal of 120 columns and 40 rows, from the start of the " +
      "process until the account stands on the screen; the built program, everything has run before. " +
      `Memory ${SETTLE_SECONDS} s later, when the account is online.`,
    ],
    columns: ["", "measured"],
    rows: [
      ["first paint, ms", { unit: "milliseconds", spread: spread(ms) }],
      ["resident, MB", { unit: "megabytes", spread: spread(resident) }],
      ["its own, MB", { unit: "megabytes", spread: spread(anonymous) }],
    ],
    targets,
  };
}

async function samples(bench: Bench, server: BenchServer): Promise<Sample[]> {
  await bench.tools.system("python3");
  const { port, ca, accounts: [account] } = await server.accounts(1);
  const { program, args } = await bundleLauncher(bench);
  const jid = `${account?.name}@localhost`;
  const connect = ["--connect", `xmpp://127.0.0.1:${port}`, "--ca", ca];
  const data = await bench.folder("screen");
  const command = [program, ...args, "client", `xmpp:${jid}`, ...connect, "--data", data];
  const env = { XMPP_PASSWORD: account?.password ?? "", TERM: "xterm-256color" };
  const found: Sample[] = [];
  for (let round = 0; round <= paced(bench, 5, 2); round++) {
    const { code, stdout, stderr } = await capture("/usr/bin/python3", [
      ...[SCRIPT, jid, String(round === 0 ? 1 : SETTLE_SECONDS), ...command],
    ], { env });
    if (code !== 0) throw new Error(`Cannot show the full screen: ${stderr}`);
    // The first one is for the caches.
    if (round > 0) found.push(JSON.parse(stdout) as Sample);
  }
  return found;
}
