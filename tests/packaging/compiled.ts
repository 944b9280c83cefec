/** `deno task compile`: what goes into an executable, and what it does when it cannot make one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { compileTask, executables } from "./executables.ts";
import { test } from "../harness/test.ts";
import { withFolder } from "./launch.ts";

/** What `deno compile` writes of the program into the executable, as far as it matters here. */
interface Metadata {
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8_flags: readonly string[];
  readonly entrypoint_key: string;
}

/** Reads the metadata behind the runtime of a compiled executable. */
async function metadataOf(path: string): Promise<Metadata> {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(bytes);
  const from = text.lastIndexOf('{"argv":');
  assert.ok(from > 0, "the executable holds deno compile's metadata");
  const end = text.indexOf("\x00", from);
  return JSON.parse(text.slice(from, text.lastIndexOf("}", end < 0 ? undefined : end) + 1));
}

test("deno compile finds every module, and bakes in narrow permissions and V8's flags", async () => {
  await withFolder(async (folder) => {
    const output = join(folder, "chatnode");
    await Deno.writeTextFile(output, "an older executable");
    // Any ELF file stands in for the runtime: the result does not run, but all of it is there.
    const { code, stderr } = await compileTask(["--output", output], {
      DENORT_BIN: await Deno.realPath(Deno.execPath()),
    });
    assert.equal(code, 0, stderr);
    const { permissions, v8_flags, entrypoint_key } = await metadataOf(output);
    assert.equal(entrypoint_key, "chatnode.js");
    const granted = Object.entries(permissions).filter(([name, value]) =>
      name.startsWith("allow_") && value !== null
    );
    assert.deepEqual(Object.fromEntries(granted.filter(([name]) => name !== "allow_import")), {
      allow_env: [],
      allow_net: [],
      allow_read: [],
      allow_sys: ["systemMemoryInfo"],
      allow_write: [],
    });
    assert.equal(permissions["prompt"], false);
    for (const flag of ["--max-semi-space-size=4", "--heap-growing-percent=25"]) {
      assert.ok(v8_flags.includes(flag), `V8 runs with ${flag}`);
    }
  });
});

test("without a runtime to download it says so and makes the other executable", async () => {
  const { whichever } = await executables();
  if (whichever.kind === "compiled") return;
  await withFolder(async (folder) => {
    const { code, stderr } = await compileTask(["--output", join(folder, "chatnode")]);
    assert.equal(code, 0);
    assert.match(stderr, /cannot be downloaded: making a self-extracting one instead\.\n/);
  });
});

const REFUSED: readonly {
  readonly why: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    why: "a self-extracting executable holds the Deno of this machine",
    args: ["--self-extracting", "--target", "aarch64-apple-darwin"],
    code: 1,
    says: /^chatnode: Cannot make a self-extracting executable for aarch64-apple-darwin: /m,
  },
  { why: "an unknown flag", args: ["--outptu", "x"], code: 2, says: /^chatnode: Cannot read the/m },
];
for (const { why, args, code, says } of REFUSED) {
  test("deno task compile is refused", async () => {
    const ended = await compileTask(args);
    assert.match(ended.stderr, says);
    assert.equal(ended.code, code);
  }, { why });
}
