import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeEvent } from "../../../src/message/line.ts";
import { getLogger } from "../../../src/log.ts";
import {
  openQuarantine,
  readQuarantineCounts,
} from "../../../src/transports/bucket/verification/quarantine.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { Author, fileOf, keyOf, objectOf } from "./author.ts";
import { codesOf, Reader } from "./reader.ts";

const FOLDER = ["sync", "bucket", "quarantine"];

async function evidence(
  data: string,
): Promise<{ key: string; faults: { evidence: string[] }[] }[]> {
  const folder = join(data, ...FOLDER);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    name.endsWith(".json")
  );
  return await Promise.all(
    names.map(async (name) => JSON.parse(await Deno.readTextFile(join(folder, name)))),
  );
}

test("quarantine: of a fork both events are kept, and only that writer is shut out", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const [alpha, beta] = [new Author(1), new Author(2, "beta")];
    await reader.meet(alpha);
    await reader.meet(beta);
    const other = alpha.copy();
    const [one] = alpha.talk(1);
    const [two] = other.talk(1);
    await reader.pull(fileOf(alpha, [one!]));
    await reader.pull(fileOf(alpha, [two!]));
    const [kept] = await evidence(data);
    assert.deepEqual(kept?.faults[0]?.evidence, [encodeEvent(two!), encodeEvent(one!)]);
    assert.deepEqual(codesOf(await reader.pull(fileOf(alpha, alpha.talk(1)))), ["signer/forked"]);
    assert.deepEqual(codesOf(await reader.pull(fileOf(beta, beta.talk(2)))), []);
  }));

test("quarantine: what is trusted later is let out", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    const events = alpha.talk(3);
    const first = await reader.pull(fileOf(alpha, events));
    assert.deepEqual([first.accepted.length, first.held], [0, true]);
    assert.deepEqual(first.unknownDevices, [alpha.device]);
    assert.deepEqual(reader.quarantine.held().map(({ key }) => key), [first.key]);
    assert.deepEqual(await readQuarantineCounts(join(data, "sync", "bucket")), [
      { writer: alpha.device, code: "signer/unknown", count: 3, last: reader.clock.now() },
    ]);
    await reader.meet(alpha);
    const second = await reader.pull(fileOf(alpha, events));
    assert.equal(second.accepted.length, 3);
    assert.deepEqual(reader.quarantine.held(), []);
    assert.deepEqual(await evidence(data), []);
    assert.deepEqual(await readQuarantineCounts(join(data, "sync", "bucket")), []);
  }));

test("quarantine: verifying again counts nothing twice, and survives a restart", () =>
  withDataFolder(async (data) => {
    const alpha = new Author(1);
    const events = alpha.talk(1);
    const key = keyOf(events, alpha.device);
    for (let round = 0; round < 3; round++) {
      const reader = await Reader.open(data);
      await reader.meet(alpha);
      await reader.pull(objectOf(key, "rubbish\n"));
      assert.deepEqual(reader.quarantine.counts().map(({ code, count }) => [code, count]), [
        ["line/json", 1],
      ]);
    }
  }));

test("quarantine: a megabyte of one object's evidence is kept, not thirty", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    const events = alpha.talk(1);
    const rubbish = `${"x".repeat(300_000)}\n`.repeat(100);
    const verified = await reader.pull(objectOf(keyOf(events, alpha.device), rubbish));
    assert.equal(verified.faultCount, 101);
    const folder = join(data, ...FOLDER);
    let bytes = 0;
    for (const { name } of Deno.readDirSync(folder)) {
      bytes += Deno.statSync(join(folder, name)).size;
    }
    assert.ok(bytes > 1_000_000 && bytes < 1_200_000, String(bytes));
  }));

test("quarantine: notes that are only told keep nothing", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    await reader.meet(alpha);
    const [, second] = alpha.talk(2);
    assert.deepEqual(codesOf(await reader.pull(fileOf(alpha, [second!]))), ["chain/gap"]);
    assert.deepEqual(reader.quarantine.counts(), []);
    assert.deepEqual(await evidence(data), []);
  }));

test("quarantine: when it is full the first evidence stays, and counting goes on", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    const folder = join(data, "sync", "small");
    const options = { folder, clock: reader.clock, logger: getLogger(["test"]), mostObjects: 2 };
    const quarantine = await openQuarantine(options);
    for (let index = 1; index <= 5; index++) {
      const key = `rooms/lobby/logs/2026-01-02/messages_${index}_9_${alpha.device}.jsonl`;
      await quarantine.keep(await reader.verify(objectOf(key, "rubbish\n")));
    }
    assert.deepEqual(quarantine.counts().map(({ code, count }) => [code, count]), [[
      "line/json",
      5,
    ]]);
    const files = [...Deno.readDirSync(join(folder, "quarantine"))].filter(({ name }) =>
      name.endsWith(".json")
    );
    assert.equal(files.length, 2);
    const again = await openQuarantine(options);
    assert.deepEqual(again.counts(), quarantine.counts());
  }));

test("quarantine: one that is full counts an object once, too", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    const folder = join(data, "sync", "small");
    const options = { folder, clock: reader.clock, logger: getLogger(["test"]), mostObjects: 1 };
    const quarantine = await openQuarantine(options);
    const news: number[] = [];
    for (const index of [1, 2, 1, 2, 2]) {
      const key = `rooms/lobby/logs/2026-01-02/messages_${index}_9_${alpha.device}.jsonl`;
      news.push(await quarantine.keep(await reader.verify(objectOf(key, "rubbish\n"))));
    }
    assert.deepEqual(news, [1, 1, 0, 0, 0]);
    assert.deepEqual(quarantine.counts().map(({ count }) => count), [2]);
  }));
