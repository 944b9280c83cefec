import assert from "node:assert/strict";
import { FAULTS } from "../../../src/transports/bucket/verification/contract.ts";
import { test } from "../../harness/test.ts";

const EFFECTS: Readonly<Record<string, string>> = {
  told: "told",
  held: "held",
  line: "the line",
  object: "the file",
  writer: "the device",
};

test("docs/sync-keys.md names every fault and what follows from it", async () => {
  const text = await Deno.readTextFile(
    new URL("../../../docs/sync-keys.md", import.meta.url),
  );
  const rows = text.split("\n").filter((line) => /^\| `(object|line|signer|id|chain)\//.test(line));
  const documented = rows.map((row) => {
    const [, code, , effect] = row.split("|").map((cell) => cell.trim());
    return [code?.replaceAll("`", ""), effect];
  });
  const known = Object.entries(FAULTS).map(([code, { effect }]) => [code, EFFECTS[effect]]);
  assert.deepEqual(documented.sort(), known.sort());
});
