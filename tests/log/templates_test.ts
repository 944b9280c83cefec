/** What a log line is to say must not be hidden by the name that it goes by. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { maskProperties } from "../../src/log/mask.ts";
import { test } from "../harness/test.ts";

const ROOT = join(import.meta.dirname ?? ".", "..", "..");
const CALL = /\.(?:trace|debug|info|warn|error|fatal)\(\s*(["`])((?:(?!\1)[^\\]|\\.)*)\1/g;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

test("no placeholder of a log line has a name whose value is taken out", async () => {
  const hidden: string[] = [];
  let seen = 0;
  for await (const path of sources(join(ROOT, "src"))) {
    for (const [, , template = ""] of (await Deno.readTextFile(path)).matchAll(CALL)) {
      for (const [, name = ""] of template.matchAll(/(?<!\$)\{(\w+)\}/g)) {
        seen++;
        if (maskProperties({ [name]: "shown" })[name] === "shown") continue;
        hidden.push(`${relative(ROOT, path)}: ${template}`);
      }
    }
  }
  assert.ok(seen > 50, `${seen} placeholders`);
  assert.deepEqual(hidden, []);
});
