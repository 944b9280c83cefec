/** A folder's bucket that is gone after the test. */
import { inTime } from "../../../../harness/eventually.ts";
import { TempFolder } from "../../../../history/temp_folder.ts";
import type { FolderBucket } from "../../../../../src/transports/bucket/stores/local/bucket.ts";
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { world } from "../world.ts";

/** Runs `body` with an open bucket and the path of its folder. */
export async function withBucket(
  body: (bucket: FolderBucket, path: string) => Promise<void>,
): Promise<void> {
  await using folder = await TempFolder.make();
  await using bucket = await openFolder(folder.path, world());
  // The bucket's own waits do not keep the loop alive.
  await inTime("the end of the test", body(bucket, folder.path), 240_000);
}

/** The bytes of a text. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The keys of a whole listing. */
export async function keysOf(bucket: FolderBucket, limit = 1000): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined = "";;) {
    const page = await bucket.list({ prefix: "", limit, ...(cursor === "" ? {} : { cursor }) });
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.next;
    if (cursor === undefined) return keys;
  }
}
