import assert from "node:assert/strict";
import { join } from "node:path";
import * as fc from "fast-check";
import { divideIntoBlocks, readSegmentLine } from "../../src/history/segment_blocks.ts";
import { addToRuns, hashBytes, type SegmentInfo } from "../../src/history/segments.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "./temp_folder.ts";

const encoder = new TextEncoder();

function segment(lines: readonly string[], offsets: readonly number[]) {
  const bytes = encoder.encode(`${lines.join("\n")}\n`);
  const runs: number[] = [];
  for (const offset of offsets) addToRuns(runs, offset);
  const info: SegmentInfo = {
    room: "lobby",
    path: "segment",
    origin: "own",
    runs,
    count: lines.length,
    start: 1,
    end: 2,
    bytes: bytes.length,
    sha256: hashBytes(bytes),
    blocks: divideIntoBlocks(bytes),
  };
  return { info, bytes };
}

test("every line of a segment is found by its offset, and nothing else", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "segment");
  const line = fc.tuple(fc.nat({ max: 20_000 }), fc.constantFrom("x", "\u00e9", "\u65e5"))
    .map(([length, character]) => `{${character.repeat(length)}}`);
  const steps = fc.array(fc.tuple(line, fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      let next = 0;
      const offsets = steps.map(([, step]) => next += step);
      const { info, bytes } = segment(steps.map(([line]) => line), offsets);
      await Deno.writeFile(path, bytes);
      for (let offset = 0; offset < next + 3; offset++) {
        const expected = steps[offsets.indexOf(offset)]?.[0];
        assert.equal(await readSegmentLine(path, info, offset), expected);
      }
    }),
    { numRuns: 50 },
  );
});

test("a block that is not what was written gives nothing, the others all they have", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "segment");
  const lines = Array.from({ length: 40 }, (_, index) => `{${index}${"x".repeat(4_000)}}`);
  const { info, bytes } = segment(lines, lines.map((_, index) => index));
  assert.ok((info.blocks?.length ?? 0) >= 9, "three blocks at least");
  const damaged = bytes.slice();
  damaged[100] = 0x79;
  for (const [name, stored] of [["damaged", damaged], ["cut", bytes.subarray(0, -1)]] as const) {
    await Deno.writeFile(path, stored);
    const read = await Promise.all(lines.map((_, offset) => readSegmentLine(path, info, offset)));
    assert.deepEqual(
      read.filter((line, offset) => line !== undefined && line !== lines[offset]),
      [],
    );
    assert.equal(read.at(name === "damaged" ? 0 : -1), undefined);
    assert.ok(read.filter((line) => line !== undefined).length >= 20);
  }
});

test("a segment without blocks is for others to read", async () => {
  const { blocks: _, ...info } = segment(["{}"], [0]).info;
  assert.equal(await readSegmentLine("nowhere", info, 0), undefined);
});
