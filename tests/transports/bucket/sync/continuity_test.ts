import assert from "node:assert/strict";
import { join } from "node:path";
import { isContinued, noteContinuity } from "../../../../src/transports/bucket/sync/continuity.ts";
import { test } from "../../../harness/test.ts";
import { copyInto, TempFolder } from "../../../history/temp_folder.ts";

const at = ({ path }: TempFolder) => ({ data: path, epoch: "one" });

test("a folder whose history has another epoch is not continued", async () => {
  await using folder = await TempFolder.make();
  noteContinuity(at(folder), "one");
  assert.equal(isContinued({ ...at(folder), epoch: "two" }), false);
});

test("a folder that was never noted, or is noted, or noted again", async () => {
  await using folder = await TempFolder.make();
  assert.equal(isContinued(at(folder)), false);
  noteContinuity(at(folder), "one");
  assert.equal(isContinued(at(folder)), true);
  noteContinuity(at(folder), "two");
  assert.equal(isContinued(at(folder)), true);
});

const RESTORES: readonly {
  readonly why: string;
  readonly restore: (from: string, to: string) => Promise<void>;
}[] = [
  {
    why: "into a new folder",
    restore: async (from, to) => {
      await Deno.remove(to, { recursive: true });
      await copyInto(from, to);
    },
  },
  {
    why: "over the files that are there, which keep their inodes",
    restore: async (from, to) => {
      for (const name of ["continuity", "continuity.json"]) {
        const bytes = await Deno.readFile(join(from, "sync", name));
        await Deno.writeFile(join(to, "sync", name), bytes);
        const { mtime } = await Deno.stat(join(from, "sync", name));
        await Deno.utime(join(to, "sync", name), mtime ?? 0, mtime ?? 0);
      }
    },
  },
  {
    why: "only what differs, by renaming",
    restore: async (from, to) => {
      for (const name of ["continuity", "continuity.json"]) {
        await Deno.copyFile(join(from, "sync", name), join(to, "sync", `${name}.restored`));
        await Deno.rename(join(to, "sync", `${name}.restored`), join(to, "sync", name));
      }
    },
  },
  {
    why: "without the folder sync/",
    restore: (_, to) => Deno.remove(join(to, "sync"), { recursive: true }),
  },
];

for (const { why, restore } of RESTORES) {
  test(`a folder that comes back from a backup is found out: ${why}`, async () => {
    await using folder = await TempFolder.make();
    await using backup = await TempFolder.make();
    noteContinuity(at(folder), "before");
    await copyInto(folder.path, backup.path);
    // Something is published after the backup.
    noteContinuity(at(folder), "after");
    await restore(backup.path, folder.path);
    assert.equal(isContinued(at(folder)), false);
    noteContinuity(at(folder), "again");
    assert.equal(isContinued(at(folder)), true);
  });
}

test("a folder that cannot be written is not continued, and nothing is thrown", async () => {
  await using folder = await TempFolder.make();
  await Deno.writeTextFile(join(folder.path, "sync"), "a file in the way");
  noteContinuity(at(folder), "one");
  assert.equal(isContinued(at(folder)), false);
});
