/**
 * What the process takes of its machine.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";

/** Totals of the process and its machine. */
export interface Resources {
  /** CPU time used so far by all threads, milliseconds. */
  cpu(): number;
  /** Logical processors. */
  readonly processors: number;
  /** Bytes of memory that are resident. */
  memory(): number;
  /** Bytes of memory that the machine has; undefined when that cannot be known. */
  machineMemory(): number | undefined;
}

/** Shares in percent of the whole machine, 0 to 100, two decimals. */
export interface Shares {
  /** Over the time since the last look, or since the start. */
  readonly cpu: number;
  /** Undefined when the machine's memory cannot be known. */
  readonly memory: number | undefined;
}

/** A look closer than this to the last one repeats it: too little time to measure anything. */
const LEAST_INTERVAL = 1_000;

/** Turns totals into shares. */
export class Usage {
  readonly #clock: Clock;
  readonly #resources: Resources;
  readonly #started: number;
  #last: { readonly at: number; readonly cpu: number };
  #share = 0;

  constructor(clock: Clock, resources: Resources) {
    this.#clock = clock;
    this.#resources = resources;
    this.#started = clock.monotonic();
    this.#last = { at: this.#started, cpu: resources.cpu() };
  }

  /** Milliseconds since the start. */
  get uptime(): number {
    return this.#clock.monotonic() - this.#started;
  }

  look(): Shares {
    const machine = this.#resources.machineMemory();
    const memory = machine === undefined ? undefined : percent(this.#resources.memory(), machine);
    return { cpu: this.#cpuShare(), memory };
  }

  #cpuShare(): number {
    const at = this.#clock.monotonic();
    if (at - this.#last.at < LEAST_INTERVAL && this.#last.at !== this.#started) return this.#share;
    const cpu = this.#resources.cpu();
    const possible = (at - this.#last.at) * this.#resources.processors;
    this.#share = percent(cpu - this.#last.cpu, possible);
    this.#last = { at, cpu };
    return this.#share;
  }
}

/** Milliseconds the way Python prints a `timedelta`: `0:00:12`, `3 days, 1:02:03`. */
export function printUptime(milliseconds: number): string {
  const total = Math.floor(milliseconds / 1000);
  const days = Math.floor(total / 86_400);
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const time = `${Math.floor(total % 86_400 / 3600)}:${two(Math.floor(total / 60))}:${two(total)}`;
  return days === 0 ? time : `${days} ${days === 1 ? "day" : "days"}, ${time}`;
}

function percent(part: number, whole: number): number {
  if (!(whole > 0)) return 0;
  return Math.min(100, Math.round(part / whole * 10_000) / 100);
}
