import assert from "node:assert/strict";
import { MemoryKeeper, type Process } from "../../src/commands/memory.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { test } from "../harness/test.ts";

const MB = 1_000_000;

/** A process that uses as much as a test says, and has garbage to collect. */
class TestProcess implements Process {
  readonly #clock: ManualClock;
  /** Share of a processor. */
  load = 0;
  live = 60 * MB;
  garbage = 10 * MB;
  collections = 0;
  #used = 0;
  #since = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  cpu(): number {
    this.#used += (this.#clock.monotonic() - this.#since) * this.load;
    this.#since = this.#clock.monotonic();
    return this.#used;
  }

  resident(): number {
    return this.live + this.garbage;
  }

  collect(): void {
    this.collections++;
    this.garbage = 0;
  }
}

test("what the start has left behind is collected once", () => {
  const clock = new ManualClock();
  const process = new TestProcess(clock);
  using _keeper = new MemoryKeeper(clock, process);
  clock.advance(60_000);
  assert.deepEqual([process.collections, process.resident()], [1, 60 * MB]);
});

test("nobody waits for a collection while there is something to do", () => {
  const clock = new ManualClock();
  const process = new TestProcess(clock);
  using _keeper = new MemoryKeeper(clock, process);
  process.load = 0.5;
  clock.advance(60_000);
  assert.equal(process.collections, 0);
  process.load = 0.01;
  clock.advance(4_000);
  assert.equal(process.collections, 1);
});

const GROWTHS: readonly {
  readonly why: string;
  readonly growth: number;
  readonly collections: number;
}[] = [
  { why: "nothing has happened", growth: 0, collections: 1 },
  { why: "a few messages are not worth it", growth: 2 * MB, collections: 1 },
  { why: "a load has left much", growth: 20 * MB, collections: 2 },
];
for (const { why, growth, collections } of GROWTHS) {
  test("it is collected again when that is worth it", () => {
    const clock = new ManualClock();
    const process = new TestProcess(clock);
    using _keeper = new MemoryKeeper(clock, process);
    clock.advance(10_000);
    process.garbage = growth;
    clock.advance(10_000);
    assert.equal(process.collections, collections);
  }, { why });
}

test("memory that is needed is not looked through again and again", () => {
  const clock = new ManualClock();
  const process = new TestProcess(clock);
  using _keeper = new MemoryKeeper(clock, process);
  process.live = 500 * MB;
  clock.advance(60_000);
  assert.equal(process.collections, 1);
});

test("it ends with the command", () => {
  const clock = new ManualClock();
  new MemoryKeeper(clock, new TestProcess(clock))[Symbol.dispose]();
  assert.equal(clock.pending, 0);
});
