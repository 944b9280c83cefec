import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MessageError } from "../../src/message/error.ts";
import { LIMITS } from "../../src/message/event.ts";
import { decodeFileName, encodeFileName } from "../../src/message/file_name.ts";
import { anyString } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const long = "\u4e2d".repeat(40);

const NAMES: readonly (readonly [string, string, string])[] = [
  ["lobby", "lobby", "a plain name is itself"],
  ["Room_1-a.b@c", "Room_1-a.b@c", "all that is kept"],
  ["a/b", "a%2fb", "a slash"],
  ["..", "%2e.", "the folder above"],
  [".", "%2e", "this folder"],
  [".ssh", "%2essh", "a hidden file"],
  ["a%b", "a%25b", "the escape itself"],
  ["%u", "%25u", "no packed name"],
  ["a b", "a%20b", "a space"],
  ["direct:a@x,b@x", "direct%3aa@x%2cb@x", "a direct conversation"],
  ["caf\u00e9", "caf%c3%a9", "lower case"],
  ["a\\b\u0000", "a%5cb%00", "what other systems take for a path"],
  ["\ufeffa", "%ef%bb%bfa", "a byte order mark is no decoration"],
  [long, `%u${btoa(String.fromCharCode(...new TextEncoder().encode(long)))}`, "packed"],
];

for (const [name, fileName, why] of NAMES) {
  Deno.test(`file name: ${JSON.stringify(name.slice(0, 20))}: ${why}`, hermetic, () => {
    assert.equal(encodeFileName(name), fileName);
    assert.equal(decodeFileName(fileName), name);
  });
}

const NO_FILE_NAMES: readonly (readonly [string, string])[] = [
  ["", "empty"],
  [".", "this folder"],
  ["..", "the folder above"],
  [".a", "a hidden file"],
  ["a/b", "a path"],
  ["a b", "an unescaped space"],
  ["%2F", "upper case"],
  ["%61", "an escape that is not needed"],
  ["a%2e", "as well"],
  ["%2", "cut short"],
  ["%zz", "no hex"],
  ["%ff", "not UTF-8"],
  ["%c0%af", "an overlong slash"],
  ["%ed%a0%80", "a surrogate"],
  ["%u", "a packed nothing"],
  ["%ubG9iYnk", "packed without need"],
  [`%u${btoa("x".repeat(240))}`, "too long"],
  [`${encodeFileName(long)}=`, "padding"],
  ["x".repeat(241), "too long"],
  ["messages_1_2_d.jsonl.tmp\n", "a line feed"],
];

for (const [fileName, why] of NO_FILE_NAMES) {
  Deno.test(`file name: refuses ${JSON.stringify(fileName.slice(0, 20))}: ${why}`, hermetic, () => {
    assert.throws(() => decodeFileName(fileName), { code: "address/file-name" });
  });
}

Deno.test("file name: the bound, in each form", hermetic, () => {
  assert.equal(encodeFileName("x".repeat(240)), "x".repeat(240));
  assert.equal(encodeFileName(" ".repeat(80)), "%20".repeat(80));
  assert.match(encodeFileName(`${" ".repeat(80)}x`), /^%u/);
  assert.equal(encodeFileName("\u00e9".repeat(89)).length, 240, "178 bytes, packed");
  for (const name of ["x".repeat(241), `${"\u00e9".repeat(89)}x`, " ".repeat(179)]) {
    assert.throws(() => encodeFileName(name), { code: "address/too-long" });
  }
});

Deno.test("file name: every name comes back, and none is a path", hermetic, () => {
  fc.assert(
    fc.property(fc.oneof(anyString, anyString.map((text) => text.repeat(12))), (name) => {
      let fileName: string;
      try {
        fileName = encodeFileName(name);
      } catch (error) {
        assert.ok(error instanceof MessageError);
        assert.match(error.code, /^address\/(empty|too-long|not-unicode)$/);
        return;
      }
      assert.match(fileName, /^[A-Za-z0-9_@%-][A-Za-z0-9_.@%-]*$/);
      assert.ok(fileName.length <= LIMITS.nameBytes);
      assert.equal(decodeFileName(fileName), name);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("file name: what decodes is what encodes to it", hermetic, () => {
  const likely = fc.stringMatching(/^(%u)?([a-zA-Z0-9_.@-]|%[0-9a-f]{2}){0,80}$/);
  fc.assert(
    fc.property(fc.oneof(anyString, likely), (fileName) => {
      try {
        assert.equal(encodeFileName(decodeFileName(fileName)), fileName);
      } catch (error) {
        assert.ok(error instanceof MessageError, String(error));
        assert.equal(error.code, "address/file-name");
      }
    }),
    { numRuns: 1000 },
  );
});
