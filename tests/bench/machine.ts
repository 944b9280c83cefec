/**
 * The machine and the circumstances of a run.
 *
 * @module
 */
import { capture } from "../../tasks/program.ts";

/** What a reader has to know to judge the figures. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** The file system of the stores. */
  readonly disk: string;
  readonly deno: string;
  readonly v8: string;
  /** One-minute load averages when the run began and ended. */
  readonly load: readonly [before: number, after: number];
}

/** The machine now; {@linkcode Circumstances.load} has the present load twice. */
export async function lookAround(folder: string): Promise<Circumstances> {
  const cpuinfo = await Deno.readTextFile("/proc/cpuinfo");
  const load = Deno.loadavg()[0] ?? NaN;
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    commit: await firstLine("git", ["describe", "--always", "--dirty"]),
    processor: /^model name\s*: (.+)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch,
    processors: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    kernel: `Linux ${Deno.osRelease()}`,
    disk: await firstLine("stat", ["--file-system", "--format=%T", folder]),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    load: [load, load],
  };
}

/** The same circumstances with the load as it is at the end. */
export function lookAgain(circumstances: Circumstances): Circumstances {
  return { ...circumstances, load: [circumstances.load[0], Deno.loadavg()[0] ?? NaN] };
}

/** The first line that a program prints; `unknown` when it cannot be run. */
export async function firstLine(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await capture(program, args);
    return `${stdout}\n${stderr}`.trim().split("\n")[0] ?? "unknown";
  } catch {
    return "unknown";
  }
}
