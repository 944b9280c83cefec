import { ManualClock } from "../../../harness/manual_clock.ts";
import type { NodeOptions } from "./world.ts";

const INTERVAL = 5_000;

/** Nodes with one clock that moves by an interval at a time. */
export class Hours {
  readonly clock: ManualClock = new ManualClock(Date.now());
  readonly options: NodeOptions = { clock: this.clock, interval: INTERVAL };

  /** Some intervals are over. */
  pass(intervals = 1): void {
    this.clock.advance(intervals * INTERVAL);
  }
}
