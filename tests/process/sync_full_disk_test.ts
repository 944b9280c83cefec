/** `chatnode sync` on disks without space: it says which, nothing is lost, and it goes on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { verifyHistory } from "../../src/history/verify.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { runProgram } from "../harness/server_process.ts";
import { canMount, HOW_TO_MOUNT, SmallDisk } from "./small_disk.ts";
import { numbered, say, textsOf } from "./sync_folders.ts";

const mounts = await canMount();
const COUNT = 2_000;

function sync(data: string, bucket: string, name: string) {
  return runProgram(["sync", "--data", data, "--bucket", bucket, "--name", name]);
}

/** Takes all space but a little: enough to begin with, not enough to end. */
async function fillBut(disk: SmallDisk, bytes: number): Promise<void> {
  const reserve = join(disk.folder, "reserve");
  await Deno.writeFile(reserve, new Uint8Array(bytes));
  await disk.fill();
  await Deno.remove(reserve);
}

diskTest("a bucket without space keeps nobody's messages half", async (folder) => {
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  await using disk = await SmallDisk.mount(join(folder, "disk"), 8);
  const bucket = join(disk.folder, "bucket");
  await say(a, "a", numbered("a", 0, 10));
  assert.equal((await sync(a, bucket, "a")).code, 0);
  await say(a, "a", numbered("a", 10, COUNT));
  await fillBut(disk, 64 * 1024);
  const full = await sync(a, bucket, "a");
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^chatnode: Cannot store .*: no space is left\.$/m);
  await disk.free();
  for (const [data, name] of [[a, "a"], [b, "b"]] as const) {
    const { code, stderr } = await sync(data, bucket, name);
    assert.equal(code, 0, stderr);
    assert.equal((await textsOf(data)).length, COUNT);
    assert.deepEqual((await verifyHistory({ dir: data })).faults, []);
  }
});

diskTest("a data folder without space takes nothing in, and all of it later", async (folder) => {
  const [a, bucket] = [join(folder, "a"), join(folder, "bucket")];
  await using disk = await SmallDisk.mount(join(folder, "disk"), 16);
  const b = join(disk.folder, "b");
  await say(a, "a", numbered("a", 0, COUNT));
  assert.equal((await sync(a, bucket, "a")).code, 0);
  assert.equal((await sync(b, bucket, "b")).code, 0);
  await say(a, "a", numbered("a", COUNT, 2 * COUNT));
  assert.equal((await sync(a, bucket, "a")).code, 0);
  await fillBut(disk, 512 * 1024);
  const full = await sync(b, bucket, "b");
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^chatnode: Cannot .*no space is left/m);
  assert.doesNotMatch(full.stderr, /Cannot go on|os error|at file:/);
  await disk.free();
  const { code, stderr } = await sync(b, bucket, "b");
  assert.equal(code, 0, stderr);
  assert.equal((await textsOf(b)).length, 2 * COUNT);
  assert.deepEqual((await verifyHistory({ dir: b })).faults, []);
});

function diskTest(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: mounts ? name : `${name} (${HOW_TO_MOUNT})`,
    ignore: !mounts,
    fn: () => withDataFolder(body),
    sanitizeOps: true,
    sanitizeResources: true,
  });
}
