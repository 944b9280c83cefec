/**
 * The part of an instrument that runs in its own process, see `../instrument.ts`: writers that each
 * wait for their line to be on disk before they write the next.
 *
 * @module
 */
import { linesOf } from "../lines.ts";

/** Stores one line; resolves when it is on disk. */
export type Append = (writer: number) => Promise<unknown>;

/**
 * Says `ready` and then does the runs that are asked for on stdin, until it ends. The window is the
 * number of writers.
 */
export async function serve(
  ready: Readonly<Record<string, unknown>>,
  append: Append,
): Promise<void> {
  console.log(JSON.stringify({ ready: 1, ...ready }));
  for await (const command of linesOf(Deno.stdin.readable)) {
    const [, writers = NaN, warmup = NaN, seconds = NaN] = command.split(" ").map(Number);
    console.log(JSON.stringify(await run(append, { writers, warmup, seconds })));
  }
}

async function run(
  append: Append,
  { writers, warmup, seconds }: {
    readonly writers: number;
    readonly warmup: number;
    readonly seconds: number;
  },
): Promise<Readonly<Record<string, number>>> {
  const begin = performance.now() + warmup * 1000;
  const end = begin + seconds * 1000;
  const latencies: number[] = [];
  let whole = 0;
  const write = async (writer: number): Promise<void> => {
    for (let asked = performance.now(); asked < end;) {
      await append(writer);
      whole++;
      const done = performance.now();
      if (asked >= begin && done < end) latencies.push(done - asked);
      asked = done;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const sorted = new Float64Array(latencies).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return {
    window: writers,
    seconds,
    messages: sorted.length,
    deliveries: sorted.length,
    whole,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    serverCpu: 0,
    ownCpu: 0,
  };
}
