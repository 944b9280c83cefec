import assert from "node:assert/strict";
import fc from "fast-check";
import { width } from "../../../src/text.ts";
import { promptRow } from "../../../src/ui/terminal/prompt.ts";
import { test } from "../../harness/test.ts";

const rows: readonly {
  why: string;
  text: string;
  cursor?: number;
  columns?: number;
  row: string;
  column: number;
}[] = [
  { why: "what fits is shown", text: "hello", row: "> hello", column: 7 },
  { why: "the cursor in the middle", text: "hello", cursor: 2, row: "> hello", column: 4 },
  { why: "wide characters count twice", text: "\u65e5\u672c", row: "> \u65e5\u672c", column: 6 },
  { why: "an emoji too", text: "\u{1f44d}x", row: "> \u{1f44d}x", column: 5 },
  { why: "a line end has a shape", text: "a\nb", row: "> a\u23ceb", column: 5 },
  { why: "a tab has one", text: "a\tb", row: "> a\u2192b", column: 5 },
  { why: "what has none gets one", text: "a\u200bb", row: "> a\ufffdb", column: 5 },
  {
    why: "a long text is shown around its end",
    text: "abcdefghijklmnopqrstuvwxyz",
    columns: 15,
    row: "> \u2026rstuvwxyz",
    column: 12,
  },
  {
    why: "or around its beginning",
    text: "abcdefghijklmnopqrstuvwxyz",
    cursor: 0,
    columns: 15,
    row: "> abcdefghi\u2026",
    column: 2,
  },
];

for (const { why, text, cursor = text.length, columns = 80, row, column } of rows) {
  test(`prompt: ${why}`, () => {
    assert.deepEqual(promptRow("> ", text, cursor, columns), { text: row, column });
  });
}

test("prompt: it is never wider than the terminal, and holds the cursor", () => {
  const cases = fc.record({
    label: fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
    text: fc.string({ unit: "grapheme", maxLength: 200 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    columns: fc.integer({ min: 20, max: 120 }),
  });
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  fc.assert(fc.property(cases, ({ label, text, at, columns }) => {
    const ends = [
      0,
      ...Array.from(segmenter.segment(text), (one) => one.index + one.segment.length),
    ];
    const cursor = ends[Math.floor(at * (ends.length - 1))] ?? 0;
    const row = promptRow(label, text, cursor, columns);
    assert.ok(width(row.text) < columns, `${width(row.text)} columns of ${columns}`);
    assert.ok(row.column < columns);
    // deno-lint-ignore no-control-regex -- that none is left
    assert.doesNotMatch(row.text.slice(label.length), /[\x00-\x1f\x7f-\x9f]/);
  }));
});
