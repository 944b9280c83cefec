/**
 * Histories, buckets and syncs as the program opens them.
 *
 * @module
 */
import { systemClock } from "../../../src/clock.ts";
import { openHistory } from "../../../src/history/open.ts";
import type { FileHistory } from "../../../src/history/store.ts";
import type { Bucket } from "../../../src/transports/bucket/stores/contract.ts";
import { openBucket } from "../../../src/transports/bucket/stores/open.ts";
import { readSmallFile } from "../../../src/transports/bucket/stores/world.ts";
import { openSync, type SyncOptions } from "../../../src/transports/bucket/sync/open.ts";
import type { SyncWorker } from "../../../src/transports/bucket/sync/worker.ts";
import { INTERVAL_MS } from "./orders.ts";

/** A history as the program opens it. */
export function open(dir: string, node: string): Promise<FileHistory> {
  return openHistory({ dir, clock: systemClock, node: () => Promise.resolve(node) });
}

/** The bucket at a URL, with what stands in the environment. */
export function openStore(
  location: string,
  environment: Readonly<Record<string, string>> = Deno.env.toObject(),
): Promise<Bucket> {
  return openBucket(location, {
    clock: systemClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    fetch,
    environment,
    cwd: Deno.cwd(),
    readFile: readSmallFile,
  });
}

/** A sync as the program opens it. */
export function openWorker(
  history: FileHistory,
  bucket: Bucket,
  tasks: SyncOptions["tasks"],
): Promise<SyncWorker> {
  return openSync({
    ...{ history, bucket, tasks, clock: systemClock, random: Math.random },
    // What every store of this part can do.
    abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
    policy: { unknownKeys: "refuse", unchained: "accept", signatures: "chain-ends" },
    interval: INTERVAL_MS,
    direct: "share",
  });
}
