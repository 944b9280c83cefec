import assert from "node:assert/strict";
import { withBuiltWorkers, workersIn } from "../../tasks/bundle.ts";
import { test } from "../harness/test.ts";

const NAMES_WORKER = 'new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })';
const WORKER = { path: "/p/src/history/worker.ts", name: "worker", references: 1 };

test("workers are found where sources name them", () => {
  const sources = new Map([
    ["/p/src/history/sealing.ts", `start(${NAMES_WORKER});`],
    ["/p/src/history/index.ts", `start(${NAMES_WORKER});`],
    ["/p/src/hub/hub.ts", "nothing of that kind"],
  ]);
  assert.deepEqual(workersIn(sources), [{ ...WORKER, references: 2 }]);
});

const UNFIT: readonly { readonly why: string; readonly sources: readonly [string, string][] }[] = [
  {
    why: "two workers of one name would overwrite each other",
    sources: [
      ["/p/src/history/sealing.ts", NAMES_WORKER],
      ["/p/src/plugins/host.ts", NAMES_WORKER],
    ],
  },
  {
    why: "a file of another folder is not found from a bundle",
    sources: [["/p/src/ui/page.ts", 'new URL("../assets/page.ts", import.meta.url)']],
  },
  {
    why: "a file that is no module is not in a bundle",
    sources: [["/p/src/ui/page.ts", 'new URL("./page.html", import.meta.url)']],
  },
  {
    why: "nor is a folder",
    sources: [["/p/src/ui/page.ts", 'join(import.meta.dirname ?? ".", "page")']],
  },
];
for (const { why, sources } of UNFIT) {
  test("a source that cannot be bundled is refused", () => {
    assert.throws(() => workersIn(new Map(sources)), { code: "build/worker" });
  }, { why });
}

test("the bundle names the built worker, in whichever part", () => {
  const files = new Map([
    ["a.js", 'import "./b.js";'],
    ["b.js", `a();\nconst w = new Worker(new URL("./worker.ts", import.meta.url), {});\nb();`],
  ]);
  assert.deepEqual(
    [...withBuiltWorkers(files, [WORKER])],
    [
      ["a.js", 'import "./b.js";'],
      ["b.js", 'a();\nconst w = new Worker(new URL("./worker.js", import.meta.url), {});\nb();'],
    ],
  );
});

const WRONG: readonly { readonly why: string; readonly parts: readonly string[] }[] = [
  { why: "the worker was dropped", parts: ["a();"] },
  { why: "it was put in twice", parts: [NAMES_WORKER, NAMES_WORKER] },
  {
    why: "it names one that the sources do not",
    parts: [NAMES_WORKER, 'new URL("./other.ts", import.meta.url)'],
  },
];
for (const { why, parts } of WRONG) {
  test("a bundle with other workers than the sources is refused", () => {
    const files = new Map(parts.map((text, index) => [`${index}.js`, text]));
    assert.throws(() => withBuiltWorkers(files, [WORKER]), { code: "build/worker" });
  }, { why });
}
