/**
 * How many messages get through a server from one client to another.
 *
 * @module
 */
import { type Bench, type Cell, paced, type Table } from "../contract.ts";
import { cpuOf, untilAtRest } from "../proc.ts";
import { spread } from "../statistics.ts";
import { type ClientKind, SessionsProgram } from "./client.ts";
import type { BenchServer } from "./server.ts";

/** What one run found. */
interface Sample {
  readonly perSecond: number;
  /** Processor time for a message, microseconds. */
  readonly senderCpu: number;
  readonly receiverCpu: number;
}

const REST_MS = 20_000;

/** See the module's description. */
export async function messageRates(
  bench: Bench,
  server: BenchServer,
  kinds: readonly ClientKind[],
): Promise<Table> {
  const count = paced(bench, 3_000, 500);
  const pairs = kinds.flatMap((sender) => kinds.map((receiver) => ({ sender, receiver })));
  const samples = new Map(pairs.map((pair) => [pair, [] as Sample[]]));
  for (let round = 0; round < paced(bench, 3, 1); round++) {
    for (const pair of pairs) {
      await bench.say(`${pair.sender.name} to ${pair.receiver.name} through ${server.name}`);
      samples.get(pair)?.push(await run(bench, server, pair, count));
    }
  }
  return {
    title: `Messages through ${server.name}`,
    notes: notes(count),
    columns: ["from, to", "messages/s", "sender's CPU us/message", "receiver's CPU us/message"],
    rows: pairs.map((pair) => rowOf(pair, samples.get(pair) ?? [])),
    targets: [],
  };
}

function notes(count: number): string[] {
  return [
    `${count.toLocaleString("en")} messages of 120 bytes from one account to another, written as ` +
    "fast as the client can, until the last one was read by the other client; order and number are " +
    "checked. Every run has a process for each side and fresh accounts. The server archives each " +
    "message for both.",
    "chatnode sends with a stanza id of its own, asks for receipts and markers, and keeps a message " +
    "until the server has acknowledged it (XEP-0198); slixmpp has stream management on, too.",
  ];
}

async function run(
  bench: Bench,
  server: BenchServer,
  { sender, receiver }: { readonly sender: ClientKind; readonly receiver: ClientKind },
  count: number,
): Promise<Sample> {
  await using from = await SessionsProgram.start(bench, sender, await server.accounts(1));
  await using to = await SessionsProgram.start(bench, receiver, await server.accounts(1));
  await untilAtRest(from.pid, REST_MS);
  await untilAtRest(to.pid, REST_MS);
  const before = [await cpuOf(from.pid), await cpuOf(to.pid)] as const;
  const { last } = await to.expect(count);
  const first = await from.send(to.jid, count);
  const ms = await last - first;
  await untilAtRest(from.pid, REST_MS);
  const used = [await cpuOf(from.pid) - before[0], await cpuOf(to.pid) - before[1]] as const;
  return {
    perSecond: count / ms * 1_000,
    senderCpu: used[0] / count * 1e6,
    receiverCpu: used[1] / count * 1e6,
  };
}

function rowOf(
  { sender, receiver }: { readonly sender: ClientKind; readonly receiver: ClientKind },
  samples: readonly Sample[],
): Cell[] {
  return [
    `${sender.name} to ${receiver.name}`,
    { unit: "per second", spread: spread(samples.map(({ perSecond }) => perSecond)) },
    { unit: "microseconds", spread: spread(samples.map(({ senderCpu }) => senderCpu)) },
    { unit: "microseconds", spread: spread(samples.map(({ receiverCpu }) => receiverCpu)) },
  ];
}
