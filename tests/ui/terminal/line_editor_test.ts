import assert from "node:assert/strict";
import fc from "fast-check";
import { HistorySearch } from "../../../src/ui/terminal/history_search.ts";
import type { Key, KeyName } from "../../../src/ui/terminal/keys.ts";
import { LineEditor } from "../../../src/ui/terminal/line_editor.ts";
import { test } from "../../harness/test.ts";

const FAMILY = "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}";
/** e and an acute accent of its own. */
const ACCENT = "e\u0301";

/** Presses keys by name, types everything else. */
function pressed(editor: LineEditor, ...keys: readonly string[]): LineEditor {
  for (const one of keys) {
    const isKey = one.startsWith("<");
    editor.press(
      isKey ? { kind: "key", name: one.slice(1, -1) as KeyName } : { kind: "text", text: one },
    );
  }
  return editor;
}

/** The text with the cursor in it. */
function shown({ text, cursor }: LineEditor): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

const rows: readonly { why: string; keys: readonly string[]; shown: string }[] = [
  { why: "typing", keys: ["ab", "c"], shown: "abc|" },
  { why: "typing in the middle", keys: ["ac", "<left>", "b"], shown: "ab|c" },
  { why: "left stops at the beginning", keys: ["a", "<left>", "<left>"], shown: "|a" },
  { why: "right stops at the end", keys: ["a", "<right>"], shown: "a|" },
  { why: "a family is one character", keys: [`x${FAMILY}`, "<left>"], shown: `x|${FAMILY}` },
  { why: "and is taken away whole", keys: [`x${FAMILY}`, "<backspace>"], shown: "x|" },
  { why: "so is a letter with its accent", keys: [`x${ACCENT}`, "<backspace>"], shown: "x|" },
  { why: "delete takes a whole one too", keys: [FAMILY, "y", "<home>", "<delete>"], shown: "|y" },
  {
    why: "an accent typed behind a letter joins it",
    keys: ["ex", "<left>", "\u0301", "<left>"],
    shown: `|${ACCENT}x`,
  },
  { why: "backspace at the beginning", keys: ["a", "<home>", "<backspace>"], shown: "|a" },
  { why: "delete at the end", keys: ["a", "<delete>"], shown: "a|" },
  { why: "words back", keys: ["one two-three", "<word-left>"], shown: "one two-|three" },
  {
    why: "words on",
    keys: ["one two", "<home>", "<word-right>", "<word-right>"],
    shown: "one two|",
  },
  {
    why: "words of other scripts",
    keys: ["\u0434\u0430 \u043d\u0435\u0442", "<word-left>"],
    shown: "\u0434\u0430 |\u043d\u0435\u0442",
  },
  { why: "Ctrl-W takes to the next space", keys: ["a b-c  ", "<kill-word>"], shown: "a |" },
  { why: "Ctrl-U", keys: ["abc", "<left>", "<kill-to-start>"], shown: "|c" },
  { why: "Ctrl-K", keys: ["abc", "<left>", "<kill-to-end>"], shown: "ab|" },
  {
    why: "Ctrl-Y brings it back",
    keys: ["abc", "<kill-to-start>", "x", "<yank>", "<yank>"],
    shown: "xabcabc|",
  },
  {
    why: "an empty kill keeps what was killed",
    keys: ["a", "<kill-to-start>", "<kill-to-start>", "<yank>"],
    shown: "a|",
  },
  { why: "Alt-D", keys: ["one two", "<home>", "<delete-word>"], shown: "| two" },
  { why: "Ctrl-T at the end", keys: ["teh", "<transpose>"], shown: "the|" },
  {
    why: "Ctrl-T in the middle",
    keys: ["abcd", "<left>", "<left>", "<transpose>"],
    shown: "acb|d",
  },
  { why: "Ctrl-T with too little", keys: ["a", "<transpose>"], shown: "a|" },
  { why: "a line end within the text", keys: ["a", "<newline>", "b"], shown: "a\nb|" },
  {
    why: "up looks back",
    keys: ["one", "<enter>", "two", "<enter>", "<up>", "<up>"],
    shown: "one|",
  },
  { why: "up stops at the first", keys: ["one", "<enter>", "<up>", "<up>", "<up>"], shown: "one|" },
  {
    why: "down comes back to the draft",
    keys: ["one", "<enter>", "dra", "<up>", "<down>"],
    shown: "dra|",
  },
  { why: "down at the end does nothing", keys: ["x", "<down>"], shown: "x|" },
  {
    why: "the same line twice is kept once",
    keys: ["a", "<enter>", "b", "<enter>", "b", "<enter>", "<up>", "<up>"],
    shown: "a|",
  },
  {
    why: "an empty line is not kept",
    keys: ["a", "<enter>", "  ", "<enter>", "<up>"],
    shown: "a|",
  },
];

for (const { why, keys, shown: wanted } of rows) {
  test(`line editor: ${why}`, () => {
    assert.equal(shown(pressed(new LineEditor(), ...keys)), wanted);
  });
}

