/** Nothing leads out of the folder, and nothing in it that is no object passes for one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FolderBucket } from "../../../../../src/transports/bucket/stores/local/bucket.ts";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";
import { test } from "../../../../harness/test.ts";
import { world } from "../world.ts";
import { bytes, keysOf, withBucket } from "./folder.ts";

const CALLS: Readonly<Record<string, (bucket: FolderBucket, key: string) => Promise<unknown>>> = {
  put: (bucket, key) => bucket.put(key, bytes("x")),
  "put absent": (bucket, key) => bucket.put(key, bytes("x"), { condition: { kind: "absent" } }),
  "put match": (bucket, key) =>
    bucket.put(key, bytes("x"), { condition: { kind: "match", etag: "e" } }),
  get: (bucket, key) => bucket.get(key),
  head: (bucket, key) => bucket.head(key),
};

test("folder bucket: a symbolic link to a folder is not followed", () =>
  withBucket(async (bucket, path) => {
    await using outside = await TempFolder.make();
    await Deno.writeTextFile(join(outside.path, "secret"), "secret");
    await Deno.mkdir(join(outside.path, "deeper"));
    await Deno.symlink(outside.path, join(path, "link"));
    for (const key of ["link/secret", "link/new", "link/deeper/new"]) {
      for (const [name, call] of Object.entries(CALLS)) {
        await assert.rejects(() => call(bucket, key), { code: "bucket/refused" }, `${name} ${key}`);
      }
      await assert.rejects(() => bucket.delete(key), { code: "bucket/refused" });
    }
    assert.deepEqual(await keysOf(bucket), []);
    assert.deepEqual(
      Array.from(Deno.readDirSync(outside.path), ({ name }) => name).sort(),
      ["deeper", "secret"],
    );
  }));

test("folder bucket: a link to a file, and a broken one, are no objects", () =>
  withBucket(async (bucket, path) => {
    await using outside = await TempFolder.make();
    const secret = join(outside.path, "secret");
    await Deno.writeTextFile(secret, "secret");
    await Deno.symlink(secret, join(path, "file"));
    await Deno.symlink(join(outside.path, "nothing"), join(path, "broken"));
    for (const key of ["file", "broken"]) {
      for (const [name, call] of Object.entries(CALLS)) {
        await assert.rejects(() => call(bucket, key), { code: "bucket/refused" }, `${name} ${key}`);
      }
    }
    assert.deepEqual(await keysOf(bucket), []);
    assert.equal(await Deno.readTextFile(secret), "secret");
    await assert.rejects(() => Deno.stat(join(outside.path, "nothing")), Deno.errors.NotFound);
  }));

test("folder bucket: the folder itself may be reached by a link", async () => {
  await using folder = await TempFolder.make();
  await withBucket(async (bucket, path) => {
    const link = join(folder.path, "link");
    await Deno.symlink(path, link);
    await bucket.put("a", bytes("x"));
    await using other = await openFolder(link, world());
    assert.equal(other.folder, await Deno.realPath(path));
    assert.equal((await other.head("a"))?.size, 1);
  });
});

test("folder bucket: a named pipe neither blocks nor passes for an object", () =>
  withBucket(async (bucket, path) => {
    const made = await new Deno.Command("mkfifo", { args: [join(path, "pipe")] }).output();
    assert.ok(made.success);
    for (const [name, call] of Object.entries(CALLS)) {
      await assert.rejects(() => call(bucket, "pipe"), { code: "bucket/refused" }, name);
    }
    assert.deepEqual(await keysOf(bucket), []);
  }));

test("folder bucket: what a folder cannot hold is refused, clearly", () =>
  withBucket(async (bucket) => {
    await bucket.put("file", bytes("x"));
    await bucket.put("folder/file", bytes("x"));
    const rows: readonly (readonly [string, string, RegExp])[] = [
      [`${"x".repeat(256)}/a`, "bucket/key", /longer than 255 bytes/],
      ["\u00e4".repeat(128), "bucket/key", /longer than 255 bytes/],
      [".chatnode/lock", "bucket/key", /kept for the bucket itself/],
      [".chatnode", "bucket/key", /kept for the bucket itself/],
      ["file/below", "bucket/refused", /file/],
      ["folder", "bucket/refused", /folder/],
    ];
    for (const [key, code, message] of rows) {
      for (const name of ["put", "put absent"]) {
        await assert.rejects(async () => await CALLS[name]?.(bucket, key), { code, message }, key);
      }
    }
    assert.equal(await bucket.head("folder"), undefined);
    assert.equal(await bucket.get("file/below"), undefined);
    await bucket.delete("folder");
    await bucket.delete("file/below");
    assert.deepEqual(await keysOf(bucket), ["file", "folder/file"]);
    assert.ok((await bucket.put("x".repeat(255), bytes("x"))).outcome === "stored");
  }));

test("folder bucket: files that cannot be keys are left alone", () =>
  withBucket(async (bucket, path) => {
    await Deno.writeTextFile(join(path, "line\nend"), "x");
    await Deno.writeTextFile(join(path, "good"), "x");
    assert.deepEqual(await keysOf(bucket), ["good"]);
  }));

test("folder bucket: one that is made is for its owner alone", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "new");
  await using _bucket = await openFolder(path, world());
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o700);
});
