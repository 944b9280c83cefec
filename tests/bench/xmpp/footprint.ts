/**
 * How much memory sessions take.
 *
 * @module
 */
import { pause } from "../child.ts";
import { type Bench, paced, type Table, type Target } from "../contract.ts";
import { type Memory, memoryOf, untilAtRest } from "../proc.ts";
import { quantile, spread } from "../statistics.ts";
import { type ClientKind, SessionsProgram } from "./client.ts";
import type { BenchServer } from "./server.ts";

const COUNTS = [1, 20, 100] as const;
const REST_MS = 60_000;
/** A process at rest gives memory back a while later. */
const PAUSE_MS = 3_000;
const MOST_MB = 100;

const NOTES: readonly string[] = [
  "Resident memory (VmRSS) of one process with so many accounts online, all features on, the pages " +
  "of the runtime that are in memory included; beside it its own pages alone. Looked at when the " +
  `process has been at rest for ${PAUSE_MS / 1_000} s. Strangers to each other, without contacts.`,
];

/** See the module's description. */
export async function sessionMemory(
  bench: Bench,
  server: BenchServer,
  kinds: readonly ClientKind[],
): Promise<Table> {
  const rows: Table["rows"][number][] = [];
  const targets: Target[] = [];
  for (const kind of kinds) {
    for (const count of COUNTS) {
      await bench.say(`Memory of ${count} sessions of ${kind.name}`);
      const found = await samples(bench, server, kind, count);
      const resident = found.map(({ resident }) => resident / 1e6);
      const anonymous = found.map(({ anonymous }) => anonymous / 1e6);
      rows.push([
        `${kind.name}, ${count}`,
        { unit: "megabytes", spread: spread(resident) },
        { unit: "megabytes", spread: spread(anonymous) },
      ]);
      if (kind.name !== "chatnode" || count !== 100) continue;
      const measured = quantile(resident, 0.5);
      const what = `resident memory of ${count} XMPP accounts in one process`;
      targets.push({ what, unit: "megabytes", bound: "at most", wanted: MOST_MB, measured });
    }
  }
  const columns = ["sessions", "resident, MB", "its own, MB"];
  return { title: `Memory of sessions at ${server.name}`, notes: NOTES, columns, rows, targets };
}

async function samples(
  bench: Bench,
  server: BenchServer,
  kind: ClientKind,
  count: number,
): Promise<Memory[]> {
  const config = await server.accounts(count);
  const found: Memory[] = [];
  for (let round = 0; round < paced(bench, 2, 1); round++) {
    await using program = await SessionsProgram.start(bench, kind, config);
    await untilAtRest(program.pid, REST_MS);
    await pause(PAUSE_MS);
    found.push(await memoryOf(program.pid));
  }
  return found;
}
