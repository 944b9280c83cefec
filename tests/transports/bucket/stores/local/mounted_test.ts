/** A bucket in a mounted folder: everything goes over SFTP, and there are no hard links. */
import { join } from "node:path";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { testBucket } from "../../../../conformance/bucket.ts";
import { canMountFuse, SshFolder } from "../../../../harness/sshfs.ts";
import { world } from "../world.ts";

const ABILITIES = { putIfAbsent: true, putIfMatch: true, delete: true };

if (await canMountFuse()) {
  testBucket("folder over sshfs, without links", {
    async start() {
      const mounted = await SshFolder.mount("disable_hardlink");
      let fresh = 0;
      return {
        async fresh() {
          const path = join(mounted.path, `${fresh++}`);
          const bucket = await openFolder(path, world());
          return {
            bucket,
            abilities: ABILITIES,
            another: () => openFolder(path, world()),
            [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
          };
        },
        [Symbol.asyncDispose]: () => mounted[Symbol.asyncDispose](),
      };
    },
  });
} else {
  Deno.test({ name: "bucket, folder over sshfs: /dev/fuse is needed", ignore: true, fn() {} });
}
