import assert from "node:assert/strict";
import { askNewSecret, askSecret, confirm, readLine } from "../../src/commands/terminal.ts";
import { memoryIo } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

Deno.test("readLine takes one line and leaves the rest", strict, async () => {
  const { stdin } = memoryIo({ input: ["fi", "rst\r\nsec", "ond\nlast"] });
  assert.equal(await readLine(stdin), "first");
  assert.equal(await readLine(stdin), "second");
  assert.equal(await readLine(stdin), "last", "a line without an end is a line");
  assert.equal(await readLine(stdin), undefined);
});

Deno.test("readLine refuses a line without end", strict, async () => {
  const { stdin } = memoryIo({ input: ["x".repeat(5000)] });
  await assert.rejects(readLine(stdin), { code: "terminal/input" });
});

const keys: readonly { why: string; typed: string[]; reads: string }[] = [
  { why: "enter ends it", typed: ["secret\r"], reads: "secret" },
  { why: "what is pasted arrives in pieces", typed: ["sec", "ret", "\n"], reads: "secret" },
  { why: "DEL erases", typed: ["secrex\x7ft\r"], reads: "secret" },
  { why: "backspace erases", typed: ["secrex\bt\r"], reads: "secret" },
  { why: "erasing takes whole characters", typed: ["s\u00e9\u{1f600}\x7f\x7f\r"], reads: "s" },
  { why: "erasing nothing is harmless", typed: ["\x7f\x7fa\r"], reads: "a" },
  { why: "^U clears the line", typed: ["wrong\x15right\r"], reads: "right" },
  { why: "an arrow key types nothing", typed: ["ab", "\x1b[D", "c\r"], reads: "abc" },
  { why: "other controls type nothing", typed: ["a\x01b\r"], reads: "ab" },
  { why: "a secret may be empty here; the caller decides", typed: ["\r"], reads: "" },
];

for (const { why, typed, reads } of keys) {
  Deno.test(`askSecret at a terminal: ${why}`, strict, async () => {
    const io = memoryIo({ columns: 80, input: typed });
    assert.equal(await askSecret(io, "Password"), reads);
    assert.deepEqual(io.modes, ["raw", "line"], "the terminal is given back");
    assert.equal(io.stderr.text, "Password: \n", "nothing of it is shown");
    assert.equal(io.stdout.text, "");
  });
}

Deno.test(
  "askSecret gives the terminal back on Ctrl-C and at the end of input",
  strict,
  async () => {
    for (
      const [typed, error] of [["ab\x03", { exitCode: 130 }], ["\x04", {
        code: "terminal/no-input",
      }]] as const
    ) {
      const io = memoryIo({ columns: 80, input: [typed] });
      await assert.rejects(askSecret(io, "Password"), error);
      assert.deepEqual(io.modes, ["raw", "line"]);
    }
  },
);

Deno.test("askSecret takes a line from a pipe and asks nothing", strict, async () => {
  const io = memoryIo({ input: ["from a pipe\n"] });
  assert.equal(await askNewSecret(io, "Password"), "from a pipe");
  assert.equal(io.stderr.text, "");
});

Deno.test("askNewSecret wants the same twice", strict, async () => {
  const io = memoryIo({ columns: 80, input: ["one\r", "two\r", "three\r", "three\r"] });
  assert.equal(await askNewSecret(io, "Password"), "three");
  const never = memoryIo({ columns: 80, input: ["1\r", "2\r", "3\r", "4\r", "5\r", "6\r"] });
  await assert.rejects(askNewSecret(never, "Password"), { code: "terminal/mismatch" });
});

Deno.test("confirm agrees to y and yes alone, and never without a person", strict, async () => {
  for (const [answer, agrees] of [["y", true], ["YES", true], ["", false], ["yess", false]]) {
    const io = memoryIo({ columns: 80, input: [`${answer}\n`] });
    assert.equal(await confirm(io, "Delete it?", "--yes"), agrees);
  }
  const piped = memoryIo({ input: ["y\n"] });
  await assert.rejects(confirm(piped, "Delete it?", "--yes"), {
    code: "terminal/no-input",
    hint: "Agree beforehand with --yes.",
  });
});

Deno.test("a question cannot move the cursor", strict, async () => {
  const io = memoryIo({ columns: 80, input: ["x\r"] });
  await askSecret(io, "Password of \x1b[2Jbob");
  assert.equal(io.stderr.text, "Password of \\u001b[2Jbob: \n");
});
