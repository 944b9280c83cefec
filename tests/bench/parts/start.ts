/**
 * From the start of the process until it serves everybody.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../../../tasks/build.ts";
import { PERMISSIONS, V8_FLAGS } from "../../../tasks/runtime.ts";
import { logIn } from "../child.ts";
import { type Bench, paced, type Part, type Table, type Target } from "../contract.ts";
import { bundleLauncher, type Launcher, startNode } from "../servers/chatnode.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { quantile, spread } from "../statistics.ts";

/** A way to run the program, and how soon it is to serve, milliseconds. */
interface Way {
  readonly name: string;
  readonly launcher: Launcher;
  readonly wanted?: number;
}

/** A way with the data folder that it is started in each time. */
interface Prepared extends Way {
  readonly data: string;
}

const NOTES: readonly string[] = [
  "From the start of the process to the line `chatnode is ready` on stdout. Everything has run " +
  "before (caches are warm) and the data folder is there; only the first start in an empty folder " +
  "makes keys and hashes the administrator's password.",
];

/** See the module's description. */
export const start: Part = {
  name: "start",
  summary: "From the start of the process until it serves",
  async run(bench) {
    const ways = await Promise.all((await waysOf(bench)).map(async (way): Promise<Prepared> => ({
      ...way,
      data: await bench.folder(way.name),
    })));
    await bench.say("Start to listening");
    const times = new Map(ways.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round <= paced(bench, 20, 4); round++) {
      for (const { name, launcher, data } of ways) {
        const ms = await startOnce(bench, launcher, data);
        // The first round is for the caches.
        if (round > 0) times.get(name)?.push(ms);
      }
    }
    const first = await firstStarts(bench, paced(bench, 5, 2));
    return [tableOf(ways, times, first)];
  },
};

async function waysOf(bench: Bench): Promise<Way[]> {
  const source = {
    program: Deno.execPath(),
    args: ["run", ...PERMISSIONS, V8_FLAGS, "--no-check"],
  };
  const ways: Way[] = [
    {
      name: "from source",
      launcher: { ...source, args: [...source.args, join(ROOT, "main.ts")] },
      wanted: 200,
    },
    { name: "built (deno task start)", launcher: await bundleLauncher(bench) },
  ];
  try {
    const program = await bench.tools.executable();
    ways.push({ name: "executable", launcher: { program, args: [] }, wanted: 150 });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    bench.notMeasured("start of the executable", error.message);
  }
  return ways;
}

async function startOnce(bench: Bench, launcher: Launcher, data: string): Promise<number> {
  const log = logIn(await bench.folder("start"), "process");
  await using node = await startNode(launcher, { data, log });
  return node.startMs;
}

async function firstStarts(bench: Bench, count: number): Promise<number[]> {
  const launcher = await bundleLauncher(bench);
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    times.push(await startOnce(bench, launcher, join(await bench.folder("first"), "data")));
  }
  return times;
}

function tableOf(
  ways: readonly Way[],
  times: ReadonlyMap<string, readonly number[]>,
  first: readonly number[],
): Table {
  const of = (name: string) => times.get(name) ?? [];
  return {
    title: "Start to listening",
    notes: NOTES,
    columns: ["", "ms"],
    rows: [
      ...ways.map(({ name }) => [
        name,
        { unit: "milliseconds", spread: spread(of(name)) } as const,
      ]),
      ["built, first start in an empty folder", { unit: "milliseconds", spread: spread(first) }],
    ],
    targets: ways.flatMap(({ name, wanted }): Target[] =>
      wanted === undefined ? [] : [{
        what: `start to listening, ${name}, warm`,
        unit: "milliseconds",
        bound: "at most",
        wanted,
        measured: quantile(of(name), 0.5),
      }]
    ),
  };
}
