/** `deno task test` as people and CI see it: its last line and its exit code. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tasks/build.ts";
import { capture } from "../../tasks/program.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";

const CASES: readonly {
  readonly why: string;
  readonly source: string;
  readonly args?: readonly string[];
  readonly code: number;
  readonly last: string;
}[] = [
  {
    why: "everything passes",
    source: 'Deno.test("one", () => {}); Deno.test("two", () => {});',
    code: 0,
    last: "2 passed, 0 failed",
  },
  {
    why: "a failure fails the run",
    source: 'Deno.test("one", () => {}); Deno.test("two", () => { throw new Error("no"); });',
    code: 1,
    last: "1 passed, 1 failed",
  },
  {
    why: "an ignored test is told of",
    source: 'Deno.test("one", () => {}); Deno.test.ignore("two", () => {});',
    code: 0,
    last: "1 passed, 0 failed, 1 skipped",
  },
  {
    why: "a type error is a failure",
    source: "const text: string = 1; Deno.test(text, () => {});",
    code: 1,
    last: "0 passed, 1 failed",
  },
  {
    why: "an error outside of tests is a failure",
    source: 'Deno.test("one", () => {}); throw new Error("no");',
    code: 1,
    last: "0 passed, 1 failed",
  },
  {
    why: "a process that ends in the middle is a failure",
    source: 'Deno.test("one", () => Deno.kill(Deno.pid, "SIGKILL"));',
    code: 1,
    last: "0 passed, 1 failed",
  },
  {
    why: "a name selects",
    source: 'Deno.test("one", () => {}); Deno.test("two", () => { throw new Error("no"); });',
    args: ["one"],
    code: 0,
    last: "1 passed, 0 failed",
  },
  {
    why: "a name that no test has is no success",
    source: 'Deno.test("one", () => {});',
    args: ["three"],
    code: 1,
    last: "0 passed, 0 failed",
  },
];
for (const { why, source, args = [], code, last } of CASES) {
  test("deno task test", async () => {
    await withDataFolder(async (folder) => {
      const file = join(folder, "case_test.ts");
      await Deno.writeTextFile(file, source);
      const ended = await capture(Deno.execPath(), ["task", "test", file, ...args], { cwd: ROOT });
      assert.equal(ended.stdout.trimEnd().split("\n").at(-1), last);
      assert.equal(ended.code, code);
    });
  }, { why });
}
