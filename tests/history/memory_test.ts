import assert from "node:assert/strict";
import { MemoryHistory } from "../../src/history/memory.ts";
import { appendAll, draft, testHistory, texts } from "../conformance/history.ts";
import { find, testSearch } from "../conformance/search.ts";

for (const suite of [testHistory, testSearch]) {
  suite("memory", () => {
    const history = new MemoryHistory();
    return Promise.resolve({ history, [Symbol.asyncDispose]: () => history.close() });
  });
}

Deno.test("memory: forgets the oldest events and their keys", async () => {
  const history = new MemoryHistory({ keep: 3 });
  await history.append(draft("a", { key: "k" }));
  await appendAll(history, ["b", "c", "d", "e", "f"]);
  assert.equal(history.room("lobby").first, 3);
  assert.deepEqual(texts(await history.read("lobby", 0, 10)), ["d", "e", "f"]);
  assert.equal((await history.append(draft("a", { key: "k" }))).duplicate, false);
  assert.deepEqual(await find(history, "b"), []);
  assert.deepEqual(await find(history, "d"), ["lobby 3 d"]);
});
