import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MessageError } from "../../src/message/error.ts";
import { LIMITS } from "../../src/message/event.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { canonicalLine } from "../../src/message/canonical.ts";
import { readJsonObject } from "../../src/message/json.ts";
import { anyString, event } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };

Deno.test("line: decode(encode(e)) is e, from text and from bytes", hermetic, () => {
  fc.assert(fc.property(event, (original) => {
    const line = encodeEvent(original);
    assert.ok(!line.includes("\n"));
    assert.deepEqual(decodeEvent(line)?.event, original);
    assert.deepEqual(decodeEvent(new TextEncoder().encode(line))?.event, original);
    assert.equal(line, JSON.stringify(original));
  }));
});

Deno.test("line: the two ways of reading agree", hermetic, () => {
  fc.assert(fc.property(event, (original) => {
    const line = encodeEvent(original);
    const own = decodeEvent(line);
    const foreign = decodeEvent(` ${line}`);
    assert.deepEqual(own?.event, foreign?.event);
    for (const form of ["null", "absent"] as const) {
      assert.equal(own?.canonical(form), foreign?.canonical(form));
      assert.equal(own?.canonical(form), canonicalLine(readJsonObject(line), form));
    }
  }));
});

const good = {
  event_id: "lobby::2026-01-01T00:00:00.000000Z::1",
  room_id: "lobby",
  timestamp_ms: 1767225600000,
  sender_id: "alice@node",
  type: "m.room.message",
  parent_event_id: null,
  prev_event_hash: null,
  signature: null,
  content: { body: "hi", msgtype: "m.text" },
};
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const withContent = (content: string) =>
  `${JSON.stringify({ ...good, content: undefined }).slice(0, -1)},"content":${content}}`;
const provenance = (value: unknown) =>
  JSON.stringify({ ...good, content: { ...good.content, chatnode: value } });

