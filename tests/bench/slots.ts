/**
 * Side by side: everybody is measured for about a second, in turn, many times over. What slows the
 * machine for a while slows all of them, so the ratio of two that stand next to each other holds
 * where the figures themselves do not. Work that a server puts off it is told to do before the next
 * one's turn: it belongs to the slot, and is counted with it.
 *
 * @module
 */
import type { Figures, Instrument, Run } from "./instrument.ts";
import { cpuOf, untilAtRest } from "./proc.ts";
import type { Afterwork } from "./servers/server.ts";

/** Somebody who is measured. */
export interface Contender {
  readonly name: string;
  /** The process that does the work. */
  readonly pid: number;
  readonly afterwork?: Afterwork | undefined;
  readonly instrument: Instrument;
}

/** One slot of one contender. */
export interface Slot extends Figures {
  /** Processor time from the slot's begin until the process was at rest again, seconds. */
  readonly wholeCpu: number;
  /** Wall time that the process went on working after the slot, seconds. */
  readonly afterwards: number;
}

/** How the slots are laid out. */
export interface Layout {
  readonly rounds: number;
  readonly runs: readonly Run[];
  /** How long a contender may go on working after its slot, milliseconds. */
  readonly restMs: number;
}

/** The slots of every contender, by name and window, in the order of the rounds. */
export type Slots = ReadonlyMap<string, ReadonlyMap<number, readonly Slot[]>>;

/** Measures all contenders in turn; the order moves on by one with each round. */
export async function sideBySide(
  contenders: readonly Contender[],
  { rounds, runs, restMs }: Layout,
): Promise<Slots> {
  const slots = new Map(
    contenders.map(({ name }) => [name, new Map<number, Slot[]>()] as const),
  );
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      for (const contender of rotated(contenders, round)) {
        const byWindow = slots.get(contender.name);
        const slot = await measure(contender, run, restMs);
        const known = byWindow?.get(run.window);
        if (known === undefined) byWindow?.set(run.window, [slot]);
        else known.push(slot);
      }
    }
  }
  return slots;
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const first = by % Math.max(1, list.length);
  return [...list.slice(first), ...list.slice(0, first)];
}

async function measure(contender: Contender, run: Run, restMs: number): Promise<Slot> {
  const { pid, instrument, afterwork } = contender;
  const before = await cpuOf(pid);
  const figures = await instrument.run(run);
  const ended = performance.now();
  if (afterwork !== undefined) Deno.kill(pid, afterwork.signal);
  await untilAtRest(pid, restMs, afterwork?.calmMs);
  const afterwards = (performance.now() - ended) / 1000;
  return { ...figures, wholeCpu: await cpuOf(pid) - before, afterwards };
}
