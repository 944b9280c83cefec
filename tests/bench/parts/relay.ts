/**
 * The relay: fan-out over TCP beside the least that can be done and a plain asyncio server, and the
 * memory of connections that say nothing.
 *
 * @module
 */
import { logIn, pause } from "../child.ts";
import {
  type Bench,
  type Cell,
  paced,
  type Part,
  type Table,
  type Target,
  type Unit,
} from "../contract.ts";
import { Instrument, type Run } from "../instrument.ts";
import { memoryOf, untilAtRest } from "../proc.ts";
import { LULL_MS, relay as relayKind } from "../servers/chatnode.ts";
import { ASYNCIO, FRAME_FLOOR } from "../servers/peers.ts";
import type { Server, ServerKind } from "../servers/server.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { type Contender, type Layout, sideBySide, type Slot, type Slots } from "../slots.ts";
import { quantile, ratios, spread } from "../statistics.ts";

const ORIGINAL = relayKind("chatnode relay, original frames", "original", "synced");
const NATIVE = relayKind("chatnode relay, native frames", "native", "synced");
const KINDS: readonly ServerKind[] = [ASYNCIO, FRAME_FLOOR, ORIGINAL, NATIVE];

/** Times the processor time of the floor. */
const WANTED = 1.5;
const IDLE = 10_000;
const IDLE_WANTED_KB = 10;
/** A node at rest gives memory back a while later. */
const PAUSE_MS = 5_000;

const NOTES: readonly string[] = [
  "As the fan-out over WebSocket, in frames over TCP: one publisher, N receivers in the lobby, " +
  "texts of 120 bytes, a window of messages under way.",
  "Whole CPU is the processor time of the server's process for one delivery, until the process is " +
  "at rest again: chatnode signs, sorts and indexes what it has stored, and is told to after each " +
  "slot (SIGUSR2). The delivering thread is the part of CPU (that within the slot) which the thread that reads and sends used.",
  ...KINDS.map(({ described }) => described),
];

/** What is measured with one number of receivers. */
interface Crowd {
  readonly receivers: number;
  readonly layout: Layout;
}

/** See the module's description. */
export const relay: Part = {
  name: "relay",
  summary: "The relay's fan-out over TCP, memory of 10,000 idle connections",
  async run(bench) {
    const crowds: readonly Crowd[] = [
      { receivers: 100, layout: layout(paced(bench, 5, 3), 0.3, paced(bench, 1, 0.5)) },
      { receivers: 5_000, layout: layout(paced(bench, 4, 2), 0.5, paced(bench, 2, 1)) },
    ];
    const tables: Table[] = [];
    for (const crowd of crowds) tables.push(...await measureCrowd(bench, crowd));
    return [...tables, await idleTable(bench)];
  },
};

function layout(rounds: number, warmupSeconds: number, seconds: number): Layout {
  return {
    rounds,
    runs: [8, 64].map((window) => ({ window, warmupSeconds, seconds })),
    restMs: 20_000,
  };
}

async function measureCrowd(bench: Bench, crowd: Crowd): Promise<Table[]> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const kind of KINDS) {
    try {
      const server = opened.use(await kind.start(bench, crowd.receivers + 1));
      const instrument = opened.use(await attach(bench, server, crowd.receivers));
      const { pid, afterwork } = server;
      contenders.push({ name: kind.name, pid, afterwork, instrument });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      bench.notMeasured(kind.name, error.message);
    }
  }
  await bench.say(`Relay to ${crowd.receivers}: ${contenders.length} servers`);
  const slots = await sideBySide(contenders, crowd.layout);
  return crowd.layout.runs.map((run) => tableOf(crowd, run, slots));
}

async function attach(bench: Bench, server: Server, receivers: number): Promise<Instrument> {
  return await Instrument.start({
    program: await bench.tools.native("fanout"),
    args: [
      ...["--dialect", server.dialect, "--port", String(server.port)],
      ...["--pid", String(server.pid), "--connections", String(receivers)],
      ...(server.tokens === undefined ? [] : ["--tokens", server.tokens]),
    ],
    log: logIn(await bench.folder("generators"), server.name),
  });
}

