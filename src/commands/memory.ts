/**
 * Memory that a process needs no longer goes back to the system when the process has come to rest.
 * The engine collects when it needs room: what a busy minute has left behind stays, for hours if
 * nothing happens, and the pages of threads that have ended stay with it.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import type { Clock, Timer } from "../clock.ts";

/** What is asked of a process and done to it. */
export interface Process {
  /** Processor time that all its threads have used, milliseconds. */
  cpu(): number;
  /** Bytes of it that are in memory. */
  resident(): number;
  /** Collects all garbage and gives up free pages; some 20 ms for a small heap. */
  collect(): void;
}

/** How often it is looked, milliseconds. */
const LOOK_MS = 2_000;
/** A process that uses no more than this share of a processor between two looks is at rest. */
const REST = 0.05;
/** It is worth it when the process has grown by this share since the last time. */
const GROWN = 1.05;

/** This process; undefined where it may not collect (`--v8-flags=--expose-gc`). */
export function thisProcess(): Process | undefined {
  const { gc } = globalThis as { gc?: (how: { type: "major"; flavor: "last-resort" }) => void };
  if (gc === undefined) return undefined;
  return {
    cpu() {
      const { user, system } = cpuUsage();
      return (user + system) / 1000;
    },
    resident: () => Deno.memoryUsage().rss,
    collect: () => gc({ type: "major", flavor: "last-resort" }),
  };
}

/** See the module's description. Goes on until it is disposed of. */
export class MemoryKeeper implements Disposable {
  readonly #clock: Clock;
  readonly #process: Process;
  #timer: Timer | undefined;
  /** What was left the last time, bytes. */
  #left = 0;

  constructor(clock: Clock, process: Process) {
    this.#clock = clock;
    this.#process = process;
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const before = this.#process.cpu();
    this.#timer = this.#clock.after(LOOK_MS, () => {
      const isAtRest = this.#process.cpu() - before <= LOOK_MS * REST;
      if (isAtRest && this.#process.resident() > this.#left * GROWN) this.#collect();
      this.#look();
    });
  }

  #collect(): void {
    this.#process.collect();
    this.#left = this.#process.resident();
  }
}
