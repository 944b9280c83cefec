/** Bytes that are not what was written, anywhere in a store: everything else is served. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FileHistory } from "../../src/history/store.ts";
import { openHistory } from "../../src/history/open.ts";
import { appendAll, draft, texts } from "../conformance/history.ts";
import { eventually } from "../harness/eventually.ts";
import { lineOf, withLogs } from "../harness/logs.ts";
import { names } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

const BODIES = ["first", "second", "third", "fourth"];

/** A folder with four events in the lobby and one in the garden, not opened. */
async function filledFolder(seal: "journal" | "segments"): Promise<TempFolder> {
  const folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendAll(history, BODIES);
  await history.append(draft("elsewhere", { room: "garden" }));
  if (seal === "segments") await history.seal();
  await history.close();
  return folder;
}

/** The texts at offsets 0 to 3 of the lobby, undefined where there is a hole. */
async function lobby(history: FileHistory): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [undefined, undefined, undefined, undefined];
  for (const { offset, event } of await history.read("lobby", 0, 100)) {
    found[offset] = event.content.body;
  }
  return found;
}

function quarantined(folder: string): string[] {
  return names(join(folder, "history/quarantine"));
}

Deno.test("a last line that was cut anywhere is cut off, kept and reported", async () => {
  await using folder = await filledFolder("journal");
  const path = join(folder.path, "history/journal/00000001.jsonl");
  const whole = await Deno.readFile(path);
  const last = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (let length = last; length < whole.length; length += length === last ? 1 : 7) {
    await withLogs(async (records) => {
      await Deno.writeFile(path, whole.subarray(0, length));
      const history = await openHistory({ dir: folder.path });
      assert.deepEqual(texts(await history.read("lobby", 0, 10)), BODIES);
      const { stored } = await history.append(draft("after"));
      assert.equal(stored.offset, 4);
      await history.close();
      const again = await openHistory({ dir: folder.path });
      assert.deepEqual(texts(await again.read("lobby", 0, 10)), [...BODIES, "after"]);
      assert.equal(again.epoch, history.epoch);
      await again.close();
      const lines = records.map(lineOf).filter((line) => line.includes("cut off"));
      assert.equal(lines.length, length === last ? 0 : 1, lines.join());
      assert.deepEqual(
        quarantined(folder.path),
        length === last ? [] : [`journal+00000001.jsonl+${last}`],
      );
    });
    await Deno.remove(join(folder.path, "history/quarantine"), { recursive: true })
      .catch(() => undefined);
  }
});

Deno.test("a changed byte in the open journal costs at most one event, and no offset", async () => {
  await using folder = await filledFolder("journal");
  const path = join(folder.path, "history/journal/00000001.jsonl");
  const { epoch } = JSON.parse(await Deno.readTextFile(join(folder.path, "history/history.json")));
  const whole = await Deno.readFile(path);
  const ends = Array.from(whole.entries()).filter(([, byte]) => byte === 10).map(([at]) => at);
  for (let at = 0; at < whole.length; at += 23) {
    await using copy = await TempFolder.copyOf(folder.path);
    const bytes = whole.slice();
    bytes[at] = bytes[at]! ^ 1;
    await Deno.writeFile(join(copy.path, "history/journal/00000001.jsonl"), bytes);
    await withLogs(async (records) => {
      const history = await openHistory({ dir: copy.path });
      const hit = ends.includes(at) ? -1 : ends.findIndex((end) => at <= end);
      const expected = BODIES.map((body, index) => index === hit ? undefined : body);
      assert.deepEqual(await lobby(history), expected, `byte ${at}`);
      const garden = hit === 4 ? [] : ["elsewhere"];
      assert.deepEqual(texts(await history.read("garden", 0, 10)), garden);
      const reports = records.filter(({ level }) => level === "error");
      assert.equal(reports.length, hit < 0 ? 0 : 1, `byte ${at} is reported`);
      const { stored } = await history.append(draft("after"));
      assert.ok(stored.offset === 4 || history.epoch !== epoch, "no offset is given twice");
      if (stored.offset === 3) expected[3] = "after";
      await history.seal();
      assert.deepEqual((await lobby(history)).slice(0, 4), expected);
      await history.close();
      const again = await openHistory({ dir: copy.path });
      assert.equal(again.epoch, history.epoch, "the damage changes nothing a second time");
      assert.deepEqual((await lobby(again)).slice(0, 4), expected);
      await again.close();
    });
  }
});

Deno.test("a changed byte in a closed journal costs at most one event", async () => {
  await using folder = await TempFolder.make();
  const worker = new URL("./silent_worker.ts", import.meta.url);
  const first = await openHistory({ dir: folder.path, worker });
  await appendAll(first, BODIES);
  await first.parts.writer.rotate();
  await first.close();
  assert.deepEqual(names(join(folder.path, "history/journal")), [
    "00000001.jsonl",
    "00000001.summary.json",
    "00000002.jsonl",
  ]);
  const path = join("history/journal/00000001.jsonl");
  const whole = await Deno.readFile(join(folder.path, path));
  const ends = Array.from(whole.entries()).filter(([, byte]) => byte === 10).map(([at]) => at);
  for (let at = 0; at < whole.length; at += 37) {
    await using copy = await TempFolder.copyOf(folder.path);
    const bytes = whole.slice();
    bytes[at] = bytes[at]! ^ 1;
    await Deno.writeFile(join(copy.path, path), bytes);
    const hit = ends.includes(at) ? -1 : ends.findIndex((end) => at <= end);
    const expected = BODIES.map((body, index) => index === hit ? undefined : body);
    const reading = await openHistory({ dir: copy.path, worker });
    assert.deepEqual(await lobby(reading), expected, `byte ${at}, before sealing`);
    await reading.close();
    await withLogs(async (records) => {
      const history = await openHistory({ dir: copy.path });
      await history.seal();
      assert.deepEqual(await lobby(history), expected, `byte ${at}, after sealing`);
      await history.close();
      const reports = records.filter(({ level }) => level === "error");
      assert.equal(reports.length, hit < 0 ? 0 : 1, `byte ${at} is reported`);
    });
    assert.equal(quarantined(copy.path).length, hit < 0 ? 0 : 1);
  }
});

