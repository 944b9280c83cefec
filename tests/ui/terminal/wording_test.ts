import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent } from "../../../src/message/event.ts";
import { COLOURED, PLAIN } from "../../../src/ui/terminal/paint.ts";
import { timeOf } from "../../../src/ui/terminal/times.ts";
import {
  eventLine,
  faultLine,
  isNamed,
  nameOf,
  roomName,
  type Viewpoint,
} from "../../../src/ui/terminal/wording.ts";
import { test } from "../../harness/test.ts";

const TIME = Date.UTC(2026, 0, 2, 3, 4, 5);
const AT = timeOf(TIME);
const DIRECT = "direct:alice@here,bob@here";

function event(given: Partial<ChatEvent> = {}): ChatEvent {
  return {
    event_id: `lobby::x::${given.type ?? "1"}`,
    room_id: "lobby",
    timestamp_ms: TIME,
    sender_id: "bob@here",
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: { body: "hello", msgtype: "m.text" },
    ...given,
  };
}

const known = event();
const view: Viewpoint = {
  you: "alice@here",
  node: "here",
  room: "lobby",
  recall: (id) => id === known.event_id ? known : undefined,
};
const message = (body: string) => ({ content: { body, msgtype: "m.text" } });

const rows: readonly { why: string; event: Partial<ChatEvent>; line: string | undefined }[] = [
  { why: "a text", event: {}, line: `${AT} bob: hello` },
  { why: "one's own", event: { sender_id: "alice@here" }, line: `${AT} alice: hello` },
  {
    why: "a program that speaks for oneself",
    event: { sender_id: "alice@here", content: { body: "noted", msgtype: "m.notice" } },
    line: `${AT} AI Bot: noted`,
  },
  {
    why: "a program that speaks for oneself, to somebody alone",
    event: {
      ...{ room_id: DIRECT, sender_id: "alice@here" },
      content: { body: "noted", msgtype: "m.notice" },
    },
    line: `${AT} AI Bot -> bob: noted`,
  },
  { why: "of another node", event: { sender_id: "bob@there" }, line: `${AT} bob@there: hello` },
  {
    why: "a guest",
    event: { sender_id: "~Bob+Smith(2)@here" },
    line: `${AT} Bob Smith (2): hello`,
  },
  { why: "of another room", event: { room_id: "dev" }, line: `${AT} [dev] bob: hello` },
  { why: "to oneself alone", event: { room_id: DIRECT }, line: `${AT} bob -> you: hello` },
  {
    why: "to somebody else alone",
    event: { room_id: DIRECT, sender_id: "alice@here" },
    line: `${AT} you -> bob: hello`,
  },
  {
    why: "an emote",
    event: { content: { body: "waves", msgtype: "m.emote" } },
    line: `${AT} * bob waves`,
  },
  {
    why: "an answer",
    event: { event_id: "y", parent_event_id: known.event_id, ...message("yes") },
    line: `${AT} (to bob: hello) bob: yes`,
  },
  {
    why: "an edit",
    event: {
      type: "m.room.edit",
      content: { replaces: known.event_id, new_content: { body: "new", msgtype: "m.text" } },
    },
    line: `${AT} bob (edited): new`,
  },
  {
    why: "a redaction",
    event: { type: "m.room.redaction", content: { redacts: known.event_id } },
    line: `${AT} bob took back the message of ${AT}`,
  },
  {
    why: "a redaction by somebody else",
    event: {
      type: "m.room.redaction",
      sender_id: "admin@here",
      content: { redacts: known.event_id },
    },
    line: `${AT} admin took back the message of ${AT} by bob`,
  },
  {
    why: "a reaction",
    event: {
      type: "m.room.reaction",
      content: { relates_to: known.event_id, reaction: "\u{1f44d}" },
    },
    line: `${AT} bob reacts \u{1f44d} to bob: hello`,
  },
  { why: "an unknown kind", event: { type: "m.room.topic", content: {} }, line: undefined },
  { why: "no body", event: { content: {} }, line: undefined },
  {
    why: "lines of a text cannot pass for others",
    event: message(`a\n${AT} admin: I resign`),
    line: `${AT} bob: a\n      ${AT} admin: I resign`,
  },
  {
    why: "terminal sequences are taken out",
    event: message("a\x1b[2Jb\x1b]0;title\x07c\x9b31md\x1bPq\x1b\\e"),
    line: `${AT} bob: abcde`,
  },
  { why: "a carriage return is a line end", event: message("a\rb"), line: `${AT} bob: a\n      b` },
  {
    why: "nothing turns the text around",
    event: message("\u202eevil\u2066"),
    line: `${AT} bob: evil`,
  },
  {
    why: "a name with a sequence in it is written out",
    event: { sender_id: "bob\x1b[31m@there" },
    line: `${AT} bob\\u001b[31m@there: hello`,
  },
  {
    why: "a room with a sequence in it too",
    event: { room_id: "dev\x07" },
    line: `${AT} [dev\\u0007] bob: hello`,
  },
  {
    why: "a reaction is one line",
    event: { type: "m.room.reaction", content: { relates_to: "z", reaction: "a\nb\x1b[A" } },
    line: `${AT} bob reacts a b`,
  },
];

