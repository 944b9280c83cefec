/** FUSE puts a file that somebody has open out of the way before it replaces it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FolderBucket } from "../../../../../src/transports/bucket/stores/local/bucket.ts";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { inTime } from "../../../../harness/eventually.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";
import { test } from "../../../../harness/test.ts";
import { world } from "../world.ts";
import { bytes } from "./folder.ts";

const LOOKS: Readonly<Record<string, (bucket: FolderBucket) => Promise<unknown>>> = {
  get: async (bucket) => {
    const object = await bucket.get("count");
    await object?.body.cancel();
    return object?.key;
  },
  head: async (bucket) => (await bucket.head("count"))?.key,
};

for (const [name, look] of Object.entries(LOOKS)) {
  test(`folder bucket: ${name} finds what is being replaced on a file system without links`, async () => {
    await using folder = await TempFolder.make();
    const path = join(folder.path, "bucket");
    const link = () => Promise.reject(new Deno.errors.NotSupported("Operation not supported"));
    // Asked for between two looks at a lock that somebody else holds.
    const waits = Promise.withResolvers<void>();
    const random = () => {
      waits.resolve();
      return 0;
    };
    await using bucket = await openFolder(path, { ...world(), random, link });
    await bucket.put("count", bytes("1"));
    using writer = await Deno.open(join(path, ".chatnode", "lock"), { write: true, create: true });
    await writer.lock(true);
    await Deno.rename(join(path, "count"), join(path, ".fuse_hidden"));
    const looking = look(bucket);
    await inTime("a look at the lock", Promise.race([waits.promise, looking]));
    await Deno.rename(join(path, ".fuse_hidden"), join(path, "count"));
    await writer.unlock();
    assert.equal(await inTime("the second look", looking), "count");
  });
}
