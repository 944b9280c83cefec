/** What `~` means in paths that no shell has looked at. */
import assert from "node:assert/strict";
import { atHome } from "../../src/commands/home_path.ts";
import { test } from "../harness/test.ts";

const CASES: readonly (readonly [path: string, home: string | undefined, gives: string])[] = [
  ["~/a b.txt", "/house/alice", "/house/alice/a b.txt"],
  ["~", "/house/alice/", "/house/alice/"],
  ["~/", "/", "/"],
  ["~bob/a", "/house/alice", "~bob/a"],
  ["a/~/b", "/house/alice", "a/~/b"],
  ["~/a", undefined, "~/a"],
  ["~/a", "elsewhere", "~/a"],
  ["", "/house/alice", ""],
];

for (const [path, home, gives] of CASES) {
  test(`the path ${JSON.stringify(path)} of ${home ?? "nobody"} is ${gives}`, () => {
    assert.equal(atHome(path, home), gives);
  });
}
