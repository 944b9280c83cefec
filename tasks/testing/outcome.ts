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
  /** `name => ./tests/file.ts`, or what `deno test` lists where it says no more. */
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

// deno-lint-ignore no-control-regex -- sequences of a terminal begin with Escape
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
    failures: list < 0
      ? []
      : placed(lines.slice(list + 1, at).filter((line) => line !== ""), lines),
  };
}

/**
 * Failures with the files that they are in: `deno test` lists where `Deno.test` was called, which is
 * the same place for every test that is registered by a function of the harness.
 */
function placed(failures: readonly string[], lines: readonly string[]): string[] {
  const files = new Map<string, string>();
  let running = "";
  for (const line of lines) {
    running = /^running \d+ tests? from (\S+)$/.exec(line)?.[1] ?? running;
    const [, file = running, name = ""] = /^(?:(\.\/\S+) => )?(.*) \.\.\. FAILED/.exec(line) ?? [];
    if (name !== "" && file !== "") files.set(name, file);
  }
  return failures.map((failure) => {
    const name = failure.replace(/ => \S+$/, "");
    const file = files.get(name);
    return file === undefined ? failure : `${name} => ${file}`;
  });
}

/** The closing line: `12 passed, 0 failed`, and what was skipped where something was. */
export function closingLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
