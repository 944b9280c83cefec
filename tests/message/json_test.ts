import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MessageError } from "../../src/message/error.ts";
import {
  isWithinDepth,
  NumberLexeme,
  plainJson,
  readJson,
  readJsonObject,
} from "../../src/message/json.ts";
import { anyString } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };

Deno.test("json: agrees with JSON.parse on what both accept", hermetic, () => {
  fc.assert(fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.deepEqual(plainJson(readJson(text)), JSON.parse(text));
  }));
});

Deno.test("json: accepts nothing that JSON.parse refuses", hermetic, () => {
  const near = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\-+.e0u \n\u0001tfn'))
    .map(([text, at, character]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + character + text.slice(from);
    });
  fc.assert(
    fc.property(fc.oneof(near, anyString), (text) => {
      let tree;
      try {
        tree = readJson(text);
      } catch (error) {
        assert.ok(error instanceof MessageError, String(error));
        assert.match(error.code, /^json\//);
        return;
      }
      assert.deepEqual(plainJson(tree), JSON.parse(text));
    }),
    { numRuns: 3000 },
  );
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ["", "json/syntax", "nothing"],
  ["{", "json/syntax", "an open object"],
  ["[1,]", "json/syntax", "a trailing comma"],
  ['{"a":1,}', "json/syntax", "a trailing comma"],
  ["{a:1}", "json/syntax", "a bare key"],
  ['{a":1}', "json/syntax", "a key that only ends in a quote"],
  ['"a\u0001', "json/syntax", "a control where the quote should be"],
  ["'a'", "json/syntax", "single quotes"],
  ["01", "json/syntax", "a leading zero"],
  ["+1", "json/syntax", "a plus"],
  [".5", "json/syntax", "no digit before the point"],
  ["1.", "json/syntax", "no digit after it"],
  ["NaN", "json/syntax", "what Python writes for it"],
  ["Infinity", "json/syntax", "as well"],
  ["nul", "json/syntax", "a word cut short"],
  ['"a', "json/syntax", "an open string"],
  ['"\\x41"', "json/syntax", "an unknown escape"],
  ['"\\x0041"', "json/syntax", "an unknown escape before hex"],
  ['"\\u12g4"', "json/syntax", "no hex"],
  ['"\\u12', "json/syntax", "cut in an escape"],
  ['"\n"', "json/syntax", "a raw line feed"],
  ["\u00a01", "json/syntax", "a space that is not JSON's"],
  ["\ufeff1", "json/syntax", "a byte order mark"],
  ["1 2", "json/syntax", "two values"],
  ["// a\n1", "json/syntax", "a comment"],
  ['{"a":1,"a":1}', "json/duplicate-key", "equal keys"],
  ['[{"a":{"b":1,"\\u0062":2}}]', "json/duplicate-key", "equal once unescaped"],
  ['{"__proto__":1,"__proto__":2}', "json/duplicate-key", "no key is special"],
  ["1e309", "json/number", "beyond doubles"],
  ["-1e309", "json/number", "as well"],
  ["1".repeat(400), "json/number", "a long integer beyond doubles"],
  [`0.${"1".repeat(1100)}`, "json/number", "more digits than any double uses"],
  ["[".repeat(33) + "]".repeat(33), "json/depth", "one too deep"],
  ["[".repeat(1_000_000), "json/depth", "hostile depth, never closed"],
  ['"\ud800"', "json/not-unicode", "a raw lone surrogate"],
  [" ".repeat(2 ** 21 + 1), "json/too-long", "too long"],
];

for (const [text, code, why] of REFUSED) {
  Deno.test(`json: refuses ${JSON.stringify(text.slice(0, 24))}: ${why}`, hermetic, () => {
    assert.throws(() => readJson(text), { name: "MessageError", code });
  });
}

Deno.test("json: depth is counted in brackets, whatever else there is", hermetic, () => {
  assert.ok(Array.isArray(readJson("[".repeat(32) + "]".repeat(32))));
  assert.ok(readJson(`[${"[],".repeat(1000)}[]]`, { depth: 2 }) !== null);
  assert.throws(() => readJson("[[]]", { depth: 1 }), { code: "json/depth" });
  assert.equal(readJson("true", { depth: 0 }), true);
  assert.throws(() => readJson("[".repeat(2000), { depth: 1e9 }), { code: "json/depth" });
  assert.equal(isWithinDepth([[[1]]], 3), true);
  assert.equal(isWithinDepth([[[1]]], 2), false);
  const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assert.equal(isWithinDepth(deep, 32), false);
});

Deno.test(
  "json: numbers keep their spelling, keys their order, __proto__ its value",
  hermetic,
  () => {
    const map = readJsonObject('{"b":1.0,"__proto__":{"x":-0},"2":12345678901234567890}');
    assert.deepEqual(Array.from(map.keys()), ["b", "__proto__", "2"]);
    assert.deepEqual(map.get("b"), new NumberLexeme("1.0"));
    assert.deepEqual(map.get("2"), new NumberLexeme("12345678901234567890"));
    const plain = plainJson(map);
    assert.ok(plain !== null && typeof plain === "object");
    assert.deepEqual(Object.getOwnPropertyDescriptor(plain, "__proto__")?.value, { x: -0 });
    assert.equal(Object.getPrototypeOf(plain), Object.prototype);
    assert.throws(() => readJsonObject("[]"), { code: "json/syntax" });
  },
);

Deno.test("json: an escaped lone surrogate is kept and escaped again", hermetic, () => {
  const text = '"cut \\ud83d here"';
  const value = plainJson(readJson(text));
  assert.equal(value, "cut \ud83d here");
  assert.equal(JSON.stringify(value), text);
});

Deno.test("json: errors do not quote what was read", hermetic, () => {
  const secret = "hunter2";
  for (const text of [`{"${secret}":1,"${secret}":2}`, `"${secret}`, `[${secret}]`, `1${secret}`]) {
    assert.throws(() => readJson(text), (error) => {
      assert.ok(error instanceof MessageError);
      assert.ok(!`${error.message} ${error.stack} ${error.cause}`.includes(secret));
      return true;
    });
  }
});
