import assert from "node:assert/strict";
import { join } from "node:path";
import * as fc from "fast-check";
import { encodeLine, maxLineBytes, readLine } from "../../src/history/journal_line.ts";
import { journalParts } from "../../src/history/journal_pieces.ts";
import { scanJournal } from "../../src/history/journal_scan.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "./temp_folder.ts";

const entry = fc.record({
  offset: fc.nat(),
  json: fc.string({ maxLength: 60 }).map((body) => JSON.stringify({ event_id: "a", body })),
});
const file = fc.record({
  entries: fc.array(entry, { maxLength: 30 }),
  /** Bytes that are changed, by their place as a share of the file. */
  damage: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    maxLength: 3,
  }),
  filledAhead: fc.nat({ max: 40 }),
  cut: fc.nat({ max: 30 }),
  pieceBytes: fc.integer({ min: 1, max: 400 }),
});

test("a journal read in pieces of any size holds what it holds as a whole", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "journal");
  await fc.assert(
    fc.asyncProperty(file, async ({ entries, damage, filledAhead, cut, pieceBytes }) => {
      const bytes = encode(entries, filledAhead);
      for (const [share, byte] of damage) bytes[Math.floor(share * (bytes.length - 1))] = byte;
      await Deno.writeFile(path, bytes);
      const length = Math.max(0, bytes.length - cut);
      const found = { entries: [] as unknown[], damaged: [] as unknown[] };
      for (const part of journalParts(path, length, pieceBytes)) {
        for (const place of part.lines) found.entries.push(readLine(part.bytes, place));
        found.damaged.push(...part.damaged);
      }
      const whole = bytes.subarray(0, length);
      const { lines, damaged, torn } = scanJournal(whole);
      assert.deepEqual(found, {
        entries: lines.map((place) => readLine(whole, place)),
        damaged: torn === undefined ? damaged : [...damaged, torn],
      });
    }),
    { numRuns: 300 },
  );
});

test("a file that is shorter than it should be is read as far as it goes", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "journal");
  await Deno.writeFile(path, encode([{ offset: 1, json: '{"event_id":"a"}' }], 0));
  const parts = Array.from(journalParts(path, 10_000), ({ lines }) => lines.length);
  assert.deepEqual(parts, [1]);
});

function encode(
  entries: readonly { readonly offset: number; readonly json: string }[],
  filledAhead: number,
): Uint8Array {
  const room = entries.reduce((sum, { json }) => sum + maxLineBytes(json), filledAhead);
  const bytes = new Uint8Array(room).fill(0x0a);
  let end = 0;
  for (const { offset, json } of entries) end = encodeLine(bytes, end, offset, json);
  return bytes.slice(0, end + filledAhead);
}
