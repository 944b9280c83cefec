import assert from "node:assert/strict";
import { test } from "../../harness/test.ts";
import type { Target, Unit } from "../contract.ts";
import { spread } from "../statistics.ts";
import { filled } from "./document.ts";
import { format, formatCell, targetRow, verdict } from "./format.ts";
import { tableText } from "./text.ts";

test("figures are as long as what they tell", () => {
  const rows: readonly (readonly [value: number, unit: Unit, wanted: string])[] = [
    [4_467_123, "per second", "4.47 M"],
    [616_432, "per second", "616 k"],
    [3_817.4, "per second", "3,817"],
    [0.123, "milliseconds", "0.12"],
    [12.34, "milliseconds", "12.3"],
    [1_157, "milliseconds", "1,157"],
    [0.456, "share", "46 %"],
    [1.005, "times", "1.00"],
    [NaN, "microseconds", "-"],
  ];
  for (const [value, unit, wanted] of rows) assert.equal(format(value, unit), wanted);
});

test("a range stands only where there is one", () => {
  const samples = spread([1, 2, 3]);
  assert.equal(formatCell({ unit: "times", spread: samples }), "2.00 (1.00 .. 3.00)");
  assert.equal(formatCell({ unit: "times", spread: samples, brief: true }), "2.00");
  assert.equal(formatCell({ unit: "times", spread: spread([2]) }), "2.00");
  assert.equal(formatCell("text"), "text");
});

const TARGET: Target = {
  what: "speed",
  unit: "times",
  bound: "at least",
  wanted: 1,
  measured: 0.999,
};

test("a target is met or missed, without rounding in its favour", () => {
  assert.equal(verdict(TARGET), "missed");
  assert.equal(verdict({ ...TARGET, measured: 1 }), "met");
  assert.equal(verdict({ ...TARGET, bound: "at most" }), "met");
  assert.deepEqual(targetRow({ ...TARGET, measured: 2 }), [
    "speed",
    "at least 1.00 times",
    "2.00 times",
    "met",
  ]);
});

test("a table for a terminal has columns", () => {
  const text = tableText({
    title: "Title",
    notes: [],
    columns: ["server", "rate"],
    rows: [["a", "1"], ["longer", "1000"]],
    targets: [],
  });
  assert.equal(text, "Title\n\nserver  rate\na          1\nlonger  1000\n");
});

test("a block of the document is replaced, everything else stays", () => {
  const text = "before\n<!-- begin a -->\nold\n<!-- end a -->\nafter\n";
  const once = filled(text, "a", "new");
  assert.equal(once, "before\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\nafter\n");
  assert.equal(filled(once, "a", "new"), once);
  assert.throws(() => filled(text, "b", "new"), /Cannot fill in b/);
});
