/** The self-extracting executable: what is damaged is never run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "../harness/test.ts";
import { withFolder } from "./launch.ts";
import { altered, assertRan, modeOf, names, onlyVersion, version } from "./unpacked.ts";

const DAMAGE: readonly {
  readonly why: string;
  readonly change: (bytes: Uint8Array) => Uint8Array;
}[] = [
  {
    why: "a flipped bit in the archive",
    change: (bytes) => {
      const at = bytes.length - 5_000_000;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    },
  },
  { why: "a download that stopped", change: (bytes) => bytes.subarray(0, 20_000_000) },
  { why: "no archive at all", change: (bytes) => bytes.subarray(0, bytes.indexOf(0x1f)) },
  {
    why: "something behind it",
    change: (bytes) => {
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      return longer;
    },
  },
];
for (const { why, change } of DAMAGE) {
  test("a damaged file is refused by its checksum", async () => {
    await withFolder(async (home) => {
      const path = await altered(home, change);
      const { code, stdout, stderr } = await version({ cwd: home, env: { HOME: home } }, path);
      assert.equal(
        stderr,
        `chatnode: Cannot start ${path}: it is damaged, its checksum does not match.\n` +
          "  Get or build it again.\n",
      );
      assert.deepEqual([code, stdout], [1, ""]);
      assert.deepEqual(await names(join(home, ".cache/chatnode")), ["lock"]);
    });
  }, { why });
}

test("a script that was cut off does nothing", async () => {
  await withFolder(async (home) => {
    for (const part of [0.3, 0.6, 0.9]) {
      const path = await altered(home, (bytes) => {
        const script = bytes.indexOf(0x1f);
        return bytes.subarray(0, Math.floor(script * part));
      });
      const { stdout } = await version({ cwd: home, env: { HOME: home } }, path);
      assert.equal(stdout, "");
      assert.equal(await Deno.stat(join(home, ".cache")).catch(() => undefined), undefined);
    }
  });
});

const SPOILED: readonly {
  readonly why: string;
  readonly spoil: (unpacked: string) => Promise<void>;
}[] = [
  {
    why: "a power cut left the runtime short",
    spoil: (unpacked) => Deno.truncate(join(unpacked, "deno"), 4096),
  },
  { why: "a file is gone", spoil: (unpacked) => Deno.remove(join(unpacked, "chatnode.js")) },
  {
    why: "others may write to the folder, and might have",
    spoil: (unpacked) => Deno.chmod(unpacked, 0o777),
  },
];
for (const { why, spoil } of SPOILED) {
  test("what was unpacked is replaced when it cannot be relied on", async () => {
    await withFolder(async (home) => {
      assertRan(await version({ cwd: home, env: { HOME: home } }));
      const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
      await spoil(unpacked);
      assertRan(await version({ cwd: home, env: { HOME: home } }));
      assert.equal(await onlyVersion(join(home, ".cache/chatnode")), unpacked);
      assert.equal(await modeOf(unpacked), 0o700);
    });
  }, { why });
}
