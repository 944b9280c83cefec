import { systemClock } from "../../../../../src/clock.ts";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import type { Link } from "../../../../../src/transports/bucket/stores/local/publish.ts";
import { testBucket } from "../../../../conformance/bucket.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";

function testFolder(kind: string, link?: Link): void {
  const open = (path: string) =>
    openFolder(path, {
      clock: systemClock,
      random: Math.random,
      uuid: () => crypto.randomUUID(),
      ...(link === undefined ? {} : { link }),
    });
  testBucket(kind, {
    start: () =>
      Promise.resolve({
        async fresh() {
          const folder = await TempFolder.make();
          const bucket = await open(folder.path);
          return {
            bucket,
            abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
            another: () => open(folder.path),
            async [Symbol.asyncDispose]() {
              await bucket[Symbol.asyncDispose]();
              await folder[Symbol.asyncDispose]();
            },
          };
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  });
}

testFolder("folder");
// As on some network shares: what link(2) answers there.
testFolder(
  "folder without links",
  () => Promise.reject(new Deno.errors.NotSupported("Operation not supported")),
);
