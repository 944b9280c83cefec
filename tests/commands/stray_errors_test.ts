import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "../harness/test.ts";

test("errors that nobody caught are logged, until they end the process as usual again", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", join(import.meta.dirname ?? ".", "stray_program.ts")],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  const lines = text.decode(stdout).trim().split("\n");
  assert.equal(lines.pop(), "still here");
  // Which of the two the runtime tells first is its own business.
  assert.deepEqual(lines.sort(), ["error Error: rejected", "error Error: thrown"]);
  assert.equal(code, 1);
  assert.match(text.decode(stderr), /the end/);
});
