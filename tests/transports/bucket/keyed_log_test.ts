import assert from "node:assert/strict";
import { join } from "node:path";
import { KeyedLog } from "../../../src/transports/bucket/verification/keyed_log.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";

async function entries(path: string): Promise<[string, number][]> {
  return Array.from((await KeyedLog.open<number>(path)).entries());
}

test("keyed log: the last change of a key holds, and removed ones are gone", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "log.jsonl");
    const log = await KeyedLog.open<number>(path);
    log.set("a", 1);
    log.set("b", 2);
    await log.save();
    log.set("a", 3);
    log.delete("b");
    log.set("c", 4);
    await log.save();
    assert.deepEqual(await entries(path), [["a", 3], ["c", 4]]);
    assert.deepEqual(Array.from(await KeyedLog.read<number>(path)), [["a", 3], ["c", 4]]);
  }));

test("keyed log: a damaged or torn line costs that line, and the file is made whole", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "log.jsonl");
    const log = await KeyedLog.open<number>(path);
    for (const key of ["a", "b", "c"]) log.set(key, 1);
    await log.save();
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, `${text.replace('"b",1', '"b",7')}["0000`);
    const damaged = await KeyedLog.open<number>(path);
    assert.deepEqual(Array.from(damaged.entries()), [["a", 1], ["c", 1]]);
    damaged.set("d", 1);
    await damaged.save();
    assert.deepEqual((await entries(path)).map(([key]) => key), ["a", "c", "d"]);
    assert.equal((await Deno.readTextFile(path)).split("\n").length, 4);
  }));

test("keyed log: the past does not grow without end", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "log.jsonl");
    const log = await KeyedLog.open<number>(path);
    for (let round = 0; round < 30; round++) {
      for (let key = 0; key < 100; key++) log.set(`key ${key}`, round);
      await log.save();
    }
    assert.ok((await Deno.readTextFile(path)).split("\n").length < 1_400);
    assert.deepEqual(new Set((await entries(path)).map(([, value]) => value)), new Set([29]));
  }));

test("keyed log: what could not be written is written the next time", () =>
  withDataFolder(async (folder) => {
    const inner = join(folder, "inner");
    const path = join(inner, "log.jsonl");
    const log = await KeyedLog.open<number>(path);
    log.set("a", 1);
    await Deno.remove(inner, { recursive: true });
    await assert.rejects(log.save());
    await Deno.mkdir(inner);
    await log.save();
    assert.deepEqual(await entries(path), [["a", 1]]);
  }));