const REFUSED: readonly (readonly [string, string | Uint8Array, string])[] = [
  ["not JSON", "hello", "json/syntax"],
  ["an array", "[]", "json/syntax"],
  ["two values", "{} {}", "json/syntax"],
  ["bytes that are not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "line/encoding"],
  ["an overlong line", `"${"x".repeat(LIMITS.lineBytes)}"`, "line/too-long"],
  ["an overlong line in bytes", new Uint8Array(LIMITS.lineBytes), "line/too-long"],
  ["a line of few but wide characters", "\u4e2d".repeat(700_000), "line/too-long"],
  ["depth beyond the bound in our own spelling", withContent(nested(32)), "json/depth"],
  ["depth beyond the bound in another", withContent(` ${nested(32)}`), "json/depth"],
  ["hostile depth", withContent("[".repeat(10_000) + "]".repeat(10_000)), "json/depth"],
  ["hostile depth in our own spelling", withContent(nested(10_000)), "json/depth"],
  ["two equal keys", withContent('{"body":"a","body":"b"}'), "json/duplicate-key"],
  [
    "two equal keys, one escaped",
    withContent('{"body":"a","\\u0062ody":"b"}'),
    "json/duplicate-key",
  ],
  ["a number beyond doubles", withContent('{"n":1e400}'), "json/number"],
  ["a number of too many digits", withContent(`{"n":0.${"1".repeat(2000)}}`), "json/number"],
  ["a raw lone surrogate", withContent('{"body":"\ud800"}'), "json/not-unicode"],
  ["a raw control character", withContent('{"body":"\u0000"}'), "json/syntax"],
  ["no id", JSON.stringify({ ...good, event_id: undefined }), "event/id"],
  ["an id of two parts", JSON.stringify({ ...good, event_id: "a::b" }), "event/id"],
  ["an id of four parts", JSON.stringify({ ...good, event_id: "a::b::c::d" }), "event/id"],
  ["an id with an empty part", JSON.stringify({ ...good, event_id: "a::::c" }), "event/id"],
  ["an id with a line feed", JSON.stringify({ ...good, event_id: "a::b::c\n" }), "event/id"],
  ["an overlong id", JSON.stringify({ ...good, event_id: `a::b::${"c".repeat(512)}` }), "event/id"],
  ["a room with ::", JSON.stringify({ ...good, room_id: "a::b" }), "event/room"],
  ["a room with a bidi override", JSON.stringify({ ...good, room_id: "a\u202eb" }), "event/room"],
  ["an overlong room", JSON.stringify({ ...good, room_id: "r".repeat(241) }), "event/room"],
  ["an empty sender", JSON.stringify({ ...good, sender_id: "" }), "event/sender"],
  ["a sender with a control", JSON.stringify({ ...good, sender_id: "a\u0007" }), "event/sender"],
  ["a sender that is a list", JSON.stringify({ ...good, sender_id: ["a"] }), "event/sender"],
  ["time as a string", JSON.stringify({ ...good, timestamp_ms: "1" }), "event/timestamp"],
  ["time 0", JSON.stringify({ ...good, timestamp_ms: 0 }), "event/timestamp"],
  ["a fractional time", JSON.stringify({ ...good, timestamp_ms: 1.5 }), "event/timestamp"],
  ["a time no date can spell", JSON.stringify({ ...good, timestamp_ms: 1e15 }), "event/timestamp"],
  ["no type", JSON.stringify({ ...good, type: null }), "event/type"],
  ["a type with a space", JSON.stringify({ ...good, type: "a b" }), "event/type"],
  ["an overlong type", JSON.stringify({ ...good, type: "t".repeat(65) }), "event/type"],
  ["a parent that is no id", JSON.stringify({ ...good, parent_event_id: "x" }), "event/parent"],
  ["a signature that is a number", JSON.stringify({ ...good, signature: 1 }), "event/signature"],
  ["an overlong hash", JSON.stringify({ ...good, prev_event_hash: "a".repeat(129) }), "event/hash"],
  ["no content", JSON.stringify({ ...good, content: undefined }), "event/content"],
  ["content that is a list", withContent("[]"), "event/content"],
  ["a body that is a number", withContent('{"body":1}'), "event/content"],
  ["an overlong body", withContent(`{"body":"${"x".repeat(262_145)}"}`), "event/content"],
  ["an msgtype that is null", withContent('{"msgtype":null}'), "event/content"],
  ["provenance that is a string", provenance("x"), "event/provenance"],
  ["a device that is a path", provenance({ device: "../x", seq: 1 }), "event/provenance"],
  ["a sequence number of 0", provenance({ device: "d", seq: 0 }), "event/provenance"],
  ["a sequence number of 1.5", provenance({ device: "d", seq: 1.5 }), "event/provenance"],
  ["a sequence number as a string", provenance({ device: "d", seq: "1" }), "event/provenance"],
  [
    "a sequence number doubles round",
    provenance({ device: "d", seq: 2 ** 53 }),
    "event/provenance",
  ],
  ["an overlong device", provenance({ device: "d".repeat(65), seq: 1 }), "event/provenance"],
  [
    "an overlong door",
    provenance({ device: "d", seq: 1, via: "v".repeat(33) }),
    "event/provenance",
  ],
  ["an overlong key", provenance({ device: "d", seq: 1, key: "k".repeat(65) }), "event/provenance"],
  ["a door with a space", provenance({ device: "d", seq: 1, via: "a b" }), "event/provenance"],
];

for (const [why, line, code] of REFUSED) {
  Deno.test(`line: refuses ${why}`, hermetic, () => {
    assert.throws(() => decodeEvent(line), (error) => {
      assert.ok(error instanceof MessageError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, /^Cannot read the (line|event|JSON): /);
      return true;
    });
  });
}

Deno.test("line: a timestamp more than an hour ahead is refused when the time is known", () => {
  const line = JSON.stringify(good);
  const limit = good.timestamp_ms - LIMITS.futureMs;
  assert.ok(decodeEvent(line, { now: limit }) !== undefined);
  assert.throws(() => decodeEvent(line, { now: limit - 1 }), { code: "event/future" });
  assert.ok(decodeEvent(line) !== undefined);
});

const TOLERATED: readonly (readonly [string, string])[] = [
  ["keys in another order", JSON.stringify(Object.fromEntries(Object.entries(good).reverse()))],
  ["keys unknown to us", JSON.stringify({ ...good, extra: { a: [1.5] } })],
  [
    "no optional keys",
    JSON.stringify({
      ...good,
      parent_event_id: undefined,
      prev_event_hash: undefined,
      signature: undefined,
    }),
  ],
  ["white space and a carriage return", ` ${JSON.stringify(good).replace(",", " , ")}\r`],
];

for (const [why, line] of TOLERATED) {
  Deno.test(`line: accepts ${why}`, hermetic, () => {
    const decoded = decodeEvent(line);
    assert.deepEqual(decoded?.event, good);
    assert.deepEqual(Object.keys(decoded?.event ?? {}), Object.keys(good));
    assert.equal(decoded?.json, line);
  });
}

Deno.test("line: accepts what stands exactly at the bounds", hermetic, () => {
  const edge = {
    ...good,
    timestamp_ms: 253_402_300_799_999,
    type: "t".repeat(64),
    room_id: "r".repeat(LIMITS.nameBytes),
    signature: "s".repeat(128),
    prev_event_hash: "h".repeat(128),
    content: {
      body: "b".repeat(LIMITS.bodyBytes),
      chatnode: { device: "d".repeat(64), seq: 1, key: "k".repeat(64), via: "v".repeat(32) },
    },
  };
  assert.deepEqual(decodeEvent(JSON.stringify(edge))?.event, edge);
  assert.ok(decodeEvent(withContent(nested(31))) !== undefined);
  const longest = JSON.stringify(good).padEnd(LIMITS.lineBytes - 1);
  for (const form of [longest, new TextEncoder().encode(longest)]) {
    assert.deepEqual(decodeEvent(form)?.event, good);
  }
  assert.throws(() => decodeEvent(`${longest} `), { code: "line/too-long" });
});

Deno.test("line: blank lines are nothing", hermetic, () => {
  for (const blank of ["", " ", "\t\r", "\r\n"]) assert.equal(decodeEvent(blank), undefined);
  assert.equal(decodeEvent(new Uint8Array()), undefined);
});

Deno.test("line: never throws anything but its documented errors", hermetic, () => {
  const mutated = event.chain((original) =>
    fc.tuple(fc.nat(), fc.nat(8), anyString).map(([at, cut, text]) => {
      const line = encodeEvent(original);
      const from = at % line.length;
      return line.slice(0, from) + text + line.slice(from + cut);
    })
  );
  const input = fc.oneof(anyString, mutated, fc.uint8Array(), fc.json());
  fc.assert(
    fc.property(input, (line) => {
      try {
        decodeEvent(line, { now: 0 });
      } catch (error) {
        assert.ok(error instanceof MessageError, String(error));
        assert.match(error.code, /^(line|json|event)\//);
      }
    }),
    { numRuns: 1000 },
  );
});
