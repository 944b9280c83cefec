/** Search by those who only read: beside a store that is written, and without an index. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openHistory } from "../../src/history/open.ts";
import { type HistoryReader, openReader } from "../../src/history/reader.ts";
import { workerIndex } from "../../src/history/search_index.ts";
import { searchReader } from "../../src/history/search_reader.ts";
import { appendAll, draft } from "../conformance/history.ts";
import { tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

async function find(reader: HistoryReader, text: string, device?: string): Promise<number[]> {
  const onProgress = () => undefined;
  const { hits } = await searchReader(reader, { text, limit: 200 }, { device, onProgress });
  return hits.map(({ offset }) => offset);
}

Deno.test("beside a store: what its index has, and what it has not", async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path, index: workerIndex });
  const [one] = await appendAll(history, ["fox one", "fox two"]);
  await history.seal();
  await appendAll(history, ["fox three"]);
  assert.equal((await history.search({ text: "fox", limit: 9 })).hits.length, 3);
  await appendAll(history, ["fox four"]);
  const content = {
    replaces: one!.event.event_id,
    new_content: { body: "wolf", msgtype: "m.text" },
  };
  await history.append(draft("", { type: "m.room.edit", content }));

  const reader = await openReader({ dir: folder.path });
  assert.deepEqual(await find(reader, "fox"), [3, 2, 1]);
  assert.deepEqual(await find(reader, "wolf"), [0]);
  const redacts = { redacts: one!.event.event_id };
  await history.append(draft("", { type: "m.room.redaction", content: redacts }));
  assert.deepEqual(await find(reader, "wolf"), []);
  await history.seal();
  assert.deepEqual(await find(reader, "fox"), [3, 2, 1], "sealed since the reader was opened");
  reader.close();
  await history.close();
});

for (const state of ["missing", "damaged", "foreign"] as const) {
  Deno.test(`an index that is ${state} is made for the moment, and nothing is changed`, async () => {
    await using folder = await TempFolder.make();
    const history = await openHistory({ dir: folder.path });
    await appendAll(history, ["fox one", "fox two"]);
    await history.seal();
    await appendAll(history, ["fox three"]);
    const path = join(folder.path, "history/index.sqlite");
    if (state === "damaged") await Deno.writeTextFile(path, "no database".repeat(1_000));
    if (state === "foreign") await Deno.writeTextFile(path, "");
    const before = tree(folder.path);
    const reader = await openReader({ dir: folder.path });
    assert.deepEqual(await find(reader, "fox"), [2, 1, 0]);
    assert.deepEqual(tree(folder.path), before);
    reader.close();
    await history.close();
  });
}

Deno.test("beside a busy writer in another process a search sees what was acknowledged", async () => {
  await using folder = await TempFolder.make();
  const program = new URL("./search_child.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const writer = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, program, folder.path],
    stdout: "piped",
  }).spawn();
  let acknowledged = 0;
  let looks = 0;
  let text = "";
  let reader: HistoryReader | undefined;
  for await (const chunk of writer.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    acknowledged = text.split("\n").length - 1;
    if (acknowledged === 0 || looks === 20) continue;
    reader ??= await openReader({ dir: folder.path });
    const found = await find(reader, `fox ${acknowledged - 1}`);
    assert.deepEqual(found, [acknowledged - 1], `look ${looks}`);
    if (++looks === 20) writer.kill("SIGTERM");
  }
  await writer.status;
  reader?.close();
  assert.equal(looks, 20);
});
