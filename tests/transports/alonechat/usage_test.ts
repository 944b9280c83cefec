import assert from "node:assert/strict";
import { printUptime, Usage } from "../../../src/transports/alonechat/usage.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";

const uptimes: readonly (readonly [number, string])[] = [
  [0, "0:00:00"],
  [12_999, "0:00:12"],
  [3_723_000, "1:02:03"],
  [86_399_999, "23:59:59"],
  [86_400_000, "1 day, 0:00:00"],
  [2 * 86_400_000 + 3_661_000, "2 days, 1:01:01"],
];

test("uptimes look as Python prints a timedelta", () => {
  for (const [milliseconds, text] of uptimes) assert.equal(printUptime(milliseconds), text);
});

test("CPU is the share of the machine since the last look, memory the share of its memory", () => {
  const clock = new ManualClock();
  let cpu = 1_000;
  const usage = new Usage(clock, {
    cpu: () => cpu,
    processors: 4,
    memory: () => 50,
    machineMemory: () => 400,
  });
  clock.advance(10_000);
  cpu += 4_000;
  assert.deepEqual(usage.look(), { cpu: 10, memory: 12.5 });
  // Too soon to measure anything else.
  clock.advance(10);
  cpu += 10;
  assert.equal(usage.look().cpu, 10);
  clock.advance(990);
  cpu += 3_990;
  assert.equal(usage.look().cpu, 100);
  assert.equal(usage.uptime, 11_000);
});

test("a machine that does not tell its memory", () => {
  const usage = new Usage(new ManualClock(), {
    cpu: () => 0,
    processors: 1,
    memory: () => 1,
    machineMemory: () => undefined,
  });
  assert.equal(usage.look().memory, undefined);
});
