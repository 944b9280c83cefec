/**
 * How much memory the node takes.
 *
 * @module
 */
import { logIn, pause } from "../child.ts";
import { type Bench, type Cell, paced, type Part, type Target } from "../contract.ts";
import { Instrument } from "../instrument.ts";
import { type Memory, memoryOf, untilAtRest } from "../proc.ts";
import { chatnode, LULL_MS } from "../servers/chatnode.ts";
import type { Server } from "../servers/server.ts";
import { quantile, spread } from "../statistics.ts";

const CONNECTIONS = 5_000;
const LOAD_CONNECTIONS = 50;
/** A node at rest gives memory back a while later. */
const PAUSE_MS = 5_000;
const KIND = chatnode("chatnode", "chatnode", "synced");

const NOTES: readonly string[] = [
  "Resident memory (VmRSS) of the process, the pages of the Deno binary that are in memory " +
  "included; beside it its own pages alone. Looked at when the process has been at rest for " +
  `${PAUSE_MS / 1000} s.`,
  `Connections: ${
    CONNECTIONS.toLocaleString("en")
  } accounts sign in over \`chatnode.v1\`, join the ` +
  "lobby and say nothing; the difference to the same process before.",
  `HTTP load: ${LOAD_CONNECTIONS} connections, each sending with \`POST /send\` as fast as it is ` +
  "answered.",
];

/** What one process was seen with, bytes. */
interface Sample {
  readonly idle: Memory;
  /** For each connection. */
  readonly grown: Memory;
  readonly loaded: Memory;
}

/** See the module's description. */
export const memory: Part = {
  name: "memory",
  summary: "Memory at rest, for each idle connection, after a load",
  async run(bench) {
    await bench.say("Memory");
    const samples: Sample[] = [];
    for (let round = 0; round < paced(bench, 3, 1); round++) samples.push(await take(bench));
    const idle = samples.map((sample) => sample.idle);
    const loaded = samples.map((sample) => sample.loaded);
    const perConnection = samples.map((sample) => sample.grown);
    return [{
      title: "Memory",
      notes: NOTES,
      columns: ["", "resident", "its own"],
      rows: [
        row("at rest, MB", "megabytes", idle),
        row(
          `each of ${CONNECTIONS.toLocaleString("en")} idle connections, KB`,
          "kilobytes",
          perConnection,
        ),
        row("after the HTTP load, MB", "megabytes", loaded),
      ],
      targets: [
        target("resident memory at rest", "megabytes", 60, idle),
        target("resident memory for each idle connection", "kilobytes", 15, perConnection),
        target("resident memory after an HTTP load", "megabytes", 100, loaded),
      ],
    }];
  },
};

type MemoryUnit = "megabytes" | "kilobytes";
const BYTES = { megabytes: 1e6, kilobytes: 1e3 } as const;

function row(name: string, unit: MemoryUnit, found: readonly Memory[]): Cell[] {
  const in_ = (of: (memory: Memory) => number) => found.map((each) => of(each) / BYTES[unit]);
  return [
    name,
    { unit, spread: spread(in_((memory) => memory.resident)) },
    { unit, spread: spread(in_((memory) => memory.anonymous)) },
  ];
}

function target(what: string, unit: MemoryUnit, wanted: number, found: readonly Memory[]): Target {
  const measured = quantile(found.map(({ resident }) => resident / BYTES[unit]), 0.5);
  return { what, unit, bound: "at most", wanted, measured };
}

/** A process each: what one of them has been through does not count against the others. */
async function take(bench: Bench): Promise<Sample> {
  const [idle, grown, loaded] = [
    await takeIdle(bench),
    await takeConnections(bench),
    await takeLoad(bench),
  ];
  return { idle, grown, loaded };
}

async function takeIdle(bench: Bench): Promise<Memory> {
  await using server = await KIND.start(bench, 1);
  return await settled(server);
}

/** For each connection, beyond what the accounts themselves take. */
async function takeConnections(bench: Bench): Promise<Memory> {
  await using server = await KIND.start(bench, CONNECTIONS + 1);
  const before = await settled(server);
  await using _clients = await attach(bench, server, "fanout", CONNECTIONS);
  const after = await settled(server);
  return {
    resident: (after.resident - before.resident) / CONNECTIONS,
    anonymous: (after.anonymous - before.anonymous) / CONNECTIONS,
  };
}

async function takeLoad(bench: Bench): Promise<Memory> {
  await using server = await KIND.start(bench, LOAD_CONNECTIONS);
  await using clients = await attach(
    bench,
    { ...server, dialect: "http" },
    "requests",
    LOAD_CONNECTIONS,
  );
  await clients.run({ window: 1, warmupSeconds: 0, seconds: paced(bench, 30, 8) });
  return await settled(server);
}

async function settled({ pid }: Server): Promise<Memory> {
  await untilAtRest(pid, 60_000, LULL_MS);
  await pause(PAUSE_MS);
  return await memoryOf(pid);
}

async function attach(
  bench: Bench,
  server: Pick<Server, "dialect" | "port" | "pid" | "tokens">,
  program: "fanout" | "requests",
  connections: number,
): Promise<Instrument> {
  return await Instrument.start({
    program: await bench.tools.native(program),
    args: [
      ...["--dialect", server.dialect, "--port", String(server.port), "--pid", String(server.pid)],
      ...["--connections", String(connections)],
      ...(server.tokens === undefined ? [] : ["--tokens", server.tokens]),
    ],
    log: logIn(await bench.folder("generators"), program),
  });
}
