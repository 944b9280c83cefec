import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type Clock, systemClock } from "../../src/clock.ts";
import { diskJournalFiles } from "../../src/history/disk_journal_file.ts";
import { TempFolder } from "./temp_folder.ts";

/** A clock by which every commit takes 10 ms: the disk is never waited for on this thread. */
const slowClock: Clock = (() => {
  let time = 0;
  return { ...systemClock, monotonic: () => time += 10 };
})();

const KINDS = [
  ["synced, quick disk", systemClock, "synced"],
  ["synced, slow disk", slowClock, "synced"],
  ["written", systemClock, "written"],
] as const;

for (const [kind, clock, durability] of KINDS) {
  Deno.test(`${kind}: the file holds what was committed, and LF after it`, async () => {
    await using folder = await TempFolder.make();
    let files = 0;
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 150_000 }) },
      { weight: 1, arbitrary: fc.constant("cut" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const path = join(folder.path, `${files++}`);
        const file = await diskJournalFiles(clock).open(path, durability);
        let expected = new Uint8Array();
        for (const [index, each] of steps.entries()) {
          if (each === "cut") {
            expected = expected.slice(0, expected.length >> 1);
            await file.truncate(expected.length);
            continue;
          }
          const bytes = new Uint8Array(each).fill(0x61 + index);
          await file.commit(bytes, expected.length);
          const grown = new Uint8Array(expected.length + each);
          grown.set(expected);
          grown.set(bytes, expected.length);
          expected = grown;
          const found = await Deno.readFile(path);
          assert.ok(same(found.subarray(0, expected.length), expected));
          assert.ok(found.subarray(expected.length).every((byte) => byte === 0x0a));
        }
        await file.sync();
        await file.close(expected.length);
        await file.close(expected.length);
        assert.ok(same(await Deno.readFile(path), expected));
      }),
      { numRuns: 15 },
    );
  });
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

Deno.test("a slow disk does not hold the event loop up", async () => {
  await using folder = await TempFolder.make();
  const file = await diskJournalFiles(slowClock).open(join(folder.path, "a"), "synced");
  let turns = 0;
  let open = true;
  const turning = (async () => {
    while (open) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turns++;
    }
  })();
  const bytes = new Uint8Array(8 * 1024 * 1024).fill(0x61);
  await file.commit(bytes, 0);
  open = false;
  await turning;
  assert.ok(turns > 2, `${turns} turns of the event loop during one commit`);
  await file.close(bytes.length);
});

Deno.test("a file that cannot be opened leaves nothing open", async () => {
  await using folder = await TempFolder.make();
  await assert.rejects(() => {
    return diskJournalFiles(systemClock).open(join(folder.path, "no/such/folder"), "synced");
  }, Deno.errors.NotFound);
});
