import assert from "node:assert/strict";
import { Retry } from "../../src/history/retry.ts";
import { ManualClock } from "../harness/manual_clock.ts";

function retry(results: boolean[]) {
  const clock = new ManualClock();
  const attempts: number[] = [];
  const options = { clock, random: () => 0.5, shortest: 100, longest: 1_000 };
  const subject = new Retry(options, () => {
    attempts.push(clock.monotonic());
    return Promise.resolve(results.shift() ?? false);
  });
  return { clock, attempts, retry: subject };
}

/** Lets what is due run, and what follows from it. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 50) {
    clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("pauses grow to their bound, and end with success", async () => {
  const { clock, attempts, retry: subject } = retry([false, false, false, false, false, true]);
  subject.start();
  assert.equal(subject.waiting, true);
  await pass(clock, 10_000);
  assert.deepEqual(attempts, [100, 300, 700, 1_500, 2_500, 3_500]);
  assert.equal(subject.waiting, false);
  subject.start();
  await pass(clock, 200);
  assert.equal(attempts.length, 7, "begins anew with the shortest pause");
  await subject.stop();
});

Deno.test("whoever asks gets an attempt at once, but not one after the other", async () => {
  const { clock, attempts, retry: subject } = retry([false, true]);
  assert.equal(await subject.now(), false, "nothing is to be tried");
  subject.start();
  assert.equal(await subject.now(), false, "it has only just failed");
  clock.advance(99);
  assert.deepEqual(attempts, []);
  clock.advance(1);
  await subject.now();
  assert.deepEqual(attempts, [100]);
  clock.advance(100);
  assert.deepEqual(await Promise.all([subject.now(), subject.now()]), [true, true]);
  assert.deepEqual(attempts, [100, 200]);
  assert.equal(await subject.now(), false);
  await subject.stop();
});

Deno.test("a stopped one tries no more", async () => {
  const { clock, attempts, retry: subject } = retry([]);
  subject.start();
  await subject.stop();
  await pass(clock, 1_000);
  assert.deepEqual(attempts, []);
});
