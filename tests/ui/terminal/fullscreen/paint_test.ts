/** Wrapping, painting and colours. */
import assert from "node:assert/strict";
import fc from "fast-check";
import xterm from "@xterm/headless";
import {
  colourOf,
  cubeIndex,
  hueOf,
} from "../../../../src/ui/terminal/fullscreen/paint/name_colour.ts";
import { Painter } from "../../../../src/ui/terminal/fullscreen/paint/painter.ts";
import { fitted, rowWidth, spread } from "../../../../src/ui/terminal/fullscreen/paint/row.ts";
import {
  depthOf,
  groundIn,
  groundOf,
  themeFor,
} from "../../../../src/ui/terminal/fullscreen/paint/theme.ts";
import { wrap } from "../../../../src/ui/terminal/fullscreen/paint/wrap.ts";
import { width } from "../../../../src/text.ts";
import { test } from "../../../harness/test.ts";

const wrapped: readonly {
  readonly why: string;
  readonly text: string;
  readonly columns: number;
  readonly lines: readonly string[];
}[] = [
  { why: "what fits stays", text: "one two", columns: 10, lines: ["one two"] },
  { why: "an empty text is a line", text: "", columns: 10, lines: [""] },
  { why: "between words", text: "one two three", columns: 8, lines: ["one two", "three"] },
  { why: "line ends divide", text: "a\n\nb", columns: 8, lines: ["a", "", "b"] },
  {
    why: "a word that is too long",
    text: "abcdefghij kl",
    columns: 4,
    lines: ["abcd", "efgh", "ij", "kl"],
  },
  {
    why: "a word that fits into the next line whole",
    text: "ab cdefgh",
    columns: 6,
    lines: ["ab", "cdefgh"],
  },
  { why: "behind a hyphen", text: "well-known", columns: 6, lines: ["well-", "known"] },
  {
    why: "twice, where the end of a word does not fit behind a hyphen",
    text: "-..\u{1f44d}",
    columns: 3,
    lines: ["-", "..", "\u{1f44d}"],
  },
  { why: "spaces within a line stay", text: "a  b", columns: 8, lines: ["a  b"] },
  { why: "the indent of code stays", text: "  if (x) {", columns: 6, lines: ["  if", "(x) {"] },
  {
    why: "wide characters, between any two",
    text: "\u65e5\u672c\u8a9e\u306e",
    columns: 5,
    lines: ["\u65e5\u672c", "\u8a9e\u306e"],
  },
  {
    why: "no character is cut",
    text: "ab\u{1f468}\u200d\u{1f469}\u200d\u{1f467}e\u0301",
    columns: 4,
    lines: ["ab\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", "e\u0301"],
  },
];

for (const { why, text, columns, lines } of wrapped) {
  test(`wrapping: ${why}`, () => {
    assert.deepEqual(wrap(text, columns).map(({ from, to }) => text.slice(from, to)), lines);
  });
}

const anyText = fc.string({
  unit: fc.oneof(
    ...[
      fc.constantFrom(" ", "\n", "-", "a", "bc", "\u65e5", "\u{1f44d}", "e\u0301"),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ],
  ),
  maxLength: 80,
});

test("wrapping: lines fit, nothing but spaces and line ends is lost, the order is kept", () => {
  fc.assert(fc.property(anyText, fc.integer({ min: 2, max: 40 }), (text, columns) => {
    const pieces = wrap(text, columns);
    let last = 0;
    for (const { from, to } of pieces) {
      assert.ok(from >= last && to >= from);
      assert.match(text.slice(last, from), /^[ \n]*$/);
      const line = text.slice(from, to);
      assert.ok(
        width(line.trimEnd()) <= columns ||
          [...new Intl.Segmenter("en").segment(line)].length === 1,
        line,
      );
      last = to;
    }
    assert.match(text.slice(last), /^[ \n]*$/);
    assert.equal(pieces.length >= text.split("\n").length, true);
  }));
});

test("rows: exactly as wide as they have to be", () => {
  const span = fc.record({
    text: fc.string({ unit: "grapheme-composite", maxLength: 20 }),
    style: fc.constant(""),
  });
  fc.assert(
    fc.property(
      fc.array(span, { maxLength: 5 }),
      fc.array(span, { maxLength: 3 }),
      fc.integer({ min: 1, max: 60 }),
      (left, right, columns) => {
        assert.equal(rowWidth(fitted(left, columns)), columns);
        assert.equal(rowWidth(spread(left, right, columns)), columns);
      },
    ),
  );
});

