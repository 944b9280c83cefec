import assert from "node:assert/strict";
import { ROOT } from "../../tasks/build.ts";
import { licences, packagesIn } from "../../tasks/licences.ts";
import { test } from "../harness/test.ts";

const PACKAGE = { version: "1.0.0", dependencies: [], localPath: "/nowhere" };

test("packages come with what they bring, once each, without types and strangers", () => {
  const found = packagesIn({
    modules: [{}, { npmPackage: "b@1" }, { npmPackage: "a@1" }, { npmPackage: "@types/b@1" }],
    npmPackages: {
      "a@1": { ...PACKAGE, name: "a", dependencies: ["b@1", "c@1"] },
      "b@1": { ...PACKAGE, name: "b", dependencies: ["a@1"] },
      "c@1": { ...PACKAGE, name: "c" },
      "@types/b@1": { ...PACKAGE, name: "@types/b", dependencies: ["d@1"] },
      "d@1": { ...PACKAGE, name: "d" },
    },
  });
  assert.deepEqual(found.map(({ name }) => name), ["a", "b", "c"]);
});

/** Begins each package's part: its name, its version, a line under them. */
const HEAD = /^(\S+)(?: [\d.]+)?\n=+$/gm;
/** What licences say that let everybody do nearly everything: MIT, ISC, 0BSD, BSD. */
const PERMISSIVE =
  /without restriction|Permission is hereby granted|Permission to use, copy, modify|Redistribution and use in source/i;

test("the licence of everything in the bundle is there, permissive, of nothing else", async () => {
  const text = await licences(ROOT);
  const heads = [...text.matchAll(HEAD)];
  const parts = heads.map(({ index, 1: name = "" }, at) => ({
    name,
    text: text.slice(index, heads[at + 1]?.index),
  }));
  const names = parts.map(({ name }) => name);
  const direct = ["hono", "@hono/node-server", "jose", "jsonc-parser", "aws4fetch", "mqtt"];
  for (const name of ["chatnode", "@logtape/logtape", "@xmpp/xml", "ltx", ...direct]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of ["fast-check", "oidc-provider", "@xterm/headless", "koa"]) {
    assert.ok(!names.includes(name), `${name} is for tests alone`);
  }
  for (const part of parts) {
    assert.match(part.text, PERMISSIVE, part.name);
    assert.doesNotMatch(part.text, /GNU (?:Lesser |Affero )?General Public/i, part.name);
  }
});
