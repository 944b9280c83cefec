import assert from "node:assert/strict";
import { test } from "../harness/test.ts";
import { quantile, ratios, spread } from "./statistics.ts";

test("a quantile lies between its neighbours", () => {
  const rows:
    readonly (readonly [samples: number[], share: number, wanted: number, why: string])[] = [
      [[5], 0.99, 5, "one sample is every quantile"],
      [[1, 2], 0.5, 1.5, "half way between two"],
      [[9, 1, 5], 0.5, 5, "the order of the samples does not matter"],
      [[10, 9, 100], 0.5, 10, "numbers are compared as numbers"],
      [[1, 2, 3, 4, 5], 1, 5, "the whole share is the greatest"],
      [[1, 2, 3, 4, 5], 0, 1, "no share is the least"],
    ];
  for (const [samples, share, wanted, why] of rows) {
    assert.equal(quantile(samples, share), wanted, why);
  }
  assert.throws(() => quantile([], 0.5), RangeError);
});

test("a spread is median and range", () => {
  assert.deepEqual(spread([3, 1, 2, 8]), { median: 2.5, low: 1, high: 8, count: 4 });
});

test("ratios are taken pair by pair", () => {
  // Both were slowed down in the second round: the ratio of the medians would be 3.
  assert.deepEqual(ratios([200, 20, 300], [100, 10, 150]), [2, 2, 2]);
  assert.throws(() => ratios([1], [1, 2]), RangeError);
});
