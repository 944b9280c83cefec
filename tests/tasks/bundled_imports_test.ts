import assert from "node:assert/strict";
import { withoutHttp2, withPartsLater } from "../../tasks/bundled_imports.ts";
import { test } from "../harness/test.ts";

test("parts that are loaded later are not seen by whoever reads the text", () => {
  const files = new Map([
    ["a.js", 'import { b } from "./b.js";\nconst { c } = await import("./c-1A.js");'],
    ["b.js", 'const { createServer } = await import("node:http");'],
  ]);
  assert.deepEqual([...withPartsLater(files)], [
    [
      "a.js",
      'import { b } from "./b.js";\n' +
      'const { c } = await import(new URL("./c-1A.js", import.meta.url).href);',
    ],
    ["b.js", 'const { createServer } = await import("node:http");'],
  ]);
});

test("a part that is loaded later is the one that was meant", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = new Map([
      ["entry.js", 'export const { value } = await import("./part-X.js");'],
      ["part-X.js", "export const value = 7;"],
    ]);
    for (const [name, text] of withPartsLater(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { value } = await import(`file://${folder}/entry.js`) as { value: unknown };
    assert.equal(value, 7);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const IMPORTS: readonly { readonly why: string; readonly text: string; readonly left: string }[] = [
  {
    why: "it is only compared with",
    text: 'import { Http2ServerRequest, constants } from "node:http2";',
    left: "const Http2ServerRequest = class {}, constants = class {};",
  },
  {
    why: "the bundler renames what is there twice",
    text: 'import { constants as constants2 } from "node:http2";',
    left: "const constants2 = class {};",
  },
  {
    why: "others are needed",
    text: 'import { Server } from "node:http";',
    left: 'import { Server } from "node:http";',
  },
];
for (const { why, text, left } of IMPORTS) {
  test("a bundle does without node:http2", () => {
    const files = new Map([["a.js", `a();\n${text}\nb();`]]);
    assert.equal(withoutHttp2(files).get("a.js"), `a();\n${left}\nb();`);
  }, { why });
}

test("a bundle that speaks HTTP/2 is refused", () => {
  const files = new Map([["a.js", 'import { createServer } from "node:http2";']]);
  assert.throws(() => withoutHttp2(files), { code: "build/http2" });
});
