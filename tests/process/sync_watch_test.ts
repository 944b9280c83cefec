/** The real process: `chatnode sync --watch`, ended in good order and killed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { verifyHistory } from "../../src/history/verify.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { runProgram } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { SeededRandom, testSeed } from "./crash/random.ts";
import { numbered, say, textsOf } from "./sync_folders.ts";
import { Watch } from "./sync_watcher.ts";

/** How long a process may take to do its part on a busy machine, milliseconds. */
const PATIENCE = 60_000;

/** Waits until a folder that another process has holds so many events. */
async function holds(data: string, count: number): Promise<void> {
  await eventually(`${data} holds ${count}`, async () => {
    const { code, stdout } = await runProgram(["history", "stat", "--data", data, "--json"]);
    return code === 0 && JSON.parse(stdout).events === count;
  }, PATIENCE);
}

test("two watchers store and fetch while both run, and end with 0 at SIGTERM", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 20));
    await say(b, "b", numbered("b", 0, 10));
    {
      await using first = new Watch(a, bucket, ["--json"]);
      await using second = new Watch(b, bucket);
      // Each has what the other one has stored, and nobody had to start again.
      await holds(a, 30);
      await holds(b, 30);
      const ended = await first.end("SIGTERM");
      assert.deepEqual([ended.code, ended.signal], [0, null], ended.stderr);
      const status = JSON.parse(ended.stdout);
      assert.deepEqual([status.pushed.events, status.pulled.events], [20, 10]);
      const { code, stdout } = await second.end("SIGINT");
      assert.equal(code, 0);
      assert.match(stdout, /^taken in +20$/m);
    }
    for (const data of [a, b]) {
      assert.deepEqual(await textsOf(data), [...numbered("a", 0, 20), ...numbered("b", 0, 10)]);
      assert.deepEqual((await verifyHistory({ dir: data })).faults, []);
    }
  }));

test("a watcher that only stores fetches nothing, one that only fetches stores nothing", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 5));
    await say(b, "b", numbered("b", 0, 5));
    await using first = new Watch(a, bucket, ["--push", "--json"]);
    await using second = new Watch(b, bucket, ["--pull", "--json"]);
    await holds(b, 10);
    const [pushed, pulled] = [await first.end("SIGTERM"), await second.end("SIGTERM")];
    const counts = ({ stdout }: { stdout: string }) => {
      const { pushed, pulled } = JSON.parse(stdout);
      return [pushed.events, pulled.events];
    };
    assert.deepEqual([pushed.code, pulled.code], [0, 0], pushed.stderr + pulled.stderr);
    assert.deepEqual([counts(pushed), counts(pulled)], [[5, 0], [0, 5]]);
  }));

test("watchers that are killed again and again lose nothing and double nothing", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    const seed = testSeed();
    console.log(`CHATNODE_TEST_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const rounds = 4;
    for (let round = 0; round < rounds; round++) {
      await say(a, "a", numbered("a", round * 20, round * 20 + 20));
      await say(b, "b", numbered("b", round * 20, round * 20 + 20));
      await using first = new Watch(a, bucket);
      await using second = new Watch(b, bucket);
      // Moments that nobody chose: while it starts, stores, fetches or waits.
      await new Promise((resolve) => setTimeout(resolve, random.integer(200, 2_000)));
      await Promise.all([first.end("SIGKILL"), second.end("SIGKILL")]);
    }
    {
      await using first = new Watch(a, bucket);
      await using second = new Watch(b, bucket);
      await Promise.all([first.begun(), second.begun()]);
      await holds(a, 2 * rounds * 20);
      await holds(b, 2 * rounds * 20);
      assert.equal((await first.end("SIGTERM")).code, 0);
      assert.equal((await second.end("SIGTERM")).code, 0);
    }
    const all = [...numbered("a", 0, rounds * 20), ...numbered("b", 0, rounds * 20)];
    for (const data of [a, b]) {
      assert.deepEqual(await textsOf(data), all);
      assert.deepEqual((await verifyHistory({ dir: data })).faults, []);
    }
    const again = await runProgram(["sync", "--data", a, "--bucket", bucket, "--json"]);
    const { pushed, pulled, conflicts } = JSON.parse(again.stdout);
    assert.deepEqual([pushed.events, pulled.events, conflicts], [0, 0, 0]);
  }));

test("a watcher that is ended while it begins ends with 0, too", () =>
  withDataFolder(async (folder) => {
    const [a, bucket] = [join(folder, "a"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 2_000));
    await using watch = new Watch(a, bucket);
    await watch.begun();
    const { code, stderr } = await watch.end("SIGTERM");
    assert.equal(code, 0, stderr);
    const again = await runProgram(["sync", "--data", a, "--bucket", bucket, "--json"]);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(JSON.parse(again.stdout).conflicts, 0);
  }));
