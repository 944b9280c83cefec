/**
 * Durable appends: writers that each wait for their message to be on disk.
 *
 * @module
 */
import { join } from "node:path";
import { V8_FLAGS } from "../../../tasks/runtime.ts";
import { logIn } from "../child.ts";
import { type Bench, type Cell, paced, type Part, type Table, type Target } from "../contract.ts";
import { Instrument } from "../instrument.ts";
import { SEALING } from "../servers/chatnode.ts";
import type { Afterwork } from "../servers/server.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { type Contender, sideBySide, type Slot, type Slots } from "../slots.ts";
import { quantile, ratios, spread } from "../statistics.ts";

const WRITERS = [1, 10, 100, 1000] as const;
const PROGRAMS = join(import.meta.dirname ?? ".", "..", "appends");
const SYNCED = "chatnode synced";
const RELAXED = "chatnode relaxed";
const RAW_DENO = "raw, Deno";
const RAW_C = "raw, C";
const RAW_C_AHEAD = "raw, C, filled ahead";
/** What the targets are measured against: the better of the two that do what chatnode promises. */
const RAW = [RAW_DENO, RAW_C];
const WANTED_SHARE = 0.5;

/** See the module's description. */
export const appends: Part = {
  name: "appends",
  summary: "Durable appends by 1 to 1,000 writers, beside a raw group commit",
  async run(bench) {
    await using opened = new AsyncDisposableStack();
    const folder = await bench.folder("appends");
    const contenders = await enterAll(bench, folder, opened);
    await bench.say(`Durable appends: ${contenders.length} programs`);
    const slots = await sideBySide(contenders, {
      rounds: paced(bench, 6, 2),
      runs: WRITERS.map((window) => ({
        window,
        warmupSeconds: 0.2,
        seconds: paced(bench, 1, 0.5),
      })),
      restMs: 30_000,
    });
    return WRITERS.map((writers) => tableOf(writers, slots));
  },
};

async function enterAll(
  bench: Bench,
  folder: string,
  opened: AsyncDisposableStack,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  const enter = async (
    name: string,
    program: string,
    args: readonly string[],
    afterwork?: Afterwork,
  ) => {
    const log = logIn(folder, name);
    const instrument = opened.use(await Instrument.start({ program, args, log }));
    contenders.push({ name, pid: instrument.pid, afterwork, instrument });
    return instrument;
  };
  const deno = (file: string, ...args: readonly string[]) => [
    ...["run", "--quiet", "-A", "--no-check", V8_FLAGS, join(PROGRAMS, file)],
    ...args,
  ];
  const own = await enter(
    SYNCED,
    Deno.execPath(),
    deno("chatnode.ts", join(folder, "synced"), "synced"),
    SEALING,
  );
  const bytes = String(own.ready["lineBytes"]);
  await enter(
    RELAXED,
    Deno.execPath(),
    deno("chatnode.ts", join(folder, "relaxed"), "relaxed"),
    SEALING,
  );
  await enter(RAW_DENO, Deno.execPath(), deno("raw.ts", join(folder, "raw-deno"), bytes));
  try {
    const raw = await bench.tools.native("raw_appends");
    await enter(RAW_C, raw, ["append", join(folder, "raw-c"), bytes]);
    await enter(RAW_C_AHEAD, raw, ["ahead", join(folder, "raw-c-ahead"), bytes]);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    bench.notMeasured("raw group commits in C", error.message);
  }
  return contenders;
}

const NOTES: readonly string[] = [
  "Each writer appends one message of 120 bytes and waits until it is on disk before it appends " +
  "the next. Raw: lines as long as chatnode's journal lines, no more than written and synced " +
  "(`fdatasync`), everybody who waits sharing one sync; in C also into space filled ahead, which " +
  "is what a disk can do at best.",
  "chatnode makes an event of each message, with its id, its place and its author's chain, checks " +
  "its key against resends, and hands it to the room; signing, sorting and indexing go on beside.",
];

function tableOf(writers: number, slots: Slots): Table {
  const of = (name: string) => slots.get(name)?.get(writers);
  const raws = RAW.map(of).filter((each) => each !== undefined);
  const rows = [SYNCED, RELAXED, RAW_DENO, RAW_C, RAW_C_AHEAD].flatMap((name) => {
    const own = of(name);
    return own === undefined ? [] : [rowOf(name, own, raws)];
  });
  const own = of(SYNCED);
  return {
    title: `Durable appends by ${counted(writers)}`,
    notes: writers === WRITERS[0] ? NOTES : [],
    columns: ["program", "appends/s", "against raw, Deno", "against raw, C", "p50 ms", "p99 ms"],
    rows,
    targets: own === undefined ? [] : raws.map((raw, index): Target => ({
      what: `durable appends, ${counted(writers)}, against ${RAW[index]}`,
      unit: "times",
      bound: "at least",
      wanted: WANTED_SHARE,
      measured: quantile(ratios(own.map(rate), raw.map(rate)), 0.5),
    })),
  };
}

function rowOf(
  name: string,
  own: readonly Slot[],
  raws: readonly (readonly Slot[])[],
): Cell[] {
  return [
    name,
    { unit: "per second", spread: spread(own.map(rate)) },
    ...RAW.map((_, index): Cell => {
      const raw = raws[index];
      if (raw === undefined) return "-";
      return { unit: "times", spread: spread(ratios(own.map(rate), raw.map(rate))) };
    }),
    { unit: "milliseconds", spread: spread(own.map((slot) => slot.p50)), brief: true },
    { unit: "milliseconds", spread: spread(own.map((slot) => slot.p99)), brief: true },
  ];
}

function counted(writers: number): string {
  return `${writers.toLocaleString("en")} ${writers === 1 ? "writer" : "writers"}`;
}

function rate({ messages, seconds }: Slot): number {
  return messages / seconds;
}
