/** Writers that die, disks that are full, folders that go away. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";
import { canMount, HOW_TO_MOUNT, SmallDisk } from "../../../../process/small_disk.ts";
import { eventually } from "../../../../harness/eventually.ts";
import { test } from "../../../../harness/test.ts";
import { world } from "../world.ts";
import { bytes, keysOf, withBucket } from "./folder.ts";

const CHILD = new URL("./crash_child.ts", import.meta.url).pathname;

function child(...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", CHILD, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function textOf(bucket: Awaited<ReturnType<typeof openFolder>>, key: string) {
  const object = await bucket.get(key);
  return object === undefined ? undefined : await new Response(object.body).text();
}

test("folder bucket: a writer that is killed leaves whole objects and nothing else", () =>
  withBucket(async (bucket, path) => {
    for (let round = 1; round <= 4; round++) {
      const writer = child(path, "store", "100000");
      let said = "";
      for await (const chunk of writer.stdout.pipeThrough(new TextDecoderStream())) {
        said += chunk;
        if (said.split("\n").length > 30 * round) writer.kill("SIGKILL");
      }
      await writer.status;
      const done = said.split("\n").slice(0, -1).map((line) => line.split("\t"));
      assert.ok(done.length >= 30 * round);
      for (const [key = "", size] of done) {
        assert.equal((await bucket.head(key))?.size, Number(size), "what was said is there");
      }
    }
    for (const key of await keysOf(bucket)) {
      const lines = new Set((await textOf(bucket, key))?.split("\n"));
      assert.equal(lines.size, 2, `${key} holds its own line, whole`);
      assert.ok(lines.has(key.replace(/^day \d\//, "").replace("_", " ")));
    }
  }));

test("folder bucket: processes count right together", () =>
  withBucket(async (bucket, path) => {
    await bucket.put("count", bytes("0"));
    const writers = Array.from({ length: 3 }, () => child(path, "count", "20"));
    const ended = await Promise.all(writers.map((writer) => writer.output()));
    assert.ok(ended.every(({ success }) => success));
    assert.equal(await textOf(bucket, "count"), "60");
  }));

test("folder bucket: leftovers are no objects, and old ones are tidied up", () =>
  withBucket(async (bucket, path) => {
    const staging = join(path, ".chatnode", "staging");
    await Deno.writeTextFile(join(staging, "old"), "torn");
    await Deno.utime(join(staging, "old"), new Date(), new Date(Date.now() - 2 * 3_600_000));
    await Deno.writeTextFile(join(staging, "young"), "of a writer that is at work");
    assert.deepEqual(await keysOf(bucket), []);
    await using _again = await openFolder(path, world());
    assert.deepEqual(Array.from(Deno.readDirSync(staging), ({ name }) => name), ["young"]);
  }));

test("folder bucket: tidying up under a writer costs it another attempt", () =>
  withBucket(async (bucket, path) => {
    const staging = join(path, ".chatnode", "staging");
    let over = false;
    const tidying = (async () => {
      while (!over) {
        for await (const { name } of Deno.readDir(staging)) {
          await Deno.remove(join(staging, name)).catch(() => undefined);
        }
      }
    })();
    const keys = Array.from({ length: 60 }, (_, n) => `k${n}`);
    const storing = keys.map((key) => bucket.put(key, bytes(key)).then(() => true, () => false));
    const stored = await Promise.all(storing);
    over = true;
    await tidying;
    // Some may have given up, saying so; what was acknowledged is there.
    assert.ok(stored.includes(true));
    for (const [at, key] of keys.entries()) {
      if (stored[at]) assert.equal(await textOf(bucket, key), key);
    }
  }));

test("folder bucket: folders that others remove as empty are made again", () =>
  withBucket(async (bucket, path) => {
    await using other = await openFolder(path, world());
    await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 25; round++) {
        const on = writer % 2 === 0 ? bucket : other;
        const key = `a/b/c/${writer}`;
        await on.put(key, bytes(`${round}`), { condition: { kind: "absent" } });
        assert.equal(await textOf(bucket, key), `${round}`);
        await on.delete(key);
      }
    }));
    assert.deepEqual(await keysOf(bucket), []);
    assert.deepEqual(Array.from(Deno.readDirSync(path), ({ name }) => name), [".chatnode"]);
  }));

test("folder bucket: a folder that has gone is missing, not empty", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "bucket");
  await using bucket = await openFolder(path, world());
  await bucket.put("a", bytes("x"));
  await Deno.remove(path, { recursive: true });
  const code = { code: "bucket/missing" };
  await assert.rejects(() => bucket.list({ prefix: "" }), code);
  await assert.rejects(() => bucket.put("a/b", bytes("x")), code);
  await assert.rejects(() => bucket.get("a/b"), code);
  await assert.rejects(() => Deno.stat(path), Deno.errors.NotFound, "it is not made again");
});

test("folder bucket: its own corner may be removed under it", () =>
  withBucket(async (bucket, path) => {
    await Deno.remove(join(path, ".chatnode"), { recursive: true });
    await bucket.put("a", bytes("x"), { condition: { kind: "absent" } });
    await bucket.put("a", bytes("y"));
    assert.equal(await textOf(bucket, "a"), "y");
  }));

test("folder bucket: a large object that is replaced at once has another etag", () =>
  withBucket(async (bucket) => {
    const etags = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const result = await bucket.put("large", bytes("x".repeat(100_000)));
      assert.ok(result.outcome === "stored");
      assert.equal((await bucket.head("large"))?.etag, result.etag);
      etags.add(result.etag);
    }
    assert.equal(etags.size, 12);
  }));

test("folder bucket: what is cut while it is read is noticed", () =>
  withBucket(async (bucket, path) => {
    await bucket.put("large", new Uint8Array(4 * 1024 * 1024));
    const reader = (await bucket.get("large"))?.body.getReader();
    await reader?.read();
    await Deno.truncate(join(path, "large"), 1_000_000);
    await assert.rejects(async () => {
      while (!(await reader?.read())?.done);
    }, { code: "bucket/corrupt" });
  }));

const mounts = await canMount();

Deno.test({
  name: mounts ? "folder bucket: a full disk" : `folder bucket: a full disk ${HOW_TO_MOUNT}`,
  ignore: !mounts,
  async fn() {
    await using folder = await TempFolder.make();
    await using disk = await SmallDisk.mount(join(folder.path, "disk"), 2);
    await using bucket = await openFolder(join(disk.folder, "bucket"), world());
    await bucket.put("before", bytes("x".repeat(5_000)));
    await disk.fill();
    const code = { code: "bucket/full" };
    const content = bytes("y".repeat(200_000));
    await assert.rejects(() => bucket.put("after", content), code);
    await assert.rejects(() => bucket.put("before", content), code);
    const condition = { kind: "absent" } as const;
    await assert.rejects(() => bucket.put("new/after", content, { condition }), code);
    assert.deepEqual(await keysOf(bucket), ["before"]);
    assert.equal((await textOf(bucket, "before"))?.length, 5_000);
    await disk.free();
    assert.equal((await bucket.put("after", content, { condition })).outcome, "stored");
    const staging = join(disk.folder, "bucket", ".chatnode", "staging");
    await eventually(
      "nothing torn is left",
      () => Array.from(Deno.readDirSync(staging)).length === 0,
    );
    await disk.makeReadOnly();
    await assert.rejects(() => bucket.put("more", content), { code: "bucket/forbidden" });
    assert.deepEqual(await keysOf(bucket), ["after", "before"]);
  },
});
