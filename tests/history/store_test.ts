import assert from "node:assert/strict";
import { join } from "node:path";
import { openHistory } from "../../src/history/open.ts";
import { appendAll, draft, testHistory, texts } from "../conformance/history.ts";
import { TempFolder } from "./temp_folder.ts";

for (const durability of ["synced", "relaxed"] as const) {
  testHistory(`files, ${durability}`, async () => {
    const folder = await TempFolder.make();
    const history = await openHistory({ dir: folder.path, durability });
    return {
      history,
      async [Symbol.asyncDispose]() {
        await history.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  });
}

Deno.test("a store says that it cannot search without an index", async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await assert.rejects(() => history.search({ text: "a", limit: 1 }), {
    code: "history/no-index",
  });
  await history.close();
});

Deno.test("a store opened again goes on where it ended", async () => {
  await using folder = await TempFolder.make();
  const first = await openHistory({ dir: folder.path });
  const stored = await appendAll(first, ["a", "b", "c"]);
  await first.append(draft("keyed", { key: "k" }));
  await appendAll(first, ["other"], { room: "garden", sender: "bob@node" });
  const rooms = first.rooms();
  await first.close();

  const second = await openHistory({ dir: folder.path });
  assert.equal(second.epoch, first.epoch);
  assert.deepEqual(second.rooms(), rooms);
  assert.deepEqual(texts(await second.read("lobby", 0, 10)), ["a", "b", "c", "keyed"]);
  assert.deepEqual(
    (await second.get("lobby", stored[1]!.event.event_id))?.json,
    stored[1]?.json,
  );
  const again = await second.append(draft("keyed", { key: "k" }));
  assert.deepEqual([again.duplicate, again.stored.offset], [true, 3]);
  const next = await second.append(draft("d"));
  assert.equal(next.stored.offset, 4);
  assert.equal(next.stored.event.content.chatnode?.seq, 5);
  await second.close();
});

Deno.test("events of closed journal files are read back, in both orders", async () => {
  await using folder = await TempFolder.make();
  const bodies = Array.from({ length: 2_000 }, (_, index) => `text ${index}`);
  const first = await openHistory({ dir: folder.path, journalBytes: 20_000 });
  for (let at = 0; at < bodies.length; at += 20) await appendAll(first, bodies.slice(at, at + 20));
  await first.close();
  const names = Array.from(Deno.readDirSync(join(folder.path, "history/journal")), (e) => e.name);
  assert.ok(names.length > 10, "the journal was rotated");

  const second = await openHistory({ dir: folder.path, journalBytes: 20_000 });
  const read: (string | undefined)[] = [];
  while (read.length < 2_000) read.push(...texts(await second.read("lobby", read.length, 700)));
  assert.deepEqual(read, bodies);
  const paged: (string | undefined)[] = [];
  let before = {};
  for (let more = true; more;) {
    const page = await second.page("lobby", { limit: 200, ...before });
    paged.unshift(...texts(page.events));
    const { timestamp_ms, event_id } = page.events[0]!.event;
    before = { before: { timestamp: timestamp_ms, id: event_id } };
    more = page.moreBefore;
  }
  assert.deepEqual(paged, bodies);
  await second.close();
});

Deno.test("a folder in use is refused by the name of its user", async () => {
  await using folder = await TempFolder.make();
  const first = await openHistory({ dir: folder.path, program: "chatnode server" });
  await assert.rejects(() => openHistory({ dir: folder.path }), {
    code: "history/locked",
    message: `Cannot open ${folder.path}: process ${Deno.pid} ("chatnode server") is using it`,
  });
  await first.close();
  await (await openHistory({ dir: folder.path })).close();
});
