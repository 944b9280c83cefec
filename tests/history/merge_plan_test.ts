/** Which segments become one. */
import assert from "node:assert/strict";
import { CatalogState } from "../../src/history/catalog_state.ts";
import { planMerges } from "../../src/history/merge_plan.ts";
import type { SegmentInfo } from "../../src/history/segments.ts";
import { test } from "../harness/test.ts";

const DAY = 86_400_000;
const NONE: ReadonlySet<string> = new Set();

function segment(
  at: number,
  options: Partial<SegmentInfo> & { writer?: string } = {},
): SegmentInfo {
  const { writer = "device", ...rest } = options;
  const day = new Date(at).toISOString().slice(0, 10);
  return {
    ...{ room: "lobby", origin: "own", count: 1, start: at, end: at, bytes: 1_000, sha256: "" },
    path: `rooms/lobby/logs/${day}/messages_${at}_${at}_${writer}.jsonl`,
    runs: [at, 1],
    ...rest,
  };
}

function planned(segments: readonly SegmentInfo[], until: number): number[] {
  const state = new CatalogState();
  const next: [string, number][] = [["lobby", DAY * 10]];
  state.apply({ type: "sealed", journal: 1, latest: 0, next, tails: [], segments });
  return planMerges(state, until, NONE).map(({ length }) => length);
}

const some = (count: number, from: number, options = {}) =>
  Array.from({ length: count }, (_, index) => segment(from + index, options));

const rows: readonly (readonly [why: string, SegmentInfo[], number, number[]])[] = [
  ["a day that is over, two files", some(2, 0), DAY, [2]],
  ["one file is enough as it is", some(1, 0), DAY, []],
  ["a day that goes on, few files", some(63, 0), DAY - 1, []],
  ["a day that goes on, many small files", some(64, 0), DAY - 1, [64]],
  ["many, but not small", some(100, 0, { bytes: 200_000 }), DAY - 1, []],
  ["what may still be sealed anew stays", some(64, 0), 60, []],
  ["files of two devices stay apart", [...some(2, 0), ...some(2, 10, { writer: "next" })], DAY, [
    2,
    2,
  ]],
];

for (const [why, segments, until, expected] of rows) {
  test("merging", () => assert.deepEqual(planned(segments, until), expected), { why });
}
