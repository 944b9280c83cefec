import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBytes, parseDuration, printBytes, printDuration } from "../../src/config/units.ts";

const sizes: readonly [string, number | undefined][] = [
  ["0", 0],
  ["4096", 4096],
  ["1B", 1],
  ["8MiB", 8 * 1024 ** 2],
  ["8 mib", 8 * 1024 ** 2],
  ["8M", 8 * 1024 ** 2],
  ["1.5KiB", 1536],
  ["2GiB", 2 * 1024 ** 3],
  ["8MB", undefined],
  ["MiB", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["1,5KiB", undefined],
  ["999999999999999GiB", undefined],
  ["", undefined],
];
for (const [text, bytes] of sizes) {
  Deno.test(`the size "${text}" is ${bytes}`, () => assert.equal(parseBytes(text), bytes));
}

const times: readonly [string, number | undefined][] = [
  ["250ms", 250],
  ["0s", 0],
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["1.5h", 5_400_000],
  ["7 d", 604_800_000],
  ["30", undefined],
  ["30M ", 1_800_000],
  ["1h30m", undefined],
  ["-5s", undefined],
  ["5 weeks", undefined],
];
for (const [text, ms] of times) {
  Deno.test(`the time "${text}" is ${ms}`, () => assert.equal(parseDuration(text), ms));
}

Deno.test("what is printed is read as the same", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 45 }), (value) => {
      assert.equal(parseBytes(printBytes(value)), value);
      assert.equal(parseDuration(printDuration(value)), value);
    }),
  );
  assert.equal(printBytes(8 * 1024 ** 2), "8MiB");
  assert.equal(printBytes(1500), "1500B");
  assert.equal(printDuration(1_800_000), "30m");
  assert.equal(printDuration(90_000), "90s");
});
