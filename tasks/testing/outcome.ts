/**
 * What `deno test` says of a run, read from what it writes.
 *
 * @module
 */

/** Tests by what became of them, and the names of those that failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  /** As `deno test` lists them: `name => ./tests/file.ts:1:2`. */
  readonly failures: readonly string[];
}

export const NOTHING: Tally = { passed: 0, failed: 0, ignored: 0, failures: [] };

/** Two tallies as one. */
export function sum(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    ignored: a.ignored + b.ignored,
    failures: [...a.failures, ...b.failures],
  };
}

// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[0-9;]*m/g;
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/;
const IGNORED = / \| (\d+) ignored/;

/**
 * Reads the output of one `deno test`; undefined when it ended without a summary, as it does when a
 * file has a type error or the runner is killed.
 */
export function tallyOf(output: readonly string[]): Tally | undefined {
  const lines = output.map((line) => line.replace(COLOURS, "").trim());
  const at = lines.findLastIndex((line) => SUMMARY.test(line));
  const summary = SUMMARY.exec(lines[at] ?? "");
  if (summary === null) return undefined;
  const list = lines.lastIndexOf("FAILURES", at);
  return {
    passed: Number(summary[1]),
    failed: Number(summary[2]),
    ignored: Number(IGNORED.exec(lines[at] ?? "")?.[1] ?? 0),
    failures: list < 0 ? [] : lines.slice(list + 1, at).filter((line) => line !== ""),
  };
}

/** The closing line: `12 passed, 0 failed`, and what was skipped where something was. */
export function closingLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
