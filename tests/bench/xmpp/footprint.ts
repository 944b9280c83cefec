/**
 * How much memory sessions take.
 *
 * @module
 */
import { type Child, pause } from "../child.ts";
import { type Bench, paced, type Table, type Target } from "../contract.ts";
import { type Memory, memoryOf, untilAtRest } from "../proc.ts";
import { quantile, spread } from "../statistics.ts";
import { type ClientKind, SessionsProgram } from "./client.ts";
import type { BenchServer } from "./server.ts";
import { startService } from "./service.ts";
import type { SessionsConfig } from "./sessions.ts";

const COUNTS = [1, 20, 100] as const;
const REST_MS = 60_000;
/** A process at rest gives memory back a while later. */
const PAUSE_MS = 3_000;
const MOST_MB = 100;
const CHATNODE = "chatnode client";

const NOTES: readonly string[] = [
  "Resident memory (VmRSS) of one process with so many accounts online, all features on, the pages " +
  "of the runtime that are in memory included; beside it its own pages alone. Looked at when the " +
  `process has been at rest for ${PAUSE_MS / 1_000} s. Strangers to each other, without contacts.`,
  "chatnode is the built program, `chatnode client --headless` with the history that it keeps of " +
  "each account.",
];

/** Starts so many accounts in one process; everybody is online when it resolves. */
interface Contender {
  readonly name: string;
  start(bench: Bench, config: SessionsConfig): Promise<Pick<Child, "pid"> & AsyncDisposable>;
}

/** See the module's description. */
export async function sessionMemory(
  bench: Bench,
  server: BenchServer,
  kinds: readonly ClientKind[],
): Promise<Table> {
  const rows: Table["rows"][number][] = [];
  const targets: Target[] = [];
  const contenders: Contender[] = [
    { name: CHATNODE, start: startService },
    ...kinds.filter(({ name }) => name !== "chatnode").map((kind): Contender => ({
      name: kind.name,
      start: (bench, config) => SessionsProgram.start(bench, kind, config),
    })),
  ];
  for (const kind of contenders) {
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
      if (kind.name !== CHATNODE || count !== 100) continue;
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
  contender: Contender,
  count: number,
): Promise<Memory[]> {
  const config = await server.accounts(count);
  const found: Memory[] = [];
  for (let round = 0; round < paced(bench, 2, 1); round++) {
    await using program = await contender.start(bench, config);
    await untilAtRest(program.pid, REST_MS);
    await pause(PAUSE_MS);
    found.push(await memoryOf(program.pid));
  }
  return found;
}
