/**
 * Fan-out: one says something, everybody in the room gets it.
 *
 * @module
 */
import { logIn } from "../child.ts";
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
import { chatnode } from "../servers/chatnode.ts";
import { FLOOR, MOSQUITTO, NATS, SOCKET_IO, WS_LOOP } from "../servers/peers.ts";
import type { ServerKind } from "../servers/server.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { type Contender, type Layout, sideBySide, type Slot, type Slots } from "../slots.ts";
import { quantile, ratios, spread } from "../statistics.ts";

const SYNCED = chatnode("chatnode synced", "chatnode", "synced");
const RELAXED = chatnode("chatnode relaxed", "chatnode", "relaxed");
const ALONECHAT = chatnode("chatnode for AloneChat clients", "alonechat", "synced");

const PEERS: readonly ServerKind[] = [NATS, MOSQUITTO, SOCKET_IO, WS_LOOP, FLOOR];
/** Above this share of a processor the generator may be what limits a figure. */
const BUSY = 0.9;
const NOTES: readonly string[] = [
  "One publisher, N receivers in one room, texts of 120 bytes. A message is done when all N " +
  "receivers have it; at most as many messages as the window says are under way, and one that is " +
  "done lets the next one go. The same for every server.",
  "Each server keeps its own process and clients; all are measured in turn, the order moving on by " +
  "one each round, and the next one begins when the one before is at rest. Ratios are those of " +
  "slots of the same round; figures are medians, ranges in brackets.",
  "CPU is the processor time of the server's process for one delivery, the whole of it with what " +
  "the server does afterwards, until it is at rest: chatnode signs, sorts and indexes what it has " +
  "stored, and is told by a signal (SIGUSR2) to do all of it after each slot, not in its own time.",
];

/** What is measured with one number of receivers. */
interface Crowd {
  readonly receivers: number;
  readonly kinds: readonly ServerKind[];
  readonly layout: Layout;
}

/** See the module's description. */
export const fanout: Part = {
  name: "fanout",
  summary: "One message to 100 and to 5,000 receivers, beside other servers",
  async run(bench) {
    return [
      ...await measureCrowd(bench, {
        receivers: 100,
        kinds: [...PEERS, SYNCED, RELAXED, ALONECHAT],
        layout: {
          rounds: paced(bench, 8, 3),
          runs: runs([1, 8, 64], 0.3, paced(bench, 1, 0.5)),
          restMs: 20_000,
        },
      }),
      ...await measureCrowd(bench, {
        receivers: 5_000,
        kinds: [...PEERS, SYNCED, RELAXED],
        layout: {
          rounds: paced(bench, 5, 2),
          runs: runs([8, 64], 0.5, paced(bench, 2, 1)),
          restMs: 20_000,
        },
      }),
    ];
  },
};

function runs(windows: readonly number[], warmupSeconds: number, seconds: number): Run[] {
  return windows.map((window) => ({ window, warmupSeconds, seconds }));
}

async function measureCrowd(bench: Bench, crowd: Crowd): Promise<Table[]> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const kind of crowd.kinds) {
    const contender = await enter(bench, kind, crowd.receivers, opened);
    if (contender !== undefined) contenders.push(contender);
  }
  await bench.say(`Fan-out to ${crowd.receivers}: ${contenders.length} servers`);
  const slots = await sideBySide(contenders, crowd.layout);
  const described = crowd.kinds.filter(({ name }) => slots.has(name)).map((kind) => kind.described);
  return crowd.layout.runs.map((run) => tableOf(crowd, run, slots, described));
}

/** Starts a server and its clients; undefined when the machine lacks it. */
async function enter(
  bench: Bench,
  kind: ServerKind,
  receivers: number,
  opened: AsyncDisposableStack,
): Promise<Contender | undefined> {
  try {
    const server = opened.use(await kind.start(bench, receivers + 1));
    const instrument = opened.use(
      await Instrument.start({
        program: await bench.tools.native("fanout"),
        args: [
          ...["--dialect", server.dialect, "--port", String(server.port)],
          ...["--pid", String(server.pid), "--connections", String(receivers)],
          ...(server.tokens === undefined ? [] : ["--tokens", server.tokens]),
        ],
        log: logIn(await bench.folder("generators"), kind.name),
      }),
    );
    return { name: kind.name, pid: server.pid, afterwork: server.afterwork, instrument };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    bench.notMeasured(kind.name, error.message);
    return undefined;
  }
}

function tableOf(crowd: Crowd, run: Run, slots: Slots, described: readonly string[]): Table {
  const of = (kind: ServerKind) => slots.get(kind.name)?.get(run.window);
  const base = of(NATS);
  const rows = crowd.kinds.flatMap((kind) => {
    const own = of(kind);
    return own === undefined ? [] : [rowOf(kind.name, own, base, crowd.receivers)];
  });
  const first = crowd.layout.runs[0] === run;
  return {
    title: `Fan-out to ${crowd.receivers.toLocaleString("en")} receivers, window ${run.window}`,
    notes: first && crowd.receivers === 100 ? [...NOTES, ...described] : [],
    columns: [
      ...["server", "deliveries/s", "against nats-server", "p50 ms", "p99 ms"],
      ...["CPU us/delivery", "whole CPU us/delivery", "generator's CPU"],
    ],
    rows,
    targets: targetsOf(crowd, run, of),
  };
}

function rowOf(
  name: string,
  slots: readonly Slot[],
  base: readonly Slot[] | undefined,
  receivers: number,
): Cell[] {
  // In a short slot the slowest finish nothing.
  const finished = slots.filter(({ messages }) => messages > 0);
  const busy = quantile(slots.map((slot) => slot.ownCpu / slot.seconds), 0.5) > BUSY;
  return [
    busy ? `${name} (limited by the generator)` : name,
    { unit: "per second", spread: spread(slots.map(rate)) },
    base === undefined
      ? "-"
      : { unit: "times", spread: spread(ratios(slots.map(rate), base.map(rate))) },
    brief("milliseconds", finished.map((slot) => slot.p50)),
    brief("milliseconds", finished.map((slot) => slot.p99)),
    brief("microseconds", slots.map((slot) => slot.serverCpu / slot.deliveries * 1e6)),
    brief("microseconds", slots.map((slot) => slot.wholeCpu / (slot.whole * receivers) * 1e6)),
    brief("share", slots.map((slot) => slot.ownCpu / slot.seconds)),
  ];
}

function rate({ deliveries, seconds }: Slot): number {
  return deliveries / seconds;
}

function brief(unit: Unit, samples: readonly number[]): Cell {
  if (samples.length === 0) return "-";
  return { unit, spread: spread(samples), brief: true };
}

function targetsOf(
  { receivers }: Crowd,
  { window }: Run,
  of: (kind: ServerKind) => readonly Slot[] | undefined,
): Target[] {
  const wanted: readonly (readonly [base: ServerKind, atLeast: number])[] = [
    ...(window >= 8 ? [[NATS, 1] as const] : []),
    ...(window === 64 && receivers === 100 ? [[WS_LOOP, 5] as const] : []),
  ];
  return wanted.flatMap(([base, atLeast]) =>
    [SYNCED, RELAXED].flatMap((kind): Target[] => {
      const [own, other] = [of(kind), of(base)];
      if (own === undefined || other === undefined) return [];
      return [{
        what: `${kind.name} against ${base.name}, window ${window}, ` +
          `${receivers.toLocaleString("en")} receivers`,
        unit: "times",
        bound: "at least",
        wanted: atLeast,
        measured: quantile(ratios(own.map(rate), other.map(rate)), 0.5),
      }];
    })
  );
}
