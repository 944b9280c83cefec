import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, environmentName, flagName, nearest } from "../../src/config/names.ts";
import { SPELLINGS } from "../../src/config/spelling.ts";

Deno.test("one key, three spellings", () => {
  assert.equal(flagName("maxConnectionsPerAddress"), "max-connections-per-address");
  assert.equal(environmentName("maxFrame"), "CHATNODE_MAX_FRAME");
});

Deno.test("no two settings share a name anywhere", () => {
  const names = SPELLINGS.flatMap(({ flag, negatedFlag, environment, environmentFile }) =>
    [flag, negatedFlag, ...environment, environmentFile].filter((name) => name !== undefined)
  );
  const keys = SPELLINGS.map(({ fileKey }) => fileKey);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(keys).size, keys.length);
});

const known = ["port", "host", "registration", "maxFrame", "maxMessage", "logLevel", "logDir"];
const slips: readonly { why: string; wrong: string; meant: string | undefined }[] = [
  { why: "a letter missing", wrong: "prt", meant: "port" },
  { why: "two swapped", wrong: "prot", meant: "port" },
  { why: "one too many", wrong: "hosst", meant: "host" },
  { why: "one wrong", wrong: "registrution", meant: "registration" },
  { why: "case", wrong: "maxframe", meant: "maxFrame" },
  { why: "dashes", wrong: "log-level", meant: "logLevel" },
  { why: "underscores", wrong: "LOG_DIR", meant: "logDir" },
  { why: "a beginning that is one's alone", wrong: "reg", meant: "registration" },
  { why: "a beginning of several", wrong: "maxim", meant: undefined },
  { why: "something else", wrong: "colour", meant: undefined },
  { why: "nothing", wrong: "", meant: undefined },
];
for (const { why, wrong, meant } of slips) {
  Deno.test(`nearest: ${why} (${wrong})`, () => assert.equal(nearest(wrong, known), meant));
}

Deno.test("editDistance counts slips of the finger", () => {
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("ab", "ba"), 1);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("abcdef", "uvwxyz", 3), 3, "no further than asked");
});

Deno.test("editDistance is a distance", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance === 0, a === b);
      assert.equal(distance, editDistance(b, a));
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
  );
});
