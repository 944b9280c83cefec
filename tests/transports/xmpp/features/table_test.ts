/** docs/xmpp.md says what the code declares. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FEATURES } from "../../../../src/transports/xmpp/features/all.ts";
import { extensionsOf, withTable } from "../../../../src/transports/xmpp/features/table.ts";
import { test } from "../../../harness/test.ts";

const PAGE = join(import.meta.dirname ?? ".", "../../../../docs/xmpp.md");

test("the table of extensions is the one that the features declare", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.equal(page, withTable(page, FEATURES), "run deno run -A tasks/docs.ts");
});

test("every extension has a number, a name and a version, and stands once", () => {
  const all = extensionsOf(FEATURES);
  for (const { xep, name, version } of all) {
    assert.match(xep, /^(?:\d{4}|RFC \d{4})$/);
    assert.notEqual(name, "");
    assert.match(version, /^\d/);
  }
  const keys = all.map(({ xep, name }) => `${xep} ${name}`);
  assert.equal(new Set(keys).size, keys.length);
});

test("no namespace is declared twice", () => {
  const all = FEATURES.flatMap(({ disco = [] }) => disco);
  assert.equal(new Set(all).size, all.length);
});
