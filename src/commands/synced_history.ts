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
import { isContinued, noteContinuity } from "../transports/bucket/sync/continuity.ts";
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
export interface SyncedHistoryOptions extends SharingOptions, HistoryOpening {
  /** Ends the look into the bucket. */
  readonly signal: AbortSignal;
  /** Whether anybody writes before the bucket can be asked, when it cannot be asked now. */
  readonly unasked: "nobody writes" | "somebody may write";
}

/** How a history is opened that may need a new device. */
export interface HistoryOpening {
  readonly settings: Settings;
  readonly clock: Clock;
  /** Opens the history; called again after the device has changed. */
  readonly openHistory: () => Promise<FileHistory>;
}

/** A history and its sync, which was not started. */
export interface SyncedHistory {
  readonly history: FileHistory;
  readonly sync: SyncWorker;
}

const MAY_BE_OLDER = "may come back from a backup, and the bucket that knows cannot be asked";

const log = getLogger(["sync"]);

/**
 * Opens both.
 *
 * @throws {HistoryError} {@linkcode TrustError}
 */
export async function openSyncedHistory(options: SyncedHistoryOptions): Promise<SyncedHistory> {
  const { settings: { data } } = options;
  const first = await openOnce(options);
  const standing = await standingOf(first.sync, options.signal);
  if (standing === "behind") {
    await first.sync.stop(0);
    await renew(first.history, options, "is older than what it wrote");
    const second = await openOnce(options);
    noteContinued(second.history, data);
    return second;
  }
  const isRisky = standing === "unknown" && options.unasked === "somebody may write";
  if (isRisky && mayBeBehind(first.history, data)) {
    await first.sync.stop(0);
    await renew(first.history, options, MAY_BE_OLDER);
    return await openOnce(options);
  }
  if (standing === "ready") noteContinued(first.history, data);
  return first;
}

/**
 * Opens a history whose bucket cannot be asked, for somebody to write in. Numbers that the bucket
 * may know by other messages must not be given again: a folder that may come back from a backup gets
 * a new device, so that whatever is said can be shared when the bucket is there.
 *
 * @throws {HistoryError} {@linkcode TrustError}
 */
export async function openUnaskedHistory(options: HistoryOpening): Promise<FileHistory> {
  const { settings: { data } } = options;
  const history = await options.openHistory();
  if (!mayBeBehind(history, data)) return history;
  await renew(history, options, MAY_BE_OLDER);
  return await options.openHistory();
}

function noteContinued({ epoch }: Pick<FileHistory, "epoch">, data: string): void {
  noteContinuity({ data, epoch }, crypto.randomUUID());
}

/** Whether a device may have published what is not here. */
function mayBeBehind({ epoch, parts }: FileHistory, data: string): boolean {
  const { catalog, journals } = parts;
  const hasWritten = Array.from(catalog.state.rooms.values()).some(({ tails }) => tails.size > 0) ||
    journals.files.some(({ contents }) => contents.latest > 0);
  return hasWritten && !isContinued({ data, epoch });
}

/** Closes a history and gives it a new device. */
async function renew(
  history: FileHistory,
  { settings: { data }, clock }: HistoryOpening,
  state: string,
): Promise<void> {
  await history.seal();
  await history.close();
  const { rotateDevice } = await import("../transports/bucket/trust/rotation.ts");
  const { from, to } = await rotateDevice({ data, clock, random: systemRandom });
  // The new one has published nothing: a start after this one need not make another.
  noteContinued(history, data);
  log.warn("This data folder {state}: device {to} goes on in place of {from}", {
    ...{ state, from, to },
  });
}

/** The sync of a history that is open already. @throws {TrustError} */
export async function openSyncOf(
  history: FileHistory,
  options: SharingOptions,
): Promise<SyncWorker> {
  // Loaded here, so that nodes without a bucket start without it.
  const { openSync } = await import("../transports/bucket/sync/open.ts");
  const { settings, bucket: { bucket, abilities, writable }, rooms, tasks } = options;
  const sync = await openSync({
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
  sync.onPublished(() => noteContinued(history, settings.data));
  return sync;
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
    const reason = error instanceof Error ? error.message : "unknown failure";
    log.warn("The bucket cannot be asked what this node wrote before: {reason}", { reason });
    return "unknown";
  }
}
