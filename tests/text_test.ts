import assert from "node:assert/strict";
import fc from "fast-check";
import { graphemeAt, graphemes, truncated, visible, visibleLines, width } from "../src/text.ts";

const escapes: readonly { why: string; text: string; shown: string }[] = [
  { why: "plain text stays", text: "Hello, wo rld!", shown: "Hello, wo rld!" },
  { why: "letters of any script stay", text: "\u00e9\u4f60\u0623", shown: "\u00e9\u4f60\u0623" },
  { why: "emoji stay", text: "\u{1f600}\u2764\ufe0f", shown: "\u{1f600}\u2764\ufe0f" },
  { why: "line ends", text: "a\nb\rc", shown: "a\\nb\\rc" },
  { why: "a tab", text: "a\tb", shown: "a\\tb" },
  { why: "a terminal sequence", text: "\x1b[2J", shown: "\\u001b[2J" },
  { why: "a C1 sequence", text: "\u009b31m", shown: "\\u009b31m" },
  { why: "DEL and NUL", text: "\x7f\0", shown: "\\u007f\\u0000" },
  { why: "an override of direction", text: "\u202egpj.exe", shown: "\\u202egpj.exe" },
  { why: "isolates", text: "\u2066a\u2069", shown: "\\u2066a\\u2069" },
  { why: "zero width", text: "a\u200bb\ufeff", shown: "a\\u200bb\\ufeff" },
  { why: "joiners, which hide a difference of names", text: "a\u200db", shown: "a\\u200db" },
  { why: "separators of lines", text: "\u2028\u2029\u0085", shown: "\\u2028\\u2029\\u0085" },
  { why: "tags", text: "\u{e0041}", shown: "\\u{e0041}" },
  { why: "Hangul fillers, which look like nothing", text: "\u3164", shown: "\\u3164" },
  { why: "a lone surrogate", text: "\ud800x", shown: "\\ud800x" },
];

for (const { why, text, shown } of escapes) {
  Deno.test(`visible: ${why}`, () => assert.equal(visible(text), shown));
}

Deno.test("visibleLines keeps lines and tabs alone", () => {
  assert.equal(visibleLines("a\tb\r\nc\rd\n\x1b[0m"), "a\tb\nc\nd\n\\u001b[0m");
});

Deno.test("what visible gives is on one line, inert, and stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = visible(text);
      // deno-lint-ignore no-control-regex -- that none is left
      assert.doesNotMatch(shown, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u200b]/);
      assert.equal(visible(shown), shown);
    }),
  );
});

const widths: readonly [string, number][] = [
  ["abc", 3],
  ["", 0],
  ["\u00e9", 1],
  ["e\u0301", 1],
  ["\u4f60\u597d", 4],
  ["\u{1f600}", 2],
  ["\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", 2],
  ["\u2764\ufe0f", 2],
  ["\u{1f1eb}\u{1f1ee}", 2],
  ["\uff21", 2],
];

for (const [text, columns] of widths) {
  Deno.test(`width of ${JSON.stringify(text)} is ${columns}`, () =>
    assert.equal(width(text), columns));
}

Deno.test("truncated never takes more columns than it may, and cuts no character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      const cut = truncated(text, columns);
      assert.ok(width(cut) <= columns || cut === "", cut);
      assert.ok(text.startsWith(cut.replace(/\u2026$/, "")));
    }),
  );
  assert.equal(truncated("abcdef", 4), "abc\u2026");
  assert.equal(truncated("\u4f60\u597d\u5417", 4), "\u4f60\u2026");
  assert.equal(truncated("abc", 3), "abc");
});

Deno.test("graphemes are those of UAX #29, whichever way they are found", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const unit = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0x20, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("e\u0301", "\u1100\u1161", "\u{1f468}\u200d\u{1f469}", "\r\n", "\u0e33"),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      const found = [...graphemes(text)];
      const wanted = [...segmenter.segment(text)];
      assert.deepEqual(found.map(({ text }) => text), wanted.map(({ segment }) => segment));
      assert.deepEqual(found.map(({ at }) => at), wanted.map(({ index }) => index));
      assert.equal(found.reduce((sum, { columns }) => sum + columns, 0), width(text));
      for (let index = 0; index < text.length; index++) {
        const whole = segmenter.segment(text).containing(index);
        assert.equal(graphemeAt(text, index)?.from, whole?.index);
      }
    }),
    { numRuns: 2_000 },
  );
  assert.equal(graphemeAt("a", 1), undefined);
  assert.equal(graphemeAt("a", -1), undefined);
});
