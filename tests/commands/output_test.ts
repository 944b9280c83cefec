import assert from "node:assert/strict";
import fc from "fast-check";
import { definitions, stylesOf, table, wrapped } from "../../src/commands/output.ts";
import { width } from "../../src/text.ts";
import { MemoryOutput } from "./memory_io.ts";

Deno.test("wrapped breaks at spaces, indents, and keeps paragraphs", () => {
  assert.equal(wrapped("one two three four", 9), "one two\nthree\nfour");
  assert.equal(wrapped("one two\nthree", 20, 2), "  one two three");
  assert.equal(wrapped("one\n\ntwo", 20), "one\n\ntwo");
  assert.equal(
    wrapped("a-word-that-is-longer-than-the-line", 10),
    "a-word-that-is-longer-than-the-line",
  );
});

Deno.test("wrapped loses no word and makes no line too long", () => {
  const word = fc.stringMatching(/^[a-z\u4e00-\u4e10]{1,8}$/);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1 }),
      fc.integer({ min: 20, max: 60 }),
      (words, columns) => {
        const text = wrapped(words.join(" "), columns, 2);
        assert.deepEqual(text.trim().split(/\s+/), words);
        for (const line of text.split("\n")) assert.ok(width(line) <= columns, line);
      },
    ),
  );
});

Deno.test("table aligns by what is seen", () => {
  const rows = [["\u4f60\u597d", "1", "x"], ["a", "200", "y"]];
  assert.equal(table(rows, { right: [1] }), "\u4f60\u597d    1  x\na     200  y\n");
  assert.equal(table([]), "");
});

Deno.test("definitions wrap beside their terms, or below where room is short", () => {
  const rows = [["check", "Say whether the settings can be used at all"], ["a", "B"]] as const;
  assert.equal(
    definitions(rows, 40),
    "  check  Say whether the settings can be\n         used at all\n  a      B\n",
  );
  assert.equal(
    definitions([["a-term-of-some-length", "What it means here"]], 40),
    "  a-term-of-some-length\n      What it means here\n",
  );
});

const terminals: readonly {
  why: string;
  columns?: number;
  env: Record<string, string>;
  red: boolean;
}[] = [
  { why: "a terminal", columns: 80, env: {}, red: true },
  { why: "no terminal", env: {}, red: false },
  { why: "NO_COLOR", columns: 80, env: { NO_COLOR: "1" }, red: false },
  { why: "an empty NO_COLOR does not count", columns: 80, env: { NO_COLOR: "" }, red: true },
  { why: "a dumb terminal", columns: 80, env: { TERM: "dumb" }, red: false },
];
for (const { why, columns, env, red } of terminals) {
  Deno.test(`colours: ${why}`, () => {
    const text = stylesOf(new MemoryOutput(columns), env).red("x");
    assert.equal(text, red ? "\x1b[31mx\x1b[39m" : "x");
  });
}
