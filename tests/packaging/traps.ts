/** The self-extracting executable: folders that somebody else prepared for it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { IS_ROOT, OTHER, STRANGER, withFolder } from "./launch.ts";
import { assertRan, names, onlyVersion, testWhere, version } from "./unpacked.ts";

const TRAPS: readonly {
  readonly why: string;
  readonly set: (cache: string) => Promise<void>;
}[] = [
  {
    why: "a folder of somebody else, open to everybody",
    set: async (cache) => {
      await Deno.mkdir(cache);
      await Deno.chmod(cache, 0o777);
      await Deno.chown(cache, OTHER, OTHER);
    },
  },
  {
    why: "an own folder that everybody may write to",
    set: async (cache) => {
      await Deno.mkdir(cache);
      await Deno.chmod(cache, 0o777);
      await Deno.chown(cache, STRANGER, STRANGER);
    },
  },
  {
    why: "a link to a folder of somebody else's choice",
    set: async (cache) => {
      await Deno.mkdir(`${cache}-target`);
      await Deno.chown(`${cache}-target`, STRANGER, STRANGER);
      await Deno.symlink(`${cache}-target`, cache);
    },
  },
];
for (const { why, set } of TRAPS) {
  // Only root can set it.
  testWhere(
    IS_ROOT,
    `a trap in the place of the cache folder is not stepped into: ${why}`,
    async () => {
      await withFolder(async (home) => {
        const cache = join(home, "cache");
        await set(cache);
        assertRan(await version({ cwd: home, env: { HOME: home } }));
        const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
        // A program of the other user's at the very place where ours would be.
        const bait = join(cache, unpacked.slice(-32));
        await Deno.mkdir(bait);
        for (const name of await names(unpacked)) {
          const { size, isFile } = await Deno.stat(join(unpacked, name));
          if (!isFile) continue;
          await Deno.writeTextFile(join(bait, name), "#!/bin/sh\necho trapped\n");
          await Deno.truncate(join(bait, name), size);
          await Deno.chmod(join(bait, name), 0o755);
          await Deno.chown(join(bait, name), OTHER, OTHER);
        }
        await Deno.chown(bait, OTHER, OTHER);

        const ended = await version({ cwd: home, env: { HOME: home, CHATNODE_CACHE: cache } });
        assert.match(ended.stdout, /^chatnode +\d/);
        assert.equal(
          ended.stderr,
          "chatnode: Cannot use CHATNODE_CACHE: it belongs to somebody else, or others may write " +
            "to it.\n",
        );
      });
    },
  );
}
