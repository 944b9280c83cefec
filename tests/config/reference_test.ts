import assert from "node:assert/strict";
import { join } from "node:path";
import { referencePage } from "../../src/config/reference.ts";
import { KEYS } from "../../src/config/schema.ts";
import { row, spelling } from "../../src/config/spelling.ts";

Deno.test("docs/configuration.md is what the table says", async () => {
  const path = join(import.meta.dirname ?? ".", "..", "..", "docs", "configuration.md");
  assert.equal(
    await Deno.readTextFile(path),
    referencePage(),
    "run: deno run -A tasks/docs.ts",
  );
});

Deno.test("the page names every setting in every spelling", () => {
  const page = referencePage();
  for (const key of KEYS) {
    const { flag, environment, fileKey } = spelling(key);
    for (const name of [flag, ...environment, fileKey]) assert.ok(page.includes(`\`${name}`), name);
    assert.ok(page.includes(`### ${key}\n`), key);
  }
});

Deno.test("every help text is one sentence", () => {
  for (const key of KEYS) {
    const { help } = row(key);
    assert.match(help, /^[A-Z].*[^.]\.$/, key);
    assert.ok(help.length <= 110, `${key}: ${help.length}`);
  }
});
