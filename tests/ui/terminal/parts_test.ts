/** The small parts of the terminal's chat. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent } from "../../../src/message/event.ts";
import { SLASH_COMMANDS } from "../../../src/ui/terminal/slash_commands.ts";
import { Completion } from "../../../src/ui/terminal/completion.ts";
import { type InputLine, inputLines } from "../../../src/ui/terminal/input_lines.ts";
import { jsonLine } from "../../../src/ui/terminal/json_pipe.ts";
import { type OriginalNews, readOriginal } from "../../../src/ui/terminal/original/words.ts";
import { RecentEvents } from "../../../src/ui/terminal/recent.ts";
import { Screen } from "../../../src/ui/terminal/screen.ts";
import { lengthOf } from "../../../src/ui/terminal/times.ts";
import { test } from "../../harness/test.ts";

const said: readonly { why: string; frame: string; news: OriginalNews }[] = [
  { why: "a message", frame: "Bob: hi", news: { kind: "message", alias: "Bob", body: "hi" } },
  {
    why: "a colon in it",
    frame: "Bob: a: b",
    news: { kind: "message", alias: "Bob", body: "a: b" },
  },
  { why: "an empty one", frame: "Bob: ", news: { kind: "message", alias: "Bob", body: "" } },
  { why: "lines", frame: "Bob: a\nb", news: { kind: "message", alias: "Bob", body: "a\nb" } },
  {
    why: "somebody came",
    frame: "[+] Bob has joined the chat!",
    news: { kind: "member", alias: "Bob", state: "joined" },
  },
  {
    why: "somebody went",
    frame: "[-] Bob has left the chat.",
    news: { kind: "member", alias: "Bob", state: "left" },
  },
  {
    why: "somebody says that somebody came",
    frame: "Eve: [+] Bob has joined the chat!",
    news: { kind: "message", alias: "Eve", body: "[+] Bob has joined the chat!" },
  },
  { why: "a word of the node", frame: "[!] No.", news: { kind: "notice", text: "No." } },
  { why: "an emote", frame: "* Bob waves", news: { kind: "notice", text: "* Bob waves" } },
  { why: "no form at all", frame: "hello", news: { kind: "notice", text: "hello" } },
];

for (const { why, frame, news } of said) {
  test(`original words: ${why}`, () => assert.deepEqual(readOriginal(frame), news));
}

/** An input that gives `bytes` in pieces of `size`. */
function inPieces(bytes: Uint8Array, size: number) {
  let at = 0;
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      const piece = bytes.subarray(at, at + Math.min(size, buffer.length));
      at += piece.length;
      buffer.set(piece);
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  };
}

async function linesOf(bytes: Uint8Array, size: number, most = 10): Promise<InputLine[]> {
  return await Array.fromAsync(inputLines(inPieces(bytes, size), most));
}

test("input lines: wherever they are cut, their ends, what is too long and what is no text", async () => {
  const bytes = new Uint8Array([
    ...new TextEncoder().encode("one\r\n\ntw\u00f6\n0123456789\n01234567890\n"),
    ...[0xff, 0x0a],
    ...new TextEncoder().encode("last"),
  ]);
  const wanted: InputLine[] = [
    { kind: "line", number: 1, text: "one" },
    { kind: "line", number: 2, text: "" },
    { kind: "line", number: 3, text: "tw\u00f6" },
    { kind: "line", number: 4, text: "0123456789" },
    { kind: "line", number: 5, text: "01234567890" },
    { kind: "bad", number: 6, why: "not-utf8" },
    { kind: "line", number: 7, text: "last" },
  ];
  for (const size of [1, 2, 3, 7, 1_000]) assert.deepEqual(await linesOf(bytes, size), wanted);
  const long = new TextEncoder().encode(`${"x".repeat(100)}\nshort`);
  for (const size of [1, 7, 1_000]) {
    assert.deepEqual(await linesOf(long, size), [
      { kind: "bad", number: 1, why: "too-long" },
      { kind: "line", number: 2, text: "short" },
    ]);
  }
});

test("json: a line means the same and holds nothing that drives a terminal", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const line = jsonLine({ text });
    assert.deepEqual(JSON.parse(line), { text: JSON.parse(JSON.stringify(text)) });
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
  }));
});

const event = (id: string, given: Partial<ChatEvent> = {}): ChatEvent => ({
  event_id: id,
  room_id: "lobby",
  timestamp_ms: Number(id),
  sender_id: "bob@here",
  type: "m.room.message",
  parent_event_id: null,
  prev_event_hash: null,
  signature: null,
  content: { body: id },
  ...given,
});

