/**
 * A history opened together with its bucket. Before anybody writes, it is made sure that no number
 * is given twice: a data folder that comes back from a backup gets a new device.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { systemRandom } from "../history/random.ts";
import type { FileHistory } from "../history/store.ts";
import { getLogger } from "../log.ts";
import type { RoomId } from "../message/event.ts";
import type { SyncOptions, SyncProgress } from "../transports/bucket/sync/open.ts";
import type { Scope } from "../transports/bucket/sync/scope.ts";
import type { SyncWorker } from "../transports/bucket/sync/worker.ts";
import type { OpenedBucket } from "./bucket.ts";

/** How a history is shared. */
export interface SharingOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly bucket: OpenedBucket;
  readonly tasks: SyncOptions["tasks"];
  /** Only these; all when empty. */
  readonly rooms: readonly RoomId[];
  readonly forgotten: (room: RoomId) => number;
  readonly onProgress?: (done: SyncProgress) => void;
}

/** What {@linkcode openSyncedHistory} opens. */
export interface SyncedHistoryOptions extends SharingOptions {
  /** Opens the history; called again after the device has changed. */
  readonly openHistory: () => Promise<FileHistory>;
  /** Ends the look into the bucket. */
  readonly signal: AbortSignal;
}

/** A history and its sync, which was not started. */
export interface SyncedHistory {
  readonly history: FileHistory;
  readonly sync: SyncWorker;
}

const log = getLogger(["sync"]);

/**
 * Opens both. When the bucket cannot be asked the sync finds out later.
 *
 * @throws {HistoryError} {@linkcode TrustError}
 */
export async function openSyncedHistory(options: SyncedHistoryOptions): Promise<SyncedHistory> {
  const first = await openOnce(options);
  if (await standingOf(first.sync, options.signal) !== "behind") return first;
  await first.sync.stop(0);
  await first.history.seal();
  await first.history.close();
  const { rotateDevice } = await import("../transports/bucket/trust/rotation.ts");
  const { settings: { data }, clock } = options;
  const { from, to } = await rotateDevice({ data, clock, random: systemRandom });
  log.warn("This data folder is older than what it wrote: device {to} goes on in place of {from}", {
    ...{ from, to },
  });
  return await openOnce(options);
}

/** The sync of a history that is open already. @throws {TrustError} */
export async function openSyncOf(
  history: FileHistory,
  options: SharingOptions,
): Promise<SyncWorker> {
  // Loaded here, so that nodes without a bucket start without it.
  const { openSync } = await import("../transports/bucket/sync/open.ts");
  const { settings, bucket: { bucket, abilities, writable }, rooms, tasks } = options;
  return await openSync({
    ...options,
    ...{ bucket, abilities, history },
    tasks: writable ? tasks : "pull",
    ...scopeIn(settings, rooms),
    interval: settings.syncInterval,
    compaction: settings.syncCompact ? "daily" : "off",
    maxRooms: settings.maxRooms,
    policy: {
      unknownKeys: settings.syncUnknownKeys,
      unchained: settings.syncUnchained,
      signatures: "chain-ends",
    },
  });
}

/**
 * Which rooms the settings let be shared.
 *
 * @param rooms only these; those of the settings when absent, all when empty
 */
export function scopeIn(settings: Settings, rooms: readonly RoomId[] = settings.syncRooms): Scope {
  return {
    rooms: rooms.length === 0 ? undefined : rooms,
    direct: settings.syncDirect ? "share" : "keep",
  };
}

async function openOnce(options: SyncedHistoryOptions): Promise<SyncedHistory> {
  const history = await options.openHistory();
  try {
    return { history, sync: await openSyncOf(history, options) };
  } catch (error) {
    await history.close();
    throw error;
  }
}

async function standingOf(
  sync: SyncWorker,
  signal: AbortSignal,
): Promise<"ready" | "behind" | "unknown"> {
  try {
    return await sync.settle(signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown failure";
    log.warn("The bucket cannot be asked what this node wrote before: {message}", { message });
    return "unknown";
  }
}