for (const { why, event: given, line } of rows) {
  test(`wording: ${why}`, () => assert.equal(eventLine(event(given), view, PLAIN), line));
}

/** What is left of controls beside our own colours. */
function controlsOf(line: string): string[] {
  // deno-lint-ignore no-control-regex -- sequences of a terminal begin with Escape
  const bare = line.replaceAll(new RegExp("\\x1b\\[(?:\\d+|38;5;\\d+)m", "g"), "");
  return [...bare].filter((character) =>
    character !== "\n" && /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u.test(character)
  );
}

test("wording: whatever comes, nothing but our own colours drives the terminal", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(..."\x1b\x9b[]0129;?mJHA\x07\r\n"), maxLength: 20 }),
  );
  const cases = fc.record({
    sender_id: hostile,
    room_id: hostile,
    type: fc.constantFrom("m.room.message", "m.room.edit", "m.room.reaction", "m.room.redaction"),
    body: hostile,
    msgtype: fc.constantFrom("m.text", "m.emote", "m.notice"),
  });
  fc.assert(fc.property(cases, ({ body, msgtype, ...given }) => {
    const content = {
      ...{ body, msgtype, replaces: "x", redacts: "x", relates_to: "x" },
      ...{ reaction: body, new_content: { body, msgtype } },
    };
    const line = eventLine(event({ ...given, content }), view, COLOURED) ?? "";
    assert.deepEqual(controlsOf(line), []);
  }));
});

test("wording: names of rooms and people are bounded", () => {
  assert.ok(nameOf(`${"x".repeat(500)}@there`, { node: "here", room: "lobby" }).length <= 32);
  assert.ok(roomName("y".repeat(500), view).length <= 32);
  assert.equal(roomName(DIRECT, view), "bob");
});

test("wording: what went wrong ends with one full stop", () => {
  assert.equal(faultLine("Cannot send: no.", PLAIN), "-- Cannot send: no.");
  assert.equal(faultLine("Cannot\x1b[2J send", PLAIN), "-- Cannot\\u001b[2J send.");
});

test("wording: a name has one colour, whatever its case", () => {
  const sequence = (name: string) => COLOURED.name(name).split(name)[0];
  assert.equal(sequence("Bob"), sequence("bob"));
  assert.notEqual(sequence("Bob"), sequence("Carol"));
});

test("wording: somebody is called by their name as a word alone", () => {
  const rows: readonly (readonly [text: string, name: string, isNamed: boolean])[] = [
    ["Al, a word", "al", true],
    ["hey al!", "Al", true],
    ["also", "al", false],
    ["signal", "al", false],
    ["also al", "al", true],
    ["al_2", "al", false],
    ["", "al", false],
    ["anything", "", false],
    ["\u65e5\u672c \u00c9va?", "\u00e9va", true],
  ];
  for (const [text, name, wanted] of rows) assert.equal(isNamed(text, name), wanted, text);
});
