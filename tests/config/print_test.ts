import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type Loaded, loadSettings } from "../../src/config/load.ts";
import { describeOrigin } from "../../src/config/origin.ts";
import { printJson, printJsonc } from "../../src/config/print.ts";
import { type Key, KEYS, type Settings } from "../../src/config/schema.ts";
import { row, spelling } from "../../src/config/spelling.ts";
import { inFolder } from "./folder.ts";
import { SOME_SETTINGS } from "./values.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const environment = { HOME: "/h" };

function entries(values: Partial<Settings>): [Key, unknown][] {
  return KEYS.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]);
}

/** The values as flags: text of every kind, through the real path. */
async function byFlags(values: Partial<Settings>, cwd: string): Promise<Loaded> {
  const flags = entries(values).map(([key, value]) => ({
    key,
    flag: spelling(key).flag,
    text: row(key).kind.print(value ?? ""),
  }));
  return await loadSettings({ flags, config: undefined, environment, cwd });
}

Deno.test("what is loaded and printed is loaded as the same", strict, async () => {
  await inFolder({}, async (cwd) => {
    await fc.assert(
      fc.asyncProperty(SOME_SETTINGS, async (values) => {
        const first = await byFlags(values, cwd);
        for (const [key, value] of entries(values)) assert.deepEqual(first.settings[key], value);
        const path = join(cwd, "printed.jsonc");
        const describe = (origin: Parameters<typeof describeOrigin>[0]) =>
          describeOrigin(origin, cwd);
        await Deno.writeTextFile(path, printJsonc(first, describe));
        const again = await loadSettings({ flags: [], config: path, environment, cwd });
        assert.deepEqual(again.settings, first.settings);
      }),
      { numRuns: 50 },
    );
  });
});

Deno.test("printing masks secrets and names each origin", strict, async () => {
  const files = { s: "hunter22".repeat(5), "chatnode.jsonc": '{"jwtSecretFile": "s"}' };
  await inFolder(files, async (cwd) => {
    const flags = [{ key: "port", flag: "--port", text: "1" }] as const;
    const loaded = await loadSettings({ flags, config: undefined, environment, cwd });
    const describe = (origin: Parameters<typeof describeOrigin>[0]) => describeOrigin(origin, cwd);
    const text = printJsonc(loaded, describe);
    const json = printJson(loaded, describe);
    assert.doesNotMatch(text + json, /hunter22/);
    assert.match(text, /^ {2}"port": 1, \/\/ --port$/m);
    assert.match(text, /^ {2}\/\/ "jwtSecretFile": set, not shown \/\/ chatnode\.jsonc:1:2$/m);
    const parsed = JSON.parse(json);
    assert.deepEqual(parsed.port, { value: 1, origin: "--port", from: "flag" });
    assert.deepEqual(parsed.jwtSecret, {
      value: "[secret]",
      origin: "chatnode.jsonc:1:2",
      from: "file",
    });
    assert.deepEqual(parsed.name, { value: null, origin: "default", from: "default" });
    assert.deepEqual(Object.keys(parsed), KEYS, "every setting stands there");
  });
});

Deno.test("a hostile file name cannot end the comment it stands in", strict, async () => {
  await inFolder({ "x\ny.jsonc": '{"port": 1}' }, async (cwd) => {
    const config = "x\ny.jsonc";
    const loaded = await loadSettings({ flags: [], config, environment, cwd });
    const text = printJsonc(loaded, (origin) => describeOrigin(origin, cwd));
    assert.match(text, /"port": 1, \/\/ x\\ny\.jsonc:1:2\n/);
  });
});
