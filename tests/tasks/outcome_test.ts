import assert from "node:assert/strict";
import { closingLine, NOTHING, sum, tallyOf } from "../../tasks/testing/outcome.ts";
import { quieted } from "../../tasks/testing/quiet.ts";
import { test } from "../harness/test.ts";

const RUNS = [
  {
    why: "all passed",
    output: ["", "ok | 677 passed | 0 failed (16s)", ""],
    tally: { passed: 677, failed: 0, ignored: 0, failures: [] },
  },
  {
    why: "with steps, ignored ones, filtered ones and colours",
    output: [
      "\x1b[32mok\x1b[0m | 22 passed (7 steps) | 0 failed | 3 ignored | 113 filtered out (1s)",
    ],
    tally: { passed: 22, failed: 0, ignored: 3, failures: [] },
  },
  {
    why: "failures are named",
    output: [
      ...["", " ERRORS ", "", "a => ./t.ts:1:2", "error: wrong", "", " FAILURES ", ""],
      ...["a => ./t.ts:1:2", "./u.ts (uncaught error)", ""],
      "FAILED | 1 passed (1 step) | 2 failed (1 step) | 1 ignored (95ms)",
    ],
    tally: {
      passed: 1,
      failed: 2,
      ignored: 1,
      failures: ["a => ./t.ts:1:2", "./u.ts (uncaught error)"],
    },
  },
  {
    why: "failures are named with the file that they are in, not with the harness",
    output: [
      ...["./tests/a_test.ts => one ... ok (1ms)", "./tests/b_test.ts => two ... FAILED (3ms)"],
      ...["running 2 tests from ./tests/c_test.ts", "three ... FAILED (1ms)"],
      ...["", " FAILURES ", "", "two => ./tests/harness/test.ts:11:8"],
      ...["three => ./tests/harness/test.ts:11:8", "", "FAILED | 1 passed | 2 failed (1s)"],
    ],
    tally: {
      passed: 1,
      failed: 2,
      ignored: 0,
      failures: ["two => ./tests/b_test.ts", "three => ./tests/c_test.ts"],
    },
  },
  {
    why: "a test that prints a summary is not believed, the last one counts",
    output: ["ok | 9 passed | 0 failed (1s)", "ok | 1 passed | 0 failed (2s)"],
    tally: { passed: 1, failed: 0, ignored: 0, failures: [] },
  },
  { why: "no summary: it never got to the tests", output: ["error: Type checking failed."] },
  { why: "nothing at all", output: [] },
];
for (const { why, output, tally } of RUNS) {
  test("what deno test says is counted", () => assert.deepEqual(tallyOf(output), tally), { why });
}

test("two phases are one result", () => {
  const tally = { passed: 1, failed: 2, ignored: 3, failures: ["x"] };
  assert.deepEqual(sum(sum(NOTHING, tally), tally), {
    passed: 2,
    failed: 4,
    ignored: 6,
    failures: ["x", "x"],
  });
});

test("the closing line names skipped ones only when there are some", () => {
  assert.equal(closingLine(3, 0, 0), "3 passed, 0 failed");
  assert.equal(closingLine(3, 1, 2), "3 passed, 1 failed, 2 skipped");
});

test("passing cases show as their file, once; everything else stays", () => {
  const show = quieted();
  const shown = [
    "./tests/a_test.ts => one ... \x1b[32mok\x1b[0m (1ms)",
    "./tests/a_test.ts => two ... step ... ok (0ms)",
    "./tests/a_test.ts => three ... FAILED (2ms)",
    "./tests/b_test.ts => four ... ignored (0ms)",
    "./tests/b_test.ts => five ... ok (3s)",
    "four ... ok (0ms)",
    "with steps ...",
    "------- output -------",
    "",
  ].map(show);
  assert.deepEqual(shown, [
    "tests/a_test.ts",
    undefined,
    "./tests/a_test.ts => three ... FAILED (2ms)",
    "./tests/b_test.ts => four ... ignored (0ms)",
    "tests/b_test.ts",
    undefined,
    undefined,
    "------- output -------",
    "",
  ]);
});
