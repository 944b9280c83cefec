import assert from "node:assert/strict";
import { emptyJournal, JournalSet } from "../../src/history/journal_set.ts";
import { createLayout } from "../../src/history/layout.ts";
import { Lull } from "../../src/history/lull.ts";
import { ManualClock } from "../harness/manual_clock.ts";

/** A set of journal files, the last of which grows by `bytes` every half second. */
function scene() {
  const clock = new ManualClock();
  const journals = new JournalSet(createLayout("nowhere"), clock, 0);
  journals.add(emptyJournal(1));
  const done: number[] = [];
  const lull = new Lull(clock, journals);
  const wait = () => lull.wait(() => done.push(clock.monotonic()));
  const pass = (rounds: number, bytes: number) => {
    for (let round = 0; round < rounds; round++) {
      journals.files.at(-1)!.length += bytes;
      clock.advance(500);
    }
  };
  return { clock, journals, lull, wait, pass, done };
}

const TRAFFIC = 64 * 1024;

Deno.test("work waits while there is traffic, and begins in the first pause", () => {
  const { wait, pass, done } = scene();
  wait();
  wait();
  pass(10, TRAFFIC);
  assert.deepEqual(done, []);
  pass(1, TRAFFIC - 1);
  assert.deepEqual(done, [5_500]);
  pass(10, 0);
  assert.equal(done.length, 1, "once");
});

Deno.test("a file that is closed is traffic, however little is in the next one", () => {
  const { journals, wait, pass, done } = scene();
  wait();
  journals.add(emptyJournal(2));
  pass(1, 0);
  assert.deepEqual(done, []);
  pass(1, 0);
  assert.deepEqual(done, [1_000]);
});

Deno.test("work waits for half a minute at most", () => {
  const { wait, pass, done } = scene();
  wait();
  pass(100, TRAFFIC);
  assert.deepEqual(done, [30_000]);
});

Deno.test("work waits for sixteen closed files at most", () => {
  const { journals, wait, pass, done } = scene();
  wait();
  for (let number = 2; number <= 16; number++) journals.add(emptyJournal(number));
  pass(1, TRAFFIC);
  assert.deepEqual(done, []);
  journals.add(emptyJournal(17));
  pass(1, TRAFFIC);
  assert.deepEqual(done, [1_000]);
});

Deno.test("nothing begins once it is stopped", () => {
  const { clock, lull, wait, pass, done } = scene();
  wait();
  lull.stop();
  pass(100, 0);
  assert.deepEqual(done, []);
  assert.equal(clock.pending, 0);
});
