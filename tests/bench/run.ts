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
import type { Missing, PartResult } from "./report/document.ts";
import type { Tools } from "./setup/tools.ts";

/** Makes and removes the folder in which parts work. It lies on the disk of the project. */
export async function withScratch<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(ROOT, ".cache", "bench");
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent, prefix: "run-" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