/** What a terminal shows after frames. */
async function shown(columns: number, rows: number, writes: readonly string[]): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  for (const text of writes) await new Promise<void>((resolve) => terminal.write(text, resolve));
  return Array.from({ length: rows }, (_, at) => {
    const line = terminal.buffer.active.getLine(at);
    return Array.from({ length: columns }, (__, column) => {
      const cell = line?.getCell(column);
      return `${cell?.getChars() || " "}${cell?.isBold() ? "!" : ""}${cell?.getFgColor()}`;
    }).join("|");
  });
}

test("painting: what changes leaves the same screen as painting it whole", async () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", " ", "\u65e5", "e\u0301", "x"),
    maxLength: 14,
  });
  const row = fc.array(fc.record({ text, style: fc.constantFrom("", "1", "31", "1;38;5;120") }), {
    maxLength: 3,
  });
  const frame = fc.array(row, { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      const columns = 20;
      const painter = new Painter();
      const writes = frames.map((rows) => painter.paint({ rows, columns, cursor: undefined }));
      const last = frames.at(-1) ?? [];
      const whole = new Painter().paint({ rows: last, columns, cursor: undefined });
      assert.deepEqual(await shown(columns, 4, writes), await shown(columns, 4, [whole]));
    }),
  );
});

test("painting: nothing is written when nothing has changed, and little for a letter", () => {
  const painter = new Painter();
  const rows = (text: string) => [[{ text: "title", style: "1" }], [{ text, style: "" }]];
  const cursor = { row: 1, column: 3 };
  painter.paint({ rows: rows("abc"), columns: 80, cursor });
  assert.equal(painter.paint({ rows: rows("abc"), columns: 80, cursor }), "");
  const change = painter.paint({ rows: rows("abcd"), columns: 80, cursor });
  assert.ok(change.includes("\x1b[2;4H\x1b[0md"), JSON.stringify(change));
  assert.ok(change.length < 60);
  painter.forget();
  assert.ok(painter.paint({ rows: rows("abcd"), columns: 80, cursor }).includes("title"));
});

const hues = [
  { name: "Romeo", hue: 327.255249, rgb: [0.865, 0, 0.686] },
  { name: "juliet@capulet.lit", hue: 209.4104, rgb: [0, 0.515, 0.573] },
  { name: "\u{1f63a}", hue: 331.199341, rgb: [0.872, 0, 0.659] },
  { name: "council", hue: 359.994507, rgb: [0.918, 0, 0.394] },
];

for (const { name, hue, rgb } of hues) {
  test(`colours: ${name} as XEP-0392 has it`, () => {
    assert.ok(Math.abs(hueOf(name) - hue) < 1e-5);
    for (const [at, part] of colourOf(name).entries()) {
      assert.ok(Math.abs(part - (rgb[at] ?? 0)) < 0.0006, `${part} ${rgb[at]}`);
    }
  });
}

test("colours: the nearest of the palette", () => {
  assert.equal(cubeIndex([0, 0, 0]), 16);
  assert.equal(cubeIndex([1, 1, 1]), 231);
  assert.equal(cubeIndex([1, 0, 0]), 196);
});

/** WCAG 2.2 contrast of a colour with a grey. */
function contrast(colour: readonly number[], ground: number): number {
  const linear = (part: number) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const [red = 0, green = 0, blue = 0] = colour.map(linear);
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [light, dark] = [luminance, linear(ground)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

test("colours: every name can be read on its ground", () => {
  for (const [ground, shade] of [["dark", 0.12], ["light", 1]] as const) {
    const theme = themeFor("full", ground);
    for (let at = 0; at < 500; at++) {
      const [, , ...parts] = theme.name(`name ${at}`).split(";").map(Number);
      const found = contrast(parts.map((part) => part / 255), shade);
      assert.ok(found >= 4.5, `name ${at} on ${ground}: ${found}`);
    }
  }
});

test("colours: none where none are wanted, by what programs agree on", () => {
  assert.equal(depthOf({ NO_COLOR: "1", COLORTERM: "truecolor" }), "none");
  assert.equal(depthOf({ NO_COLOR: "", TERM: "xterm" }), "palette");
  assert.equal(depthOf({ COLORTERM: "truecolor" }), "full");
  const styles = Object.values(themeFor("none", "dark")).flatMap((style) =>
    typeof style === "string" ? style.split(";") : []
  );
  assert.deepEqual(styles.filter((one) => !["", "1", "2", "4", "7"].includes(one)), []);
});

test("colours: the ground, by variable and by answer", () => {
  assert.equal(groundOf({ COLORFGBG: "15;0" }), "dark");
  assert.equal(groundOf({ COLORFGBG: "0;default;15" }), "light");
  assert.equal(groundOf({}), "unknown");
  assert.equal(groundIn("11;rgb:ffff/ffff/ffff"), "light");
  assert.equal(groundIn("11;rgb:1e/1e/1e"), "dark");
  assert.equal(groundIn("4;1;rgb:00/00/00"), undefined);
});