test("line editor: Enter gives the line and begins another", () => {
  const editor = pressed(new LineEditor(), "hello");
  assert.deepEqual(editor.press({ kind: "key", name: "enter" }), {
    kind: "entered",
    text: "hello",
  });
  assert.equal(shown(editor), "|");
});

test("line editor: keys that are none of its own are given back", () => {
  for (const name of ["interrupt", "end-of-input", "complete", "redraw"] as const) {
    assert.deepEqual(new LineEditor().press({ kind: "key", name }), { kind: "key", name });
  }
});

test("line editor: no more than a message may hold", () => {
  const editor = pressed(new LineEditor(), "a".repeat(300_000), "b");
  assert.equal(editor.text.length, 256 * 1024);
});

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom(
    ...([
      ...["left", "right", "word-left", "word-right", "home", "end", "backspace", "delete"],
      ...["kill-to-end", "kill-to-start", "kill-word", "delete-word", "yank", "transpose"],
      ...["newline", "up", "down", "enter", "undo"],
    ] as KeyName[]).map((name): Key => ({ kind: "key", name })),
  ),
  fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.constantFrom(FAMILY, ACCENT, "\u0301", "\u200d", "\u{1f1e9}", "\u{1f1ea}"),
  ).map((typed): Key => ({ kind: "text", text: typed })),
);

test("line editor: whatever is pressed, the cursor stands between whole characters", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  fc.assert(fc.property(fc.array(anyKey, { maxLength: 60 }), (keys) => {
    const editor = new LineEditor();
    for (const one of keys) {
      editor.press(one);
      const { text, cursor } = editor;
      const ends = [
        0,
        ...Array.from(segmenter.segment(text), (at) => at.index + at.segment.length),
      ];
      assert.ok(
        ends.includes(cursor),
        `${cursor} is within a character of ${JSON.stringify(text)}`,
      );
      assert.ok(text.isWellFormed());
    }
  }));
});

test("line editor: undoing goes back through everything that was changed, to the beginning", () => {
  fc.assert(fc.property(fc.array(anyKey, { maxLength: 40 }), (keys) => {
    const editor = new LineEditor();
    const entersNothing = keys.filter((one) =>
      one.kind !== "key" || !["enter", "up", "down", "undo"].includes(one.name)
    );
    for (const one of entersNothing) editor.press(one);
    for (let at = 0; at <= entersNothing.length; at++) pressed(editor, "<undo>");
    assert.equal(editor.text, "");
  }));
});

test("line editor: words typed are taken back one by one, what was cut comes back whole", () => {
  const editor = pressed(new LineEditor(), "one", " ", "two", " ", "three", "<kill-to-start>");
  assert.equal(shown(editor), "|");
  assert.equal(shown(pressed(editor, "<undo>")), "one two three|");
  assert.equal(shown(pressed(editor, "<undo>")), "one two |");
  assert.equal(shown(pressed(editor, "<undo>", "<undo>")), "one |");
});

test("line editor: in a text of several lines, up and down go from line to line first", () => {
  const editor = pressed(new LineEditor(), "entered", "<enter>", "long line", "<newline>", "ab");
  assert.equal(shown(pressed(editor, "<up>")), "lo|ng line\nab");
  assert.equal(shown(pressed(editor, "<end>", "<left>")), "long line\na|b");
  pressed(editor, "<up>", "<up>");
  assert.equal(shown(editor), "entered|");
  assert.equal(shown(pressed(editor, "<down>")), "long line\nab|");
});

const searches: readonly {
  readonly why: string;
  readonly keys: readonly Key[];
  readonly found: string | undefined;
  readonly outcome: string;
}[] = [
  { why: "the latest that holds it", keys: [typed("e")], found: "three", outcome: "going-on" },
  { why: "whatever its case", keys: [typed("TW")], found: "two", outcome: "going-on" },
  {
    why: "further back",
    keys: [typed("e"), named("search-back")],
    found: "one",
    outcome: "going-on",
  },
  {
    why: "no further than there is",
    keys: [typed("tw"), named("search-back")],
    found: "two",
    outcome: "going-on",
  },
  {
    why: "again when letters are taken away",
    keys: [typed("one"), named("backspace"), named("backspace"), named("backspace")],
    found: "three",
    outcome: "going-on",
  },
  { why: "given up", keys: [typed("e"), named("cancel")], found: "three", outcome: "cancelled" },
  {
    why: "taken by any other key",
    keys: [typed("w"), named("enter")],
    found: "two",
    outcome: "taken",
  },
];

for (const { why, keys, found, outcome } of searches) {
  test(`looking up what was entered: ${why}`, () => {
    const search = new HistorySearch(["three", "two", "one"]);
    let last = "";
    for (const one of keys) last = search.press(one);
    assert.equal(search.found, found);
    assert.equal(last, outcome);
  });
}

function typed(text: string): Key {
  return { kind: "text", text };
}

function named(name: KeyName): Key {
  return { kind: "key", name };
}