test("recent events: once each, the latest of somebody, without what was taken back", () => {
  const recent = new RecentEvents();
  assert.equal(recent.add(event("1")), true);
  assert.equal(recent.add(event("1")), false);
  recent.add(event("3", { sender_id: "alice@here" }));
  recent.add(event("2"));
  recent.add(event("4", { room_id: "dev" }));
  const latest = (back: number) => recent.latest("lobby", "others", "alice@here", back)?.event_id;
  assert.deepEqual([latest(1), latest(2), latest(3)], ["2", "1", undefined]);
  assert.equal(recent.latest("lobby", "own", "alice@here", 1)?.event_id, "3");
  recent.add(event("5", { type: "m.room.redaction", content: { redacts: "2" } }));
  assert.equal(latest(1), "1");
  for (let id = 10; id < 3_000; id++) recent.add(event(`${id}`));
  assert.equal(recent.get("1"), undefined);
  assert.equal(recent.get("2999")?.event_id, "2999");
});

test("completion: names, commands, rooms, one after the other", () => {
  const completion = new Completion({
    names: () => ["bob", "Bert"],
    rooms: () => ["build"],
    commands: () => SLASH_COMMANDS,
    accounts: () => [],
    files: () => [],
  });
  const first = completion.next({ text: "b", cursor: 1 });
  assert.deepEqual(first, { text: "bob: ", cursor: 5 });
  const second = completion.next(first ?? { text: "", cursor: 0 });
  assert.deepEqual(second, { text: "Bert: ", cursor: 6 });
  assert.deepEqual(completion.next(second ?? { text: "", cursor: 0 }), first);
  assert.deepEqual(completion.next({ text: "hi b!", cursor: 4 }), { text: "hi bob !", cursor: 7 });
  assert.deepEqual(completion.next({ text: "/sea", cursor: 4 }), { text: "/search ", cursor: 8 });
  assert.deepEqual(completion.next({ text: "/join b", cursor: 7 }), {
    text: "/join build",
    cursor: 11,
  });
  assert.equal(completion.next({ text: "zz", cursor: 2 }), undefined);
  assert.equal(completion.next({ text: "", cursor: 0 }), undefined);
});

test("screen: lines go above the row, in one write, and the row is drawn again", async () => {
  const written: string[] = [];
  const output = {
    columns: 40,
    write(data: string) {
      written.push(data);
      return Promise.resolve();
    },
  };
  const screen = new Screen(output, (label) => label);
  await screen.prompt({ label: "> ", text: "ab", cursor: 1 });
  assert.deepEqual(written.splice(0), ["> ab\r\x1b[3C"]);
  await Promise.all([screen.print("one"), screen.print("two\n  three")]);
  assert.deepEqual(written.splice(0), ["\r\x1b[Jone\r\ntwo\r\n  three\r\n> ab\r\x1b[3C"]);
  output.columns = 20;
  await screen.resized();
  assert.deepEqual(written.splice(0), ["\r\x1b[J> ab\r\x1b[3C"]);
  await screen.close();
  assert.deepEqual(written, ["\r\x1b[J"]);
});

test("screen: an output that is gone is told", async () => {
  const gone = new Error("gone");
  const screen = new Screen({ columns: 40, write: () => Promise.reject(gone) }, (label) => label);
  await assert.rejects(screen.print("one"), gone);
  await assert.rejects(screen.print("two"), gone);
});

test("times: lengths in words", () => {
  const words = [0, 1_400, 99_000, 120_000, 7_200_000].map(lengthOf);
  assert.deepEqual(words, ["1 s", "1 s", "99 s", "2 min", "2 h"]);
});

test("completion: commands of two words, and words of their own", () => {
  const completion = new Completion({
    names: () => ["bob"],
    rooms: () => [],
    commands: () => [
      { name: "avatar", takes: "[FILE]", completes: "file" },
      { name: "avatar save", takes: "NAME", completes: "person" },
      { name: "card set", takes: "FIELD [TEXT]", completes: ["name", "nickname"] },
      { name: "role", takes: "LEVEL NAME", completes: ["visitor", "moderator"] },
    ],
    accounts: () => [],
    files: (typed) => ["save.png", "me.png"].filter((file) => file.startsWith(typed)),
  });
  const next = (text: string) => completion.next({ text, cursor: text.length })?.text;
  assert.equal(next("/av"), "/avatar ");
  assert.equal(next("/avatar s"), "/avatar save ");
  assert.equal(next("/avatar m"), "/avatar me.png");
  assert.equal(next("/avatar save b"), "/avatar save bob ");
  assert.equal(next("/card set ni"), "/card set nickname ");
  assert.equal(next("/role "), "/role visitor ");
  assert.equal(next("/role visitor b"), "/role visitor bob ");
});
