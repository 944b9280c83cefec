/**
 * Sharing a history through a bucket: against bare requests, and what it costs.
 *
 * @module
 */
import { join } from "node:path";
import { capture, lastLines } from "../../../tasks/program.ts";
import { V8_FLAGS } from "../../../tasks/runtime.ts";
import {
  type Bench,
  type Cell,
  type Figure,
  paced,
  type Part,
  type Table,
  type Target,
  type Unit,
} from "../contract.ts";
import { quantile, ratios, spread } from "../statistics.ts";
import { costTable } from "../sync/costs.ts";
import type { Order, RawTimes, Timed, VerifyRates, Watched } from "../sync/orders.ts";
import { openStores, type Store } from "../sync/stores.ts";

const PROGRAM = join(import.meta.dirname ?? ".", "..", "sync", "program.ts");
const NODE = "bench";
const WANTED_SHARE = 0.8;
/** Twelve looks: every kind of look that a watcher takes by turns is among them as often as it should. */
const WATCHED_S = 60;

/** See the module's description. */
export const sync: Part = {
  name: "sync",
  summary: "Push and pull through a bucket, beside bare requests, and what they cost",
  async run(bench) {
    const events = paced(bench, 100_000, 20_000);
    const histories = await Promise.all([1, 200].map((rooms) => filled(bench, events, rooms)));
    const measured: Measured[] = [];
    let last: { readonly data: string; readonly bucket: string } | undefined;
    await using opened = new AsyncDisposableStack();
    for (const store of await openStores(bench)) {
      opened.use(store);
      for (const history of histories) {
        const rounds: Round[] = [];
        for (let round = 0; round < paced(bench, 2, 1); round++) {
          await bench.say(`Sync of ${counted(history.rooms)} through ${store.name}`);
          rounds.push(await measure(bench, store, history));
        }
        measured.push({ store: store.name, history, rounds });
        if (store.name === measured[0]?.store) last = rounds.at(-1);
      }
    }
    if (last === undefined) return [];
    await bench.say("Verification");
    const rates = await run<VerifyRates>({ work: "verify", ...last });
    await bench.say(`Requests of nodes in ${WATCHED_S} seconds`);
    const folder = await bench.folder("watched");
    const watched = await run<Watched>({ work: "watch", folder, seconds: WATCHED_S });
    return [speedTable(events, measured), verificationTable(rates), costTable(watched, WATCHED_S)];
  },
};

/** A history to be pushed. */
interface Filled {
  readonly data: string;
  readonly events: number;
  readonly rooms: number;
}

/** One push, the same objects bare, and one pull. */
interface Round {
  readonly push: Timed;
  readonly raw: RawTimes;
  readonly pull: Timed;
  /** Where it was pulled to, and from. */
  readonly data: string;
  readonly bucket: string;
}

interface Measured {
  readonly store: string;
  readonly history: Filled;
  readonly rounds: readonly Round[];
}

async function filled(bench: Bench, events: number, rooms: number): Promise<Filled> {
  const data = await bench.folder(`from ${rooms}`);
  await run<Timed>({ work: "fill", data, node: NODE, events, rooms });
  return { data, events, rooms };
}

async function measure(bench: Bench, store: Store, history: Filled): Promise<Round> {
  const { data: from, events } = history;
  const { environment } = store;
  const bucket = await store.fresh();
  // As if it had never been synced.
  await Deno.remove(join(from, "sync"), { recursive: true }).catch(() => {});
  const push = await run<Timed>(
    { work: "push", data: from, node: NODE, bucket, events },
    environment,
  );
  const raw = await run<RawTimes>(
    { work: "raw", from: bucket, to: await store.fresh() },
    environment,
  );
  const data = await bench.folder("to");
  const pull = await run<Timed>({ work: "pull", data, node: "other", bucket, events }, environment);
  return { push, raw, pull, data, bucket };
}

/** Carries out one order in a process of its own. @throws {Error} with what it said when it fails */
async function run<T>(order: Order, env: Readonly<Record<string, string>> = {}): Promise<T> {
  const flags = ["run", "--quiet", "-A", "--no-check", V8_FLAGS];
  const args = [...flags, PROGRAM, JSON.stringify(order)];
  const { code, stdout, stderr } = await capture(Deno.execPath(), args, { env });
  if (code !== 0) throw new Error(`Cannot ${order.work}: ${lastLines(stderr, 6)}`);
  return JSON.parse(stdout) as T;
}

const DIRECTIONS = [
  {
    name: "push",
    own: ({ push }: Round) => push.seconds,
    bare: ({ raw }: Round) => raw.putSeconds,
  },
  {
    name: "pull",
    own: ({ pull }: Round) => pull.seconds,
    bare: ({ raw }: Round) => raw.getSeconds,
  },
] as const;

function speedTable(events: number, measured: readonly Measured[]): Table {
  const rows: Cell[][] = [];
  const targets: Target[] = [];
  for (const { store, history, rounds } of measured) {
    for (const { name, own, bare } of DIRECTIONS) {
      const rooms = counted(history.rooms);
      const shares = ratios(rounds.map(bare), rounds.map(own));
      const { objects = 0, bytes = 0 } = rounds[0]?.raw ?? {};
      rows.push([
        `${name}, ${rooms}, ${store}`,
        `${objects} (${(bytes / 1e6).toFixed(0)} MB)`,
        figure(rounds.map(own), "seconds"),
        figure(rounds.map(bare), "seconds"),
        figure(rounds.map((round) => events / own(round)), "per second"),
        figure(shares, "share"),
      ]);
      targets.push({
        what: `sync, ${name} of ${rooms} through ${store}, against bare requests`,
        unit: "times",
        bound: "at least",
        wanted: WANTED_SHARE,
        measured: quantile(shares, 0.5),
      });
    }
  }
  return {
    title: `Push and pull of ${events.toLocaleString("en")} events`,
    notes: [
      "All messages of one day and one device, sealed before; a fresh sync into an empty bucket, " +
      "and from there into an empty history that has never heard of the writer. Bare: the same " +
      "objects (messages, descriptions of rooms, a head) put if absent, the message files got, " +
      "by the same code for this store, eight at a time, from and into memory, nothing verified. " +
      "The share is the bare time over the sync's.",
      "Ceph's gateway keeps objects in memory and shares the processors; a store behind a network " +
      "is slower and takes none of them.",
    ],
    columns: ["", "objects", "s", "bare s", "events/s", "share of bare"],
    rows,
    targets,
  };
}

function verificationTable(rates: VerifyRates): Table {
  const row = (name: string, rate: number): Cell[] => [name, figure([rate], "per second")];
  return {
    title: "Verification",
    notes: [
      "One thread, objects in memory, nothing stored: form, limits, names, chains and signatures " +
      "(Ed25519). By chain ends: the last signature of each chain of an announced file, hashes " +
      "before it; this is what `chatnode sync` does.",
    ],
    columns: ["signatures", "events/s"],
    rows: [row("each", rates.each), row("by chain ends", rates["chain-ends"])],
    targets: [],
  };
}

function counted(rooms: number): string {
  return rooms === 1 ? "1 room" : `${rooms} rooms`;
}

function figure(samples: readonly number[], unit: Unit): Figure {
  return { unit, spread: spread(samples) };
}
