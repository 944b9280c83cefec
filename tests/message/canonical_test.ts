import assert from "node:assert/strict";
import * as fc from "fast-check";
import { canonicalEvent, canonicalJson, canonicalTree } from "../../src/message/canonical.ts";
import type { ChatEvent, Json, JsonObject } from "../../src/message/event.ts";
import { readJson } from "../../src/message/json.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { anyString, event, integerJson } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };

function unsigned(event: ChatEvent): JsonObject {
  const { signature: _signature, ...rest } = event;
  return { ...rest };
}

/** The same value with the keys of every object in another order. */
function shuffled(value: Json, order: (key: string) => number): Json {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => order(a) - order(b))
      .map(([key, member]) => [key, shuffled(member ?? null, order)]),
  );
}

Deno.test("canonical: the fast way is the slow way", hermetic, () => {
  fc.assert(
    fc.property(event, (original) => {
      assert.equal(canonicalEvent(original), canonicalJson(unsigned(original)));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("canonical: does not depend on the order of keys", hermetic, () => {
  fc.assert(fc.property(event, fc.func(fc.integer()), (original, order) => {
    const other = shuffled({ ...original } as JsonObject, order);
    const line = decodeEvent(JSON.stringify(other));
    assert.equal(line?.canonical("null"), canonicalEvent(original));
  }));
});

Deno.test("canonical: is the same from a value and from its text", hermetic, () => {
  fc.assert(fc.property(integerJson, (value) => {
    assert.equal(canonicalTree(readJson(JSON.stringify(value))), canonicalJson(value));
  }));
});

Deno.test("canonical: is printable ASCII that reads back as the value", hermetic, () => {
  fc.assert(fc.property(integerJson, (value) => {
    const canonical = canonicalJson(value);
    assert.match(canonical, /^[\x20-\x7e]*$/);
    assert.deepEqual(JSON.parse(canonical), value);
  }));
});

const STRINGS: readonly (readonly [string, string, string])[] = [
  ["\u007f", '"\\u007f"', "DEL is escaped"],
  ["/", '"/"', "a slash is not"],
  ['\b\t\n\f\r"\\', '"\\b\\t\\n\\f\\r\\"\\\\"', "the short escapes"],
  ["\u0000\u001f", '"\\u0000\\u001f"', "other controls"],
  ["\u00e9\u2028", '"\\u00e9\\u2028"', "lower-case hex"],
  ["\ud83d\ude00", '"\\ud83d\\ude00"', "a pair of surrogates"],
  ["\ud83d", '"\\ud83d"', "a lone one stays what it is"],
];

for (const [text, canonical, why] of STRINGS) {
  Deno.test(`canonical: ${canonical}: ${why}`, hermetic, () => {
    assert.equal(canonicalJson(text), canonical);
    assert.equal(canonicalTree(text), canonical);
  });
}

Deno.test("canonical: keys are sorted by code point, at every level", hermetic, () => {
  const value = { "\uffee": 3, "\ud83d\ude00": 2, "\u00e9": 1, b: { d: [{ z: 1, a: 2 }], c: 0 } };
  const canonical = '{"b":{"c":0,"d":[{"a":2,"z":1}]},"\\u00e9":1,"\\uffee":3,"\\ud83d\\ude00":2}';
  assert.equal(canonicalJson(value), canonical);
  assert.equal(canonicalTree(readJson(JSON.stringify(value))), canonical);
});

Deno.test("canonical: both null forms, whatever the line holds", hermetic, () => {
  const line =
    '{"event_id":"r::t::u","room_id":"r","timestamp_ms":1,"sender_id":"s","type":"x","content":{}';
  const start = '{"content":{},"event_id":"r::t::u",';
  const end = '"room_id":"r","sender_id":"s","timestamp_ms":1,"type":"x"}';
  const absent = decodeEvent(`${line}}`);
  const nulls = decodeEvent(`${line},"parent_event_id":null,"prev_event_hash":null}`);
  for (const read of [absent, nulls]) {
    assert.equal(read?.canonical("absent"), start + end);
    assert.equal(
      read?.canonical("null"),
      `${start}"parent_event_id":null,"prev_event_hash":null,${end}`,
    );
  }
  const parent = decodeEvent(`${line},"parent_event_id":"r::t::v","prev_event_hash":null}`);
  assert.equal(parent?.canonical("absent"), `${start}"parent_event_id":"r::t::v",${end}`);
});

Deno.test("canonical: keys unknown to us are part of what was signed", hermetic, () => {
  const line =
    '{"event_id":"r::t::u","room_id":"r","timestamp_ms":1,"sender_id":"s","type":"x","content":{},"a":1.50}';
  assert.ok(decodeEvent(line)?.canonical("null").startsWith('{"a":1.50,"content":{}'));
});

Deno.test("canonical: a lone surrogate survives the line", hermetic, () => {
  fc.assert(fc.property(event, anyString, (original, body) => {
    const cut = { ...original, content: { body, msgtype: "m.text" } };
    assert.equal(decodeEvent(encodeEvent(cut))?.canonical("null"), canonicalEvent(cut));
  }));
});
