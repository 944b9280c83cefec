/** Files that come and go: their names, their places, what a disk does to them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { numbered, safeFileName } from "../../../src/commands/xmpp/file_name.ts";
import { ReceivedFile } from "../../../src/commands/xmpp/received_file.ts";
import { SentFile } from "../../../src/commands/xmpp/sent_file.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { canMount, HOW_TO_MOUNT, SmallDisk } from "../../process/small_disk.ts";
import { test } from "../../harness/test.ts";

const NAMES: readonly (readonly [string, string, string])[] = [
  ["notes.txt", "notes.txt", "as it is"],
  ["../../etc/passwd", "passwd", "no way up"],
  ["/etc/shadow", "shadow", "no way to the root"],
  ["C:\\Windows\\system.ini", "system.ini", "no way on Windows"],
  ["a/b/..", "file", "no folder"],
  ["", "file", "a name at all"],
  [".bashrc", "bashrc", "nothing hidden"],
  ["..", "file", "no folder above"],
  ["  . .x", "x", "nothing hidden behind spaces"],
  ["-rf", "_rf", "no option"],
  ["photo\u202egnp.exe", "photognp.exe", "no turned direction"],
  ["a\u0000b\nc\u001b[31m.txt", "abc[31m.txt", "no controls"],
  ["a\u200bb\ufeff", "ab", "nothing invisible"],
  ["x\ud800.txt", "x.txt", "no half characters"],
  ["con.txt", "_con.txt", "no device"],
  ["file.txt:stream", "file.txt_stream", "no second stream"],
  ['a?*<>|"b', "a______b", "nothing that shells expand"],
  ["e\u0301.txt", "\u00e9.txt", "one form"],
  ["name. . .", "name", "no end that is lost"],
];

for (const [said, name, why] of NAMES) {
  test(`file name: ${why}`, () => assert.equal(safeFileName(said), name));
}

test("file name: short enough for file systems, with its ending", () => {
  const name = safeFileName(`${"\u00e4".repeat(500)}.tar.gz`);
  assert.ok(new TextEncoder().encode(name).length <= 200);
  assert.ok(name.endsWith(".gz"));
  assert.equal(numbered("a.txt", 1), "a.txt");
  assert.equal(numbered("a.txt", 2), "a (2).txt");
  assert.equal(numbered("a", 3), "a (3)");
});

test("file name: whatever is said, it is one visible part of a path", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("/", "\\", "..", ".", "a", "\u0000", "\u202e", " ", "-", ":"))
      .map((parts) => parts.join("")),
  );
  fc.assert(fc.property(texts, (said) => {
    const name = safeFileName(said);
    assert.ok(name !== "" && name !== "." && name !== "..");
    assert.ok(!/[/\\\p{C}]|^[-. ]|[. ]$/u.test(name), JSON.stringify(name));
    assert.equal(join("/folder", name), `/folder/${name}`);
    assert.ok(new TextEncoder().encode(name).length <= 201);
  }));
});

const receiving = (folder: string, name: string) => ({
  ...{ folder, name, uuid: () => crypto.randomUUID(), now: () => Date.now() },
});

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

test("received: under its name once it is whole, readable for its owner alone", async () => {
  await withDataFolder(async (folder) => {
    const file = await ReceivedFile.create(receiving(join(folder, "new"), "../a.txt"));
    await file.write(new TextEncoder().encode("hello "));
    await file.write(new TextEncoder().encode("world"));
    assert.equal(file.path, undefined);
    assert.deepEqual((await namesIn(join(folder, "new"))).filter((name) => name === "a.txt"), []);
    await file.keep();
    await file.discard();
    assert.equal(file.path, join(folder, "new/a.txt"));
    assert.equal(await Deno.readTextFile(file.path), "hello world");
    assert.equal(((await Deno.stat(file.path)).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual(await namesIn(join(folder, "new")), ["a.txt"]);
    assert.deepEqual(await namesIn(folder), ["new"]);
  });
});

test("received: nothing is overwritten, not even what a link leads to", async () => {
  await withDataFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.txt"), "mine");
    await Deno.symlink(join(folder, "elsewhere"), join(folder, "a (2).txt"));
    const file = await ReceivedFile.create(receiving(folder, "a.txt"));
    await file.write(new Uint8Array([1]));
    await file.keep();
    assert.equal(file.path, join(folder, "a (3).txt"));
    assert.equal(await Deno.readTextFile(join(folder, "a.txt")), "mine");
    assert.deepEqual(await namesIn(folder), ["a (2).txt", "a (3).txt", "a.txt"]);
  });
});

test("received: what is not wanted leaves nothing, what a crash left goes later", async () => {
  await withDataFolder(async (folder) => {
    const left = join(folder, `.chatnode-${crypto.randomUUID()}.part`);
    await Deno.writeTextFile(left, "half");
    const file = await ReceivedFile.create(receiving(folder, "a.txt"));
    await file.write(new Uint8Array([1]));
    await file.discard();
    await file.discard();
    assert.deepEqual(await namesIn(folder), [left.slice(folder.length + 1)]);
    const later = { ...receiving(folder, "b"), now: () => Date.now() + 8 * 24 * 3_600_000 };
    await (await ReceivedFile.create(later)).discard();
    assert.deepEqual(await namesIn(folder), []);
  });
});

test("received: a folder that is none", async () => {
  await withDataFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await assert.rejects(ReceivedFile.create(receiving(join(folder, "file"), "a")), {
      code: "client/file",
    });
  });
});

const mountable = await canMount();

if (mountable) {
  test("received: a disk that fills up is told, and nothing is left on it", async () => {
    await withDataFolder(async (folder) => {
      await using disk = await SmallDisk.mount(join(folder, "disk"), 1);
      const file = await ReceivedFile.create(receiving(disk.folder, "a.bin"));
      const block = new Uint8Array(64 * 1024);
      const writing = (async () => {
        for (let count = 0; count < 32; count += 1) await file.write(block);
      })();
      await assert.rejects(writing, {
        code: "client/file",
        message: "Cannot keep the file: the disk is full",
      });
      await file.discard();
      assert.deepEqual(await namesIn(disk.folder), []);
    });
  });
} else {
  Deno.test({ name: `received: a full disk (${HOW_TO_MOUNT})`, ignore: true, fn: () => {} });
}

test("sent: what a file is, and its bytes in blocks", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "Report.PDF");
    await Deno.writeTextFile(path, "0123456789");
    const { signal } = new AbortController();
    using file = await SentFile.open(path, 10, signal);
    assert.equal(file.facts.name, "Report.PDF");
    assert.equal(file.facts.size, 10);
    assert.equal(file.facts.mediaType, "application/pdf");
    const blocks = await Array.fromAsync(file.blocks(4), (bytes) => bytes.length);
    assert.deepEqual(blocks, [4, 4, 2]);
    await Deno.writeTextFile(path, "0123456789 and more");
    const later = await Array.fromAsync(file.blocks(8), (bytes) => bytes.length);
    assert.deepEqual(later, [8, 2], "no more than was offered");
    await assert.rejects(SentFile.open(path, 10, signal), /it is over 10 bytes/);
    await assert.rejects(SentFile.open(folder, 10, signal), /it is no file/);
    await assert.rejects(SentFile.open(join(folder, "none"), 10, signal), /there is none/);
    await assert.rejects(SentFile.open(path, 99, AbortSignal.abort()), { name: "AbortError" });
  });
});
