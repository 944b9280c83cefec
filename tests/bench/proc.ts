/**
 * What Linux tells of a process (proc(5)).
 *
 * @module
 */
import { pause } from "./child.ts";

/** Clock ticks are 10 ms on every Linux that Deno runs on. */
const TICK_S = 0.01;

/** User and system time of a process, all its threads together, seconds. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // Behind the name, which may hold anything and stands in brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_S;
}

/** Memory of a process, bytes. */
export interface Memory {
  /** All pages in memory, those of files (the program itself, libraries) included. */
  readonly resident: number;
  /** Those that are its own. */
  readonly anonymous: number;
}

/** See {@linkcode Memory}. */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kilobytes = (key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? NaN);
  return { resident: kilobytes("VmRSS") * 1024, anonymous: kilobytes("RssAnon") * 1024 };
}

/** The children of a process and theirs, as they are now. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) {
      children.set(parent, [...children.get(parent) ?? [], Number(name)]);
    }
  }
  const all = [...children.get(pid) ?? []];
  for (let next = 0; next < all.length; next++) all.push(...children.get(all[next] ?? 0) ?? []);
  return all;
}

/** Undefined when the process has ended meanwhile. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** The process uses no more than this share of a processor when it is at rest. */
const REST = 0.1;
const LOOK_MS = 100;

/**
 * Waits until the process has nothing left to do, so that what it does afterwards does not count
 * against whoever is measured next. Resolves with the processor time that took, seconds.
 *
 * @param calmMs how long it has to be at rest: work that it puts off begins within that time
 */
export async function untilAtRest(pid: number, patienceMs: number, calmMs = 0): Promise<number> {
  const deadline = performance.now() + patienceMs;
  const first = await cpuOf(pid);
  let calmSince = performance.now();
  for (let before = first;;) {
    await pause(LOOK_MS);
    const after = await cpuOf(pid);
    const now = performance.now();
    if ((after - before) / (LOOK_MS / 1000) > REST) calmSince = now;
    if (now - calmSince >= Math.max(calmMs, LOOK_MS / 2) || now > deadline) return after - first;
    before = after;
  }
}
