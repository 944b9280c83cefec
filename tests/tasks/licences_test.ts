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

test("the licence of everything in the bundle is there, of nothing else", async () => {
  const text = await licences(ROOT);
  const names = [...text.matchAll(/^(\S+)(?: [\d.]+)?\n=+$/gm)].map(([, name]) => name);
  assert.deepEqual(names, [
    "chatnode",
    "@hono/node-server",
    "@logtape/file",
    "@logtape/logtape",
    "hono",
    "jose",
    "jsonc-parser",
  ]);
  const permissions = text.match(/without restriction|Permission is hereby granted/gi) ?? [];
  assert.ok(permissions.length >= names.length, "each with its text");
});
