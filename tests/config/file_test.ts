import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFile } from "../../src/config/file.ts";

Deno.test("a file with comments and trailing commas is read with the place of each key", () => {
  const { entries, faults } = parseFile(
    '// a node\n{\n  "port": 1, /* why */\n  "a": [1, 2,],\n}\n',
    "f",
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(entries, [
    { key: "port", value: 1, line: 3, column: 3 },
    { key: "a", value: [1, 2], line: 4, column: 3 },
  ]);
});

for (const [why, text] of [["empty", ""], ["comments alone", "// x\n"], ["no key", "{}"]]) {
  Deno.test(`a file that sets nothing: ${why}`, () => {
    assert.deepEqual(parseFile(text ?? "", "f"), { entries: [], faults: [] });
  });
}

const broken: readonly { why: string; text: string; says: string }[] = [
  { why: "no colon", text: '{\n "port" 1}', says: "f:2:9: there is no colon" },
  { why: "no comma", text: '{"a": 1\n"b": 2}', says: "f:2:1: there is no comma" },
  { why: "no value", text: '{"a": }', says: "f:1:7: there is no value" },
  { why: "not closed", text: '{"a": 1', says: "f:1:8: there is no closing brace" },
  { why: "text after the end", text: "{} x", says: "f:1:4: there is" },
  { why: "a string without an end", text: '{"a": "x\n}', says: "a string without an end" },
  { why: "single quotes", text: "{'a': 1}", says: "f:1:2: there is something that is no JSON" },
  { why: "a list", text: "[1]", says: "it holds no object" },
  { why: "a key twice", text: '{"a": 1,\n "a": 2}', says: "a from f:2:2: it stands in line 1" },
];
for (const { why, text, says } of broken) {
  Deno.test(`a file is refused with the place: ${why}`, () => {
    const { faults: [first] } = parseFile(text, "f");
    assert.ok(first?.message.includes(says), String(first?.message));
    assert.match(first?.message ?? "", /^Cannot /);
  });
}

Deno.test("one slip does not bring a page of errors", () => {
  assert.ok(parseFile("{ a b c d e f g h", "f").faults.length <= 3);
});

Deno.test("parseFile never throws and never repeats a value", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseFile(text, "f")));
  fc.assert(fc.property(fc.json(), (text) => void parseFile(text, "f")));
  const { faults } = parseFile('{"jwtSecret": "hunter22hunter22" "x"}', "f");
  assert.doesNotMatch(JSON.stringify(faults), /hunter22/);
});

Deno.test("nesting of any depth is refused or read, never fatal", () => {
  parseFile(`{"a": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "f");
});
