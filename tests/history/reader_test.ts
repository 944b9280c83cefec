import assert from "node:assert/strict";
import { join } from "node:path";
import { openHistory } from "../../src/history/open.ts";
import { openReader } from "../../src/history/reader.ts";
import { appendAll, draft, texts } from "../conformance/history.ts";
import { withLogs } from "../harness/logs.ts";
import { tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

Deno.test("a reader shows what a running store holds, and changes nothing", async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendAll(history, ["a", "b"]);
  await history.seal();
  await appendAll(history, ["c"]);
  await history.parts.writer.rotate();
  await history.parts.sealer.drain();
  const [d] = await appendAll(history, ["d"], { sender: "bob@node" });
  const before = tree(folder.path);

  const reader = await openReader({ dir: folder.path });
  assert.equal(reader.epoch, history.epoch);
  assert.deepEqual(reader.rooms(), history.rooms());
  assert.deepEqual(texts(await reader.read("lobby", 0, 10)), ["a", "b", "c", "d"]);
  assert.deepEqual(texts((await reader.page("lobby", { limit: 2 })).events), ["c", "d"]);
  assert.equal((await reader.get("lobby", d!.event.event_id))?.offset, 3);
  assert.deepEqual(tree(folder.path), before);

  await appendAll(history, ["e"]);
  assert.equal(reader.room("lobby").next, 4, "one moment");
  await reader.refresh();
  assert.deepEqual(texts(await reader.read("lobby", 3, 10)), ["d", "e"]);
  reader.close();
  await history.close();
});

Deno.test("a reader beside a busy store always sees one whole moment", async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path, journalBytes: 10_000 });
  await history.append(draft("0"));
  let done = false;
  const writing = (async () => {
    for (let count = 1; count < 1_500; count += 10) {
      await appendAll(history, Array.from({ length: 10 }, (_, each) => `${count + each}`));
    }
    done = true;
  })();
  let looks = 0;
  const reader = await openReader({ dir: folder.path });
  while (!done) {
    const { next } = reader.room("lobby");
    for (let from = 0; from < next; from += 300) {
      const bodies = texts(await reader.read("lobby", from, Math.min(300, next - from)));
      assert.deepEqual(bodies, bodies.map((_, index) => `${from + index}`));
    }
    await reader.refresh();
    looks++;
  }
  await writing;
  assert.ok(looks > 2, `${looks} looks`);
  reader.close();
  await history.close();
});

Deno.test("a reader names damage and serves the rest", async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendAll(history, ["a", "b", "c"]);
  await history.seal();
  await history.close();
  const [path = ""] = Array.from(tree(join(folder.path, "history/rooms")).keys())
    .filter((name) => name.endsWith(".jsonl"));
  const full = join(folder.path, "history/rooms", path);
  await Deno.writeTextFile(full, (await Deno.readTextFile(full)).replace('"b"', '"x"'));
  await withLogs(async (records) => {
    const reader = await openReader({ dir: folder.path });
    const events = await reader.read("lobby", 0, 10);
    assert.deepEqual(events.map(({ offset }) => offset), [0, 2]);
    assert.deepEqual(texts(events), ["a", "c"]);
    reader.close();
    assert.equal(records.filter(({ level }) => level === "error").length, 1);
  });
});

Deno.test("a folder without a history is said to be one", async () => {
  await using folder = await TempFolder.make();
  await assert.rejects(() => openReader({ dir: folder.path }), {
    code: "history/invalid",
    message: `Cannot read ${folder.path}: no history is there`,
  });
  await assert.rejects(() => openReader({ dir: join(folder.path, "nowhere") }), {
    code: "history/invalid",
  });
});
