import assert from "node:assert/strict";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { archive, header } from "../../tasks/self_extracting/archive.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";

test("tar unpacks what was packed: contents, sizes and modes", async () => {
  const contents = fc.uint8Array({ maxLength: 2000 });
  await fc.assert(
    fc.asyncProperty(contents, contents, async (a, b) => {
      await withDataFolder(async (folder) => {
        await Deno.writeFile(join(folder, "one"), a);
        await Deno.writeFile(join(folder, "two"), b);
        const packed = await buffer(archive([
          { name: "first.js", path: join(folder, "one"), executable: "plain" },
          { name: "second", path: join(folder, "two"), executable: "executable" },
        ]));
        await Deno.mkdir(join(folder, "out"));
        const tar = new Deno.Command("tar", {
          args: ["-xf", "-", "-C", join(folder, "out")],
          stdin: "piped",
          stdout: "null",
          stderr: "inherit",
        }).spawn();
        const writer = tar.stdin.getWriter();
        await writer.write(new Uint8Array(packed));
        await writer.close();
        assert.equal((await tar.status).code, 0);
        assert.deepEqual(await Deno.readFile(join(folder, "out/first.js")), a);
        assert.deepEqual(await Deno.readFile(join(folder, "out/second")), b);
        const modes = ["first.js", "second"].map((name) =>
          (Deno.statSync(join(folder, "out", name)).mode ?? 0) & 0o111
        );
        assert.deepEqual(modes.map((mode) => mode !== 0), [false, true]);
      });
    }),
    { numRuns: 12, examples: [[new Uint8Array(), new Uint8Array(512)]] },
  );
});

test("an archive does not depend on when it was made", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "file");
    const pack = async () => await buffer(archive([{ name: "file", path, executable: "plain" }]));
    await Deno.writeTextFile(path, "the same");
    const first = await pack();
    await Deno.utime(path, 1, 1);
    assert.deepEqual(await pack(), first);
  });
});

for (const name of ["", "a/b", "../up", "a b", "x".repeat(100), "\u00e4"]) {
  test("a member's name is one plain word", () => {
    assert.throws(() => header(name, 0, 0o644), RangeError);
  }, { why: JSON.stringify(name.slice(0, 10)) });
}
