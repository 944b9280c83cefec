import assert from "node:assert/strict";
import * as fc from "fast-check";
import { divideIntoBlocks } from "../../src/history/segment_blocks.ts";
import { SegmentBytes } from "../../src/history/segment_bytes.ts";
import { hashBytes } from "../../src/history/segments.ts";
import { test } from "../harness/test.ts";

test("lines that are added one by one are the bytes of their text", () => {
  const line = fc.tuple(
    fc.nat({ max: 90_000 }),
    fc.constantFrom("x", "\u00e9", "\u65e5", "\u{1f600}", "\ud800"),
    fc.string({ unit: "grapheme" }),
  ).map(([length, character, rest]) => character.repeat(length) + rest.replaceAll("\n", ""));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
      const segment = new SegmentBytes();
      for (const each of lines) segment.add(each);
      const { parts, length, sha256, blocks } = segment.finish();
      const whole = new TextEncoder().encode(`${lines.join("\n")}\n`);
      assert.deepEqual(joined(parts), whole);
      assert.equal(length, whole.length);
      assert.equal(sha256, hashBytes(whole));
      assert.deepEqual(blocks, divideIntoBlocks(whole));
    }),
    { numRuns: 50 },
  );
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
