/**
 * What the parts of the benchmark and the program that runs them agree on.
 *
 * @module
 */
import type { Spread } from "./statistics.ts";
import type { Tools } from "./setup/tools.ts";

/** How a figure is shown. */
export type Unit =
  | "per second"
  | "milliseconds"
  | "microseconds"
  | "times"
  | "share"
  | "megabytes"
  | "kilobytes"
  | "count"
  | "seconds";

/** A measured figure: the median of its samples and their range. */
export interface Figure {
  readonly spread: Spread;
  readonly unit: Unit;
  /** Told without its range, where the range says little. */
  readonly brief?: true;
}

/** What stands in one cell of a table. */
export type Cell = string | Figure;

/** What the issue asks for, beside what was measured. */
export interface Target {
  readonly what: string;
  readonly unit: Unit;
  readonly bound: "at least" | "at most";
  readonly wanted: number;
  readonly measured: number;
}

/** One table of results. */
export interface Table {
  readonly title: string;
  /** How it was measured: whole sentences. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly targets: readonly Target[];
}

/** How much time a run may take. */
export type Pace = "quick" | "full";

/** What a part is given. */
export interface Bench {
  readonly pace: Pace;
  /** Programs and instruments, installed or made when first asked for. */
  readonly tools: Tools;
  /** An empty folder on a real disk, removed at the end. */
  folder(name: string): Promise<string>;
  /** One line about what is going on. */
  say(text: string): Promise<void>;
  /** What the run could not measure, and why. */
  notMeasured(what: string, why: string): void;
}

/** One part of the benchmark. */
export interface Part {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  run(bench: Bench): Promise<readonly Table[]>;
}

/** `full` or `quick`, whichever the run is. */
export function paced<T>({ pace }: Bench, full: T, quick: T): T {
  return pace === "full" ? full : quick;
}
