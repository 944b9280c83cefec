import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "../harness/test.ts";

/** What the program that holds its stderr has written to it. */
async function written(...args: readonly string[]): Promise<string> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", join(import.meta.dirname ?? ".", "held_program.ts"), ...args],
  }).output();
  return new TextDecoder().decode(stderr);
}

test("an output that is held keeps what is written, as much as it may, until it is let go", async () => {
  assert.equal(await written(), "before\n");
  assert.equal(await written("release"), "before\nduring\n");
});
