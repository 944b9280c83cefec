import assert from "node:assert/strict";
import { checkDeno } from "../../tasks/install.ts";
import { RUN_FLAGS } from "../../tasks/runtime.ts";
import { installLine, NEEDS, packagesOf, unmet } from "../../tasks/testing/needs.ts";
import configuration from "../../deno.json" with { type: "json" };
import { test } from "../harness/test.ts";

test("deno task start runs the program as the executables do", () => {
  assert.equal(
    configuration.tasks.start.command,
    `deno run ${RUN_FLAGS.join(" ")} dist/chatnode.js server`,
  );
});

test("the program may load no native code and run no programs", () => {
  const wide = RUN_FLAGS.filter((flag) => /^(-A|--allow-(all|ffi|run|import|scripts))/.test(flag));
  assert.deepEqual(wide, []);
  assert.ok(RUN_FLAGS.includes("--no-prompt"));
});

const VERSIONS = [
  { version: "2.9.0", fits: true },
  { version: "2.9.6", fits: true },
  { version: "2.10.0", fits: true },
  { version: "3.0.0-rc.1", fits: true },
  { version: "2.8.9", fits: false },
  { version: "1.46.3", fits: false },
];
for (const { version, fits } of VERSIONS) {
  test(`Deno ${version} ${fits ? "is new enough" : "is refused"}`, () => {
    if (fits) checkDeno(version);
    else assert.throws(() => checkDeno(version), { code: "install/deno" });
  });
}

test("a program that is not there is missed, one that is there is not", async () => {
  const there = { suite: "tests/", program: "sh", from: "dash" };
  const missing = { suite: "tests/", program: "no-such-program", from: "no-such-package" };
  assert.deepEqual(await unmet([there, missing]), [missing]);
});

test("packages are asked for once each", () => {
  const need = { suite: "tests/", program: "x", from: "util-linux" };
  const packages = packagesOf([need, { ...need, from: "curl" }, { ...need, program: "y" }]);
  assert.deepEqual(packages, ["curl", "util-linux"]);
  assert.match(installLine(packages), /apt-get install -y curl util-linux$/);
});

test("what is needed is needed by a suite that exists", async () => {
  for (const { suite } of NEEDS) await Deno.stat(new URL(`../../${suite}`, import.meta.url));
});
