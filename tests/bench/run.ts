/**
 * One run of the benchmark: what its parts are given, and the end of everything they began.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../../tasks/build.ts";
import { line } from "../../tasks/steps.ts";
import type { Bench, Pace, Part } from "./contract.ts";
import { lookAgain, lookAround } from "./machine.ts";
import { descendantsOf } from "./proc.ts";
import type { Missing, PartResult } from "./report/document.ts";
import type { Tools } from "./setup/tools.ts";

/**
 * Makes and removes the folder in which parts work. It lies on the disk of the project. A signal
 * that ends the run ends what it has started, too.
 */
export async function withScratch<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(ROOT, ".cache", "bench");
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent, prefix: "run-" });
  const forget = onEnd(() => {
    for (const pid of descendantsOf(Deno.pid)) kill(pid);
    Deno.removeSync(folder, { recursive: true });
  });
  try {
    return await body(folder);
  } finally {
    forget();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Does something before a signal ends the process; the returned function forgets it. */
function onEnd(action: () => void): () => void {
  const ends = Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }).map(([name, code]) => {
    const signal = name as Deno.Signal;
    const end = () => {
      action();
      Deno.exit(code);
    };
    Deno.addSignalListener(signal, end);
    return () => Deno.removeSignalListener(signal, end);
  });
  return () => ends.forEach((forget) => forget());
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Runs one part. */
export async function runPart(
  part: Part,
  { pace, tools, scratch }: {
    readonly pace: Pace;
    readonly tools: Tools;
    readonly scratch: string;
  },
): Promise<PartResult> {
  const missing: Missing[] = [];
  const bench: Bench = {
    pace,
    tools,
    folder: (name) => Deno.makeTempDir({ dir: scratch, prefix: `${fileName(name)}-` }),
    say: line,
    notMeasured: (what, why) => missing.push({ what, why }),
  };
  const before = await lookAround(scratch);
  const tables = await part.run(bench);
  return { circumstances: lookAgain(before), tables, missing };
}

function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, "-");
}
