import assert from "node:assert/strict";
import fc from "fast-check";
import { type Key, KeyDecoder } from "../../../src/ui/terminal/keys.ts";
import { test } from "../../harness/test.ts";

const encoder = new TextEncoder();
const key = (name: string): Key => ({ kind: "key", name } as Key);
const text = (typed: string): Key => ({ kind: "text", text: typed });
const paste = (pasted: string): Key => ({ kind: "paste", text: pasted });

const rows: readonly { why: string; sent: string; keys: readonly Key[] }[] = [
  { why: "letters typed at once are one text", sent: "abc", keys: [text("abc")] },
  { why: "text of any script", sent: "\u65e5\u{1f600}", keys: [text("\u65e5\u{1f600}")] },
  { why: "Enter", sent: "a\r", keys: [text("a"), key("enter")] },
  {
    why: "both ways to send Backspace",
    sent: "\x7f\x08",
    keys: [key("backspace"), key("backspace")],
  },
  { why: "Ctrl-C and Ctrl-D", sent: "\x03\x04", keys: [key("interrupt"), key("end-of-input")] },
  {
    why: "arrows, both modes of the terminal",
    sent: "\x1b[A\x1b[B\x1bOC\x1bOD",
    keys: [key("up"), key("down"), key("right"), key("left")],
  },
  {
    why: "Home and End as xterm, rxvt and the console send them",
    sent: "\x1b[H\x1b[F\x1bOH\x1b[1~\x1b[4~\x1b[7~\x1b[8~",
    keys: ["home", "end", "home", "home", "end", "home", "end"].map(key),
  },
  { why: "Delete", sent: "\x1b[3~", keys: [key("delete")] },
  {
    why: "words with Ctrl and with Alt",
    sent: "\x1b[1;5C\x1b[1;3D\x1bb\x1bf\x1bd\x1b\x7f",
    keys: ["word-right", "word-left", "word-left", "word-right", "delete-word", "kill-word"].map(
      key,
    ),
  },
  {
    why: "Alt-Enter and Shift-Enter begin a line",
    sent: "\x1b\r\x1b[13;2u",
    keys: [key("newline"), key("newline")],
  },
  {
    why: "keys that mean nothing are passed over",
    sent: "\x1b[15~x\x1bOQ",
    keys: [text("x")],
  },
  {
    why: "looking back, completing, undoing",
    sent: "\x1b[5~\x1b[6~\x1b[Z\x1f\x12\x07\x1bOP",
    keys: ["page-up", "page-down", "complete-back", "undo", "search-back", "cancel", "help"].map(
      key,
    ),
  },
  {
    why: "from one conversation to another",
    sent: "\x1b[1;3A\x1b[1;3B\x1b[5;5~\x1b[6;5~\x10\x0e\x1ba",
    keys: [
      ...["previous", "following", "previous", "following"].map(key),
      ...["previous", "following", "next-unread"].map(key),
    ],
  },
  { why: "Alt and a digit", sent: "\x1b3", keys: [{ kind: "number", number: 3 }] },
  { why: "the focus", sent: "\x1b[I\x1b[O", keys: [key("focus-in"), key("focus-out")] },
  {
    why: "the terminal's answers, with both their ends, type nothing",
    sent: "\x1b]11;rgb:0000/0000/0000\x1b\\a\x1b]11;rgb:ffff/ffff/ffff\x07b",
    keys: [
      { kind: "answer", text: "11;rgb:0000/0000/0000" },
      text("a"),
      { kind: "answer", text: "11;rgb:ffff/ffff/ffff" },
      text("b"),
    ],
  },
  { why: "an unknown Alt key types nothing", sent: "\x1bzx", keys: [text("x")] },
  {
    why: "a paste is one text, Enter in it too",
    sent: "\x1b[200~a\rb\x1b[201~c",
    keys: [paste("a\nb"), text("c")],
  },
  { why: "a paste presses no keys", sent: "\x1b[200~\x03\x04x\x1b[201~", keys: [paste("x")] },
  {
    why: "a paste holds no terminal sequences",
    sent: "\x1b[200~a\x1b[31mb\x1b]0;title\x07c\x1b[201~",
    keys: [paste("abc")],
  },
  { why: "an empty paste", sent: "\x1b[200~\x1b[201~", keys: [paste("")] },
  { why: "an end without a beginning", sent: "\x1b[201~x", keys: [text("x")] },
];

for (const { why, sent, keys } of rows) {
  test(`keys: ${why}`, () => {
    assert.deepEqual(new KeyDecoder().push(encoder.encode(sent)), keys);
  });
}

/** Neighbouring texts joined: where a text is cut depends on the chunks. */
function joined(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const one of keys) {
    const last = all.at(-1);
    if (one.kind === "text" && last?.kind === "text") {
      all[all.length - 1] = { kind: "text", text: last.text + one.text };
    } else all.push(one);
  }
  return all;
}

test("keys: it does not matter where the bytes are cut", () => {
  const all = encoder.encode(rows.map(({ sent }) => sent).join(""));
  const whole = joined(new KeyDecoder().push(all));
  fc.assert(fc.property(fc.array(fc.nat(all.length), { maxLength: 30 }), (cuts) => {
    const decoder = new KeyDecoder();
    const keys: Key[] = [];
    let from = 0;
    for (const to of [...cuts, all.length].sort((a, b) => a - b)) {
      keys.push(...decoder.push(all.subarray(from, to)));
      from = to;
    }
    assert.deepEqual(joined(keys), whole);
  }));
});

test("keys: bytes of every kind are survived, and none types a control", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
    const decoder = new KeyDecoder();
    for (const chunk of chunks) {
      for (const one of decoder.push(chunk)) {
        // deno-lint-ignore no-control-regex -- that none is left
        if (one.kind === "text") assert.doesNotMatch(one.text, /[\x00-\x1f\x7f]/);
      }
    }
  }));
});

test("keys: an Escape that nothing follows was pressed alone", () => {
  const decoder = new KeyDecoder();
  assert.deepEqual(decoder.push(encoder.encode("\x1b")), []);
  assert.deepEqual(decoder.rest(), [key("cancel")]);
  assert.deepEqual(decoder.rest(), []);
  assert.deepEqual(decoder.push(encoder.encode("\x1b[")), []);
  assert.deepEqual(decoder.rest(), []);
  assert.deepEqual(decoder.push(encoder.encode("A")), [key("up")]);
});

test("keys: an answer without an end does not grow for ever", () => {
  const decoder = new KeyDecoder();
  decoder.push(encoder.encode(`\x1b]11;${"x".repeat(5_000)}`));
  assert.deepEqual(decoder.push(encoder.encode("y")), [text("y")]);
});

test("keys: a sequence without an end does not grow for ever", () => {
  const decoder = new KeyDecoder();
  decoder.push(encoder.encode(`\x1b[${"1;".repeat(1_000)}`));
  assert.deepEqual(decoder.push(encoder.encode("x")), [text("x")]);
});
