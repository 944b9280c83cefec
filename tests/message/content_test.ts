import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  checkContent,
  editContent,
  emoteContent,
  memberContent,
  noticeContent,
  reactionContent,
  readBody,
  readEdit,
  readKind,
  readReaction,
  readRedaction,
  redactionContent,
  textContent,
} from "../../src/message/content.ts";
import type { Content } from "../../src/message/event.ts";
import { EVENT_TYPES, LIMITS } from "../../src/message/event.ts";
import { MessageError } from "../../src/message/error.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { anyString, event, integerJson } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const ID = "lobby::2026-01-01T00:00:00.000000Z::1";
const TEXT = { body: "hi", msgtype: "m.text" };

Deno.test("content: what is built is accepted and read back", hermetic, () => {
  assert.deepEqual(textContent("hi"), TEXT);
  assert.equal(readKind(emoteContent("waves")), "m.emote");
  assert.equal(readKind(noticeContent("restarting")), "m.notice");
  assert.equal(readBody(textContent("hi")), "hi");
  assert.deepEqual(readEdit(editContent(ID, textContent("ho"))), {
    replaces: ID,
    content: { body: "ho", msgtype: "m.text" },
  });
  assert.deepEqual(redactionContent(ID), { redacts: ID });
  assert.deepEqual(redactionContent(ID, "spam"), { redacts: ID, reason: "spam" });
  assert.deepEqual(readRedaction(redactionContent(ID)), { redacts: ID });
  assert.deepEqual(readReaction(reactionContent(ID, "\u2764\ufe0f")), {
    relatesTo: ID,
    reaction: "\u2764\ufe0f",
  });
  assert.deepEqual(memberContent("kick", { reason: "spam" }), {
    membership: "kick",
    reason: "spam",
  });
});

const message = "m.room.message";
const nested = (depth: number): unknown => depth === 0 ? 1 : { a: nested(depth - 1) };
const lists = (depth: number): unknown => depth === 0 ? 1 : [lists(depth - 1)];

const ACCEPTED: readonly (readonly [string, string, unknown])[] = [
  ["keys unknown to us", "m.room.message", { ...TEXT, "org.example": { list: [1, true, null] } }],
  ["a formatted body", "m.room.message", { ...TEXT, format: "html", formatted_body: "<b>hi</b>" }],
  ["the longest body", "m.room.message", { ...TEXT, body: "x".repeat(LIMITS.bodyBytes) }],
  ["controls in a body", "m.room.message", { ...TEXT, body: "\u0000\u001b[31m\u202e" }],
  ["objects at the deepest", message, { ...TEXT, x: nested(LIMITS.depth - 2) }],
  ["lists at the deepest", message, { ...TEXT, x: lists(LIMITS.depth - 2) }],
  ["a reason to kick", "m.room.member", { membership: "kick", reason: "x".repeat(1024) }],
  ["an empty reason", "m.room.redaction", { redacts: ID, reason: "" }],
  ["an object without prototype", "m.room.message", Object.assign(Object.create(null), TEXT)],
];

for (const [why, type, content] of ACCEPTED) {
  Deno.test(`content: accepts ${why}`, hermetic, () => {
    assert.equal(checkContent(type, content), undefined);
  });
}

