import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDotenv } from "../../src/config/dotenv.ts";

const cases: readonly { why: string; text: string; name?: string; value: string | undefined }[] = [
  { why: "a plain line", text: "A=b", value: "b" },
  { why: "spaces around", text: "  A =  b c  ", value: "b c" },
  { why: "export", text: "export A=b", value: "b" },
  { why: "a comment after the value", text: "A=b # c", value: "b" },
  { why: "# within a word is no comment", text: "A=b#c", value: "b#c" },
  { why: "a comment line", text: "# A=x\nA=b", value: "b" },
  { why: "a line that is commented out is none", text: "# A=x", value: undefined },
  { why: "single quotes keep everything", text: "A='b # \\n \"c\"'", value: 'b # \\n "c"' },
  { why: "double quotes know escapes", text: 'A="b\\n\\"c\\" \\\\ # d"', value: 'b\n"c" \\ # d' },
  { why: "a value over lines", text: 'A="b\nc"\nB=d', value: "b\nc" },
  { why: "nothing is the empty text", text: "A=\nB=c", value: "" },
  { why: "the last one counts", text: "A=b\nA=c", value: "c" },
  { why: "CRLF", text: "A=b\r\nB=c\r\n", value: "b" },
  { why: "lines that are none are passed over", text: "what?\n=b\nA=b", value: "b" },
  { why: "an unclosed quote is text", text: "A='b", value: "'b" },
  { why: "a base64 value ends with =", text: "A=abc=", value: "abc=" },
];
for (const { why, text, value } of cases) {
  Deno.test(`dotenv: ${why}`, () => assert.equal(parseDotenv(text).get("A")?.value, value));
}

Deno.test("dotenv: every assignment knows its line", () => {
  const found = parseDotenv('# first\nA="x\ny"\n\nB=2\nC=3');
  assert.deepEqual([...found.values()].map(({ name, line }) => [name, line]), [
    ["A", 2],
    ["B", 5],
    ["C", 6],
  ]);
});

Deno.test("dotenv never throws and takes linear time", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseDotenv(text)));
  for (const piece of ['A="', "A='", "A=\\", "export ", " \t", "#", "\n"]) {
    parseDotenv(piece.repeat(50_000));
  }
});
