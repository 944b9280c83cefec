import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { ListOptions } from "../../../../../src/transports/bucket/stores/contract.ts";
import { compareKeys } from "../../../../../src/transports/bucket/stores/key.ts";
import {
  NameWindows,
  walk,
  walkOf,
} from "../../../../../src/transports/bucket/stores/local/listing.ts";
import { Places } from "../../../../../src/transports/bucket/stores/local/places.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";
import { test } from "../../../../harness/test.ts";

/** What a listing has to give, by the contract alone. */
function expected(keys: readonly string[], options: ListOptions): string[] {
  const { prefix, startAfter = "", depth } = options;
  const wanted = keys.filter((key) => key.startsWith(prefix) && compareKeys(key, startAfter) > 0)
    .map((key) => {
      const slash = depth === "folder" ? key.indexOf("/", prefix.length) : -1;
      return slash < 0 ? key : key.slice(0, slash + 1);
    });
  return [...new Set(wanted)].sort(compareKeys);
}

async function listed(
  root: string,
  windows: NameWindows,
  options: ListOptions,
  pageSize: number,
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const at = walkOf({ ...options, ...(cursor === undefined ? {} : { cursor }) }, quiet);
    const page: string[] = [];
    for await (const key of walk(new Places(root), windows, at)) {
      if (page.push(key) === pageSize) break;
    }
    found.push(...page);
    if (page.length < pageSize) return found;
    cursor = page.at(-1);
  }
}

const quiet = new AbortController().signal;
const part = fc.constantFrom("a", "b", "a-", "a.", "a0", "\u00e4", "\uffee", "\u{1f600}");
const key = fc.array(part, { minLength: 1, maxLength: 3 })
  .chain((folders) => fc.nat(20).map((n) => `${folders.join("/")}/f${n}`));

test("folder listing: equals sorting all keys, whatever the pages and windows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 60 }),
      fc.constantFrom("", "a", "a/", "a/a-/", "b/f1", "\u00e4/", "c"),
      fc.constantFrom("", "a", "a/", "a/a/f2", "a-/f1", "b/f1", "\u{1f600}/f0"),
      fc.constantFrom("all" as const, "folder" as const),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      async (keys, prefix, startAfter, depth, pageSize, window) => {
        await using folder = await TempFolder.make();
        for (const key of keys) {
          const path = join(folder.path, key);
          await Deno.mkdir(dirname(path), { recursive: true });
          await Deno.writeFile(path, new Uint8Array());
        }
        await Deno.mkdir(join(folder.path, "a", "empty"), { recursive: true });
        const options = { prefix, startAfter, depth };
        assert.deepEqual(
          await listed(folder.path, new NameWindows(window), options, pageSize),
          expected(keys, options),
        );
      },
    ),
    { numRuns: 120 },
  );
});

test("folder listing: a new one sees what has come since, in a large folder too", async () => {
  await using folder = await TempFolder.make();
  const names = Array.from({ length: 2_500 }, (_, n) => `f${n.toString().padStart(5, "0")}`);
  for (const name of names) Deno.writeFileSync(join(folder.path, name), new Uint8Array());
  const windows = new NameWindows();
  const all = { prefix: "" };
  assert.deepEqual(await listed(folder.path, windows, all, 700), names);
  Deno.writeFileSync(join(folder.path, "f00000a"), new Uint8Array());
  windows.clear();
  const now = [...names, "f00000a"].sort(compareKeys);
  assert.deepEqual(await listed(folder.path, windows, all, 700), now);
});