const REFUSED: readonly (readonly [string, string, unknown, string])[] = [
  ["a type that is never stored", "m.room.typing", {}, "content/type"],
  ["a type that is a key of every object", "constructor", {}, "content/type"],
  ["null", message, null, "content/form"],
  ["a list", message, [], "content/form"],
  ["a Date", message, new Date(0), "content/form"],
  ["no body", message, { msgtype: "m.text" }, "content/form"],
  ["a body that is a number", message, { ...TEXT, body: 1 }, "content/form"],
  ["an empty body", message, { ...TEXT, body: "" }, "content/empty"],
  ["too long a body", message, { ...TEXT, body: "x".repeat(262_145) }, "content/too-long"],
  ["wide characters", message, { ...TEXT, body: "\u4e2d".repeat(90_000) }, "content/too-long"],
  ["a lone surrogate", message, { ...TEXT, body: "a\ud83d" }, "content/not-unicode"],
  ["a lone surrogate in a key", message, { ...TEXT, "\udc00": 1 }, "content/not-unicode"],
  ["an unknown msgtype", message, { ...TEXT, msgtype: "m.image" }, "content/form"],
  ["a forged provenance", message, { ...TEXT, chatnode: { seq: 1 } }, "content/reserved"],
  ["a fraction", message, { ...TEXT, x: 1.5 }, "content/number"],
  ["minus zero", message, { ...TEXT, x: -0 }, "content/number"],
  ["an integer that doubles round", message, { ...TEXT, x: 2 ** 53 }, "content/number"],
  ["infinity", message, { ...TEXT, x: [Infinity] }, "content/number"],
  ["a function", message, { ...TEXT, x: () => 1 }, "content/form"],
  ["a big integer", message, { ...TEXT, x: 1n }, "content/form"],
  ["a hole in a list", message, { ...TEXT, x: [undefined] }, "content/form"],
  ["depth", message, { ...TEXT, x: nested(LIMITS.depth - 1) }, "content/depth"],
  [
    "hostile depth",
    message,
    JSON.parse(`{"body":"b","msgtype":"m.text","x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`),
    "content/depth",
  ],
  ["much else", message, { ...TEXT, x: "\u0000".repeat(400_000) }, "content/too-long"],
  ["an edit of nothing", "m.room.edit", { new_content: TEXT }, "content/form"],
  ["an edit without text", "m.room.edit", { replaces: ID }, "content/form"],
  ["an edit of no event", "m.room.edit", { replaces: "x", new_content: TEXT }, "content/form"],
  [
    "a forged provenance in an edit",
    "m.room.edit",
    { replaces: ID, new_content: { ...TEXT, chatnode: {} } },
    "content/reserved",
  ],
  ["a redaction of nothing", "m.room.redaction", {}, "content/form"],
  [
    "a long reason",
    "m.room.redaction",
    { redacts: ID, reason: "x".repeat(1025) },
    "content/too-long",
  ],
  ["no reaction", "m.room.reaction", { relates_to: ID, reaction: "" }, "content/empty"],
  [
    "an essay as a reaction",
    "m.room.reaction",
    { relates_to: ID, reaction: "x".repeat(65) },
    "content/too-long",
  ],
  ["depth of lists", message, { ...TEXT, x: lists(LIMITS.depth - 1) }, "content/depth"],
  ["a reaction to nothing", "m.room.reaction", { reaction: "x" }, "content/form"],
  ["a reaction to no event", "m.room.reaction", { relates_to: "x", reaction: "x" }, "content/form"],
  [
    "a long reason to kick",
    "m.room.member",
    { membership: "kick", reason: "x".repeat(1025) },
    "content/too-long",
  ],
  [
    "a name that is a number",
    "m.room.member",
    { membership: "kick", displayname: 1 },
    "content/form",
  ],
  [
    "an avatar that is a list",
    "m.room.member",
    { membership: "kick", avatar_url: [] },
    "content/form",
  ],
  ["a formatted body without format", message, { ...TEXT, formatted_body: "a" }, "content/form"],
  [
    "a formatted body that is a number",
    message,
    { ...TEXT, format: "html", formatted_body: 1 },
    "content/form",
  ],
  [
    "a cut formatted body",
    message,
    { ...TEXT, format: "html", formatted_body: "\ud83d" },
    "content/not-unicode",
  ],
  [
    "a whole too long",
    message,
    { ...TEXT, x: Array(20_000).fill("\u0000".repeat(20)) },
    "content/too-long",
  ],
  ["an unknown membership", "m.room.member", { membership: "owner" }, "content/form"],
  ["a stray body", "m.room.redaction", { redacts: ID, body: 1 }, "content/form"],
];

for (const [why, type, content, code] of REFUSED) {
  Deno.test(`content: refuses ${why}`, hermetic, () => {
    assert.equal(checkContent(type, content)?.code, code);
  });
}

Deno.test("content: builders refuse what the check refuses", hermetic, () => {
  assert.throws(() => textContent(""), { code: "content/empty" });
  assert.throws(() => editContent("x", TEXT), { code: "content/form" });
  assert.throws(() => reactionContent(ID, ""), { code: "content/empty" });
});

const candidate = fc.record({
  type: fc.constantFrom<string>(...EVENT_TYPES, "m.room.typing"),
  content: fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
    fc.dictionary(
      fc.constantFrom("body", "msgtype", "replaces", "new_content", "redacts", "reason", "a"),
      fc.oneof(integerJson, fc.constantFrom<unknown>("m.text", ID, TEXT, 1.5), anyString),
      { noNullPrototype: true },
    ),
  ),
});

Deno.test("content: whatever is accepted can be stored and read again", hermetic, () => {
  fc.assert(
    fc.property(candidate, event, ({ type, content }, carrier) => {
      const error = checkContent(type, content);
      if (error !== undefined) {
        assert.ok(error instanceof MessageError);
        assert.match(error.code, /^content\//);
        return;
      }
      const stored = { ...carrier, type, content: content as Content };
      const line = encodeEvent(stored);
      assert.deepEqual(decodeEvent(line)?.event, JSON.parse(line));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("content: readers make sense of anything or nothing", hermetic, () => {
  fc.assert(fc.property(event, ({ content }) => {
    readBody(content);
    readKind(content);
    readEdit(content);
    readReaction(content);
    readRedaction(content);
  }));
  assert.equal(readEdit({ replaces: ID, new_content: [] }), undefined);
  assert.equal(readEdit({ replaces: ID, new_content: { body: 1 } }), undefined);
  assert.equal(readReaction({ relates_to: ID, reaction: "x".repeat(65) }), undefined);
  assert.equal(readReaction({ relates_to: ID, reaction: 1 }), undefined);
  assert.equal(readReaction({ relates_to: 1, reaction: "x" }), undefined);
  assert.equal(readEdit({ replaces: 1, new_content: TEXT }), undefined);
  assert.equal(readEdit({ replaces: ID, new_content: { body: "x".repeat(262_145) } }), undefined);
  assert.equal(readRedaction({ redacts: 1 }), undefined);
  assert.equal(readKind({ msgtype: "m.image" }), "m.text");
  assert.equal(readBody({}), undefined);
});
