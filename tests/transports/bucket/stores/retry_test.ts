import assert from "node:assert/strict";
import { Calls } from "../../../../src/transports/bucket/stores/call.ts";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";
import { PATIENCE } from "../../../../src/transports/bucket/stores/patience.ts";
import { type Attempt, retry } from "../../../../src/transports/bucket/stores/retry.ts";
import { eventually } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";

const failure = (text = "failing") => new BucketError("bucket/unavailable", text);
const again = (afterMs?: number): Attempt<string> => ({
  kind: "again",
  error: failure(),
  ...(afterMs === undefined ? {} : { afterMs }),
});

/** Runs `script` to its end on a clock that jumps to each pause; resolves with the pauses. */
async function pauses(
  script: readonly Attempt<string>[],
  random: number,
  deadlineMs?: number,
): Promise<{ readonly waited: number[]; readonly outcome: string; readonly attempts: number }> {
  const clock = new ManualClock();
  const calls = new Calls(clock, PATIENCE);
  let attempts = 0;
  const waited: number[] = [];
  let outcome: string | undefined;
  const options = deadlineMs === undefined ? {} : { deadlineMs };
  const run = calls.run("try it", options, (call) => {
    const wait = call.wait.bind(call);
    call.wait = (ms) => {
      waited.push(ms);
      return wait(ms);
    };
    return retry(call, { patience: PATIENCE, random: () => random }, () => {
      const step = script[Math.min(attempts++, script.length - 1)];
      return Promise.resolve(step ?? again());
    });
  }).then((value) => outcome = value, (error) => outcome = error.code);
  await eventually("the call is over", () => {
    if (outcome === undefined && waited.length > 0) clock.advance(waited.at(-1) ?? 0);
    return outcome;
  });
  await run;
  assert.equal(clock.pending, 0, "no timer is left");
  return { waited, outcome: outcome ?? "", attempts };
}

const done: Attempt<string> = { kind: "done", value: "done" };
const half = 0.5;

const ROWS: readonly {
  readonly why: string;
  readonly script: readonly Attempt<string>[];
  readonly random?: number;
  readonly deadlineMs?: number;
  readonly waited: readonly number[];
  readonly outcome: string;
}[] = [
  { why: "the first attempt is enough", script: [done], waited: [], outcome: "done" },
  {
    why: "pauses double",
    script: [again(), again(), again(), done],
    waited: [100, 200, 400],
    outcome: "done",
  },
  {
    why: "full jitter: a pause may be nothing",
    script: [again(), done],
    random: 0,
    waited: [0],
    outcome: "done",
  },
  {
    why: "an end after the last attempt, and the longest pause holds",
    script: [again()],
    waited: [100, 200, 400, 800, 1600, 3200, 5000],
    outcome: "bucket/unavailable",
  },
  {
    why: "the store's wish is kept, jitter on top",
    script: [again(3000), done],
    waited: [3100],
    outcome: "done",
  },
  {
    why: "what can be corrected is tried at once, but not for ever",
    script: [again(0)],
    waited: [],
    outcome: "bucket/unavailable",
  },
  {
    why: "a pause that outlasts the call is not waited for",
    script: [again(3_600_000), done],
    waited: [],
    outcome: "bucket/unavailable",
  },
  {
    why: "the deadline holds for all attempts together",
    script: [again(100), again(100), done],
    deadlineMs: 350,
    waited: [200],
    outcome: "bucket/unavailable",
  },
];

for (const { why, script, random = half, deadlineMs, waited, outcome } of ROWS) {
  test("retry", async () => {
    const found = await pauses(script, random, deadlineMs);
    assert.deepEqual([found.waited, found.outcome], [waited, outcome]);
    assert.ok(found.attempts <= PATIENCE.attempts);
  }, { why });
}

test("retry: the caller's signal ends a pause with its reason", async () => {
  const calls = new Calls(new ManualClock(), PATIENCE);
  const stop = new AbortController();
  const reason = new Error("enough");
  let attempts = 0;
  const run = calls.run(
    "try it",
    { signal: stop.signal },
    (call) =>
      retry(call, { patience: PATIENCE, random: () => half }, () => {
        attempts++;
        return Promise.resolve(again());
      }),
  );
  await eventually("an attempt was made", () => attempts === 1);
  stop.abort(reason);
  await assert.rejects(run, (error) => error === reason);
});

test("retry: what an attempt throws is final", async () => {
  const calls = new Calls(new ManualClock(), PATIENCE);
  let attempts = 0;
  const run = calls.run(
    "try it",
    {},
    (call) =>
      retry(call, { patience: PATIENCE, random: () => half }, () => {
        attempts++;
        return Promise.reject(new BucketError("bucket/forbidden", "no"));
      }),
  );
  await assert.rejects(run, { code: "bucket/forbidden" });
  assert.equal(attempts, 1);
});

test("call: time that is up says what it was for and why it took so long", async () => {
  const clock = new ManualClock();
  const calls = new Calls(clock, PATIENCE);
  const run = calls.run("store a", { deadlineMs: 50 }, (call) => {
    call.note(failure("the last one"));
    return new Promise<never>(() => {});
  });
  clock.advance(49);
  clock.advance(1);
  await assert.rejects(run, (error: BucketError) => {
    assert.deepEqual([error.code, error.message], [
      "bucket/timeout",
      "Cannot store a: it took too long",
    ]);
    return error.cause instanceof BucketError && error.cause.message === "the last one";
  });
});

test("call: closing ends what is under way and refuses the rest", async () => {
  const clock = new ManualClock();
  const calls = new Calls(clock, PATIENCE);
  const run = calls.run("store a", {}, () => new Promise<never>(() => {}));
  calls.close();
  calls.close();
  await assert.rejects(run, {
    code: "bucket/closed",
    message: "Cannot store a: the bucket is closed",
  });
  await assert.rejects(calls.run("store b", {}, () => Promise.resolve()), {
    code: "bucket/closed",
  });
  assert.equal(clock.pending, 0);
});

test("call: nothing is begun when the time is up or the signal aborted before", async () => {
  const calls = new Calls(new ManualClock(), PATIENCE);
  let begun = 0;
  const body = () => Promise.resolve(begun++);
  await assert.rejects(calls.run("store a", { deadlineMs: 0 }, body), { code: "bucket/timeout" });
  const signal = AbortSignal.abort(new RangeError("before"));
  await assert.rejects(calls.run("store a", { signal }, body), RangeError);
  assert.equal(begun, 0);
});
