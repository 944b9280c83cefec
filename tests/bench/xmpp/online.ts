/**
 * How soon a session is there.
 *
 * @module
 */
import { type Bench, paced, type Table } from "../contract.ts";
import { spread } from "../statistics.ts";
import { type ClientKind, SessionsProgram } from "./client.ts";
import type { BenchServer } from "./server.ts";

const NOTES: readonly string[] = [
  "Until contacts, copies and presence are there, over STARTTLS with a certificate that is checked. " +
  "Cold: from the start of a process with one account. Warm: the same process ends its session and " +
  "begins it anew.",
];

/** See the module's description. */
export async function timeToOnline(
  bench: Bench,
  servers: readonly BenchServer[],
  kinds: readonly ClientKind[],
): Promise<Table> {
  const rows: Table["rows"][number][] = [];
  for (const server of servers) {
    for (const kind of kinds) {
      await bench.say(`Time to online: ${kind.name} at ${server.name}`);
      const { cold, warm } = await times(bench, server, kind);
      rows.push([
        `${kind.name} at ${server.name}`,
        { unit: "milliseconds", spread: spread(cold) },
        { unit: "milliseconds", spread: spread(warm) },
      ]);
    }
  }
  return {
    title: "Time to online",
    notes: NOTES,
    columns: ["", "cold, ms", "warm, ms"],
    rows,
    targets: [],
  };
}

async function times(
  bench: Bench,
  server: BenchServer,
  kind: ClientKind,
): Promise<{ readonly cold: readonly number[]; readonly warm: readonly number[] }> {
  const config = await server.accounts(1);
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round <= paced(bench, 5, 2); round++) {
    await using program = await SessionsProgram.start(bench, kind, config);
    // The first round is for the caches, and a password that the server hashes at the first login.
    if (round > 0) cold.push(program.coldMs);
    for (let time = 0; time < paced(bench, 3, 2); time++) warm.push(await program.again());
  }
  return { cold, warm };
}