function tableOf(crowd: Crowd, run: Run, slots: Slots): Table {
  const { receivers, layout: { runs } } = crowd;
  const of = (kind: ServerKind) => slots.get(kind.name)?.get(run.window);
  const floor = of(FRAME_FLOOR);
  return {
    title: `Relay to ${receivers.toLocaleString("en")} receivers, window ${run.window}`,
    notes: receivers === 100 && runs[0] === run ? NOTES : [],
    columns: [
      ...["server", "deliveries/s", "p50 ms", "p99 ms", "CPU us/delivery"],
      ...["delivering thread's", "whole CPU us/delivery", "whole against the floor"],
    ],
    rows: KINDS.flatMap((kind) => {
      const own = of(kind);
      return own === undefined ? [] : [rowOf(kind.name, own, floor, receivers)];
    }),
    targets: [ORIGINAL, NATIVE].flatMap((kind): Target[] => {
      const own = of(kind);
      if (own === undefined || floor === undefined) return [];
      return [{
        what: `${kind.name}, whole CPU against the floor, window ${run.window}, ` +
          `${receivers.toLocaleString("en")} receivers`,
        unit: "times",
        bound: "at most",
        wanted: WANTED,
        measured: quantile(againstFloor(own, floor, receivers), 0.5),
      }];
    }),
  };
}

function rowOf(
  name: string,
  slots: readonly Slot[],
  floor: readonly Slot[] | undefined,
  receivers: number,
): Cell[] {
  // In a short slot the slowest finish nothing.
  const finished = slots.filter(({ messages }) => messages > 0);
  return [
    name,
    { unit: "per second", spread: spread(slots.map((slot) => slot.deliveries / slot.seconds)) },
    brief("milliseconds", finished.map((slot) => slot.p50)),
    brief("milliseconds", finished.map((slot) => slot.p99)),
    brief("microseconds", slots.map((slot) => slot.serverCpu / slot.deliveries * 1e6)),
    brief("microseconds", slots.map((slot) => (slot.threadCpu ?? NaN) / slot.deliveries * 1e6)),
    brief("microseconds", slots.map((slot) => wholeOf(slot, receivers) * 1e6)),
    floor === undefined
      ? "-"
      : { unit: "times", spread: spread(againstFloor(slots, floor, receivers)) },
  ];
}

function againstFloor(
  slots: readonly Slot[],
  floor: readonly Slot[],
  receivers: number,
): number[] {
  const whole = (slot: Slot) => wholeOf(slot, receivers);
  return ratios(slots.map(whole), floor.map(whole));
}

/** Processor time of one delivery, with what comes afterwards, seconds. */
function wholeOf({ wholeCpu, whole }: Slot, receivers: number): number {
  return wholeCpu / (whole * receivers);
}

function brief(unit: Unit, samples: readonly number[]): Cell {
  if (samples.length === 0) return "-";
  return { unit, spread: spread(samples), brief: true };
}

async function idleTable(bench: Bench): Promise<Table> {
  const found: { readonly name: string; readonly kilobytes: number[] }[] = [];
  for (const kind of [ORIGINAL, NATIVE]) {
    const kilobytes: number[] = [];
    for (let round = 0; round < paced(bench, 2, 1); round++) {
      await bench.say(`${IDLE.toLocaleString("en")} idle connections: ${kind.name}`);
      kilobytes.push(await idleOf(bench, kind) / 1e3);
    }
    found.push({ name: kind.name, kilobytes });
  }
  return {
    title: `${IDLE.toLocaleString("en")} idle connections to the relay`,
    notes: [
      "Resident memory (VmRSS) of the process, the difference to before for each connection; " +
      "everybody is in the lobby and says nothing.",
    ],
    columns: ["", "KB each"],
    rows: found.map(({ name, kilobytes }) => [
      name,
      { unit: "kilobytes", spread: spread(kilobytes) },
    ]),
    targets: found.map(({ name, kilobytes }): Target => ({
      what: `resident memory for each idle connection, ${name}`,
      unit: "kilobytes",
      bound: "at most",
      wanted: IDLE_WANTED_KB,
      measured: quantile(kilobytes, 0.5),
    })),
  };
}

/** Bytes for each connection. */
async function idleOf(bench: Bench, kind: ServerKind): Promise<number> {
  await using server = await kind.start(bench, IDLE + 1);
  const before = await settled(server);
  await using _clients = await attach(bench, server, IDLE);
  return (await settled(server) - before) / IDLE;
}

async function settled({ pid }: Server): Promise<number> {
  await untilAtRest(pid, 60_000, LULL_MS);
  await pause(PAUSE_MS);
  return (await memoryOf(pid)).resident;
}