Deno.test("a changed byte in a segment costs at most one event", async () => {
  await using folder = await filledFolder("segments");
  const logs = join(folder.path, "history/rooms/lobby/logs");
  const day = join(logs, names(logs)[0]!);
  const path = join(day, names(day)[0]!);
  const whole = await Deno.readFile(path);
  const ends = Array.from(whole.entries()).filter(([, byte]) => byte === 10).map(([at]) => at);
  for (let at = 0; at < whole.length; at += 13) {
    for (const value of [whole[at]! ^ 1, 10]) {
      if (value === whole[at]) continue;
      const bytes = whole.slice();
      bytes[at] = value;
      await Deno.writeFile(path, bytes);
      await withLogs(async (records) => {
        const history = await openHistory({ dir: folder.path });
        const hit = ends.includes(at) ? -1 : ends.findIndex((end) => at <= end);
        const expected = BODIES.map((body, index) => index === hit ? undefined : body);
        assert.deepEqual(await lobby(history), expected, `byte ${at} is ${value}`);
        assert.deepEqual(texts(await history.read("garden", 0, 10)), ["elsewhere"]);
        await history.close();
        const reports = records.map(lineOf).filter((line) => line.startsWith("error"));
        assert.equal(reports.length > 0, hit >= 0, `byte ${at} is reported`);
      });
    }
  }
});

Deno.test("a segment that is gone is reported, and the others are served", async () => {
  await using folder = await filledFolder("segments");
  await Deno.remove(join(folder.path, "history/rooms/lobby"), { recursive: true });
  await withLogs(async (records) => {
    const history = await openHistory({ dir: folder.path });
    assert.deepEqual(await history.read("lobby", 0, 10), []);
    assert.deepEqual(texts(await history.read("garden", 0, 10)), ["elsewhere"]);
    assert.equal((await history.append(draft("after"))).stored.offset, 4);
    await history.close();
    assert.equal(records.filter(({ level }) => level === "error").length, 1);
  });
});

Deno.test("files that follow from others are made again when they are damaged or gone", async () => {
  await using folder = await filledFolder("segments");
  const first = await openHistory({ dir: folder.path });
  await appendAll(first, ["fifth"]);
  await first.close();
  const rows: readonly (readonly [path: string, keepsEpoch: boolean])[] = [
    ["history/catalog.jsonl", false],
    ["history/history.json", false],
    [`keys/${first.parts.device.id}.json`, true],
  ];
  for (const [path, keepsEpoch] of rows) {
    for (const damage of ["gone", "empty", "changed"]) {
      await using copy = await TempFolder.copyOf(folder.path);
      const full = join(copy.path, path);
      const bytes = await Deno.readFile(full);
      bytes[20] = bytes[20]! ^ 1;
      if (damage === "gone") await Deno.remove(full);
      else await Deno.writeFile(full, damage === "empty" ? new Uint8Array() : bytes);
      const history = await openHistory({ dir: copy.path });
      assert.deepEqual(texts(await history.read("lobby", 0, 10)), [...BODIES, "fifth"], path);
      assert.deepEqual(texts(await history.read("garden", 0, 10)), ["elsewhere"], path);
      if (damage !== "changed") assert.equal(history.epoch === first.epoch, keepsEpoch, path);
      const { stored } = await history.append(draft("sixth"));
      assert.equal(stored.event.content.chatnode?.seq, 6, path);
      await history.close();
    }
  }
});

Deno.test("a key that cannot be read is not replaced", async () => {
  await using folder = await filledFolder("journal");
  await Deno.writeTextFile(join(folder.path, "keys/device.pem"), "nonsense");
  await assert.rejects(() => openHistory({ dir: folder.path }), {
    code: "history/corrupt",
    message: /no device key/,
  });
});

Deno.test("a damaged line of a closed journal is told of when it is missed in reading", async () => {
  await using folder = await TempFolder.make();
  // No worker that seals: whoever reads finds out first.
  const worker = new URL("./silent_worker.ts", import.meta.url);
  const first = await openHistory({ dir: folder.path, worker, journalBytes: 2_000 });
  for (let index = 0; index < 12; index++) await appendAll(first, [`text ${index}`]);
  await first.close();
  const path = join(folder.path, "history/journal/00000001.jsonl");
  const bytes = await Deno.readFile(path);
  const at = new TextDecoder().decode(bytes).indexOf("text 1");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
  const history = await openHistory({ dir: folder.path, worker, journalBytes: 2_000 });
  const found = texts(await history.read("lobby", 0, 100));
  assert.deepEqual(found.slice(0, 2), ["text 0", "text 2"]);
  const quarantine = join(folder.path, "history/quarantine");
  await eventually("it is kept", () => Deno.stat(quarantine).then(() => true, () => undefined));
  await history.close();
});
