/**
 * Puts a sync together: a history, a bucket and who is trusted.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../../clock.ts";
import { OwnEvents } from "../../../history/own_lines.ts";
import { keepDeviceRecords } from "../../../history/import.ts";
import type { FileHistory } from "../../../history/store.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import { type FileTrust, openTrust } from "../trust/trust.ts";
import type { VerificationPolicy } from "../verification/contract.ts";
import { HistoryEvents } from "../verification/known_events.ts";
import { openQuarantine } from "../verification/quarantine.ts";
import { openVerification } from "../verification/verification.ts";
import { Beacon } from "./beacon.ts";
import { CountedBucket } from "./counted.ts";
import type { FileEnd } from "./fetching.ts";
import { HeadWriter } from "./head_writer.ts";
import { Puller } from "./pull.ts";
import { openPullState } from "./pull_state.ts";
import { flushLimits } from "./flush_plan.ts";
import { Pusher } from "./push.ts";
import { openPushState } from "./push_store.ts";
import { type Scope, scopeName, scopeOf } from "./scope.ts";
import type { SyncCounts } from "./status.ts";
import { SyncWorker } from "./worker.ts";

/** What is synced, and how. */
export interface SyncOptions extends Scope {
  /** Not disposed of by the sync. */
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly history: FileHistory;
  readonly policy: VerificationPolicy;
  readonly clock: Clock;
  /** As `Math.random`, for jitter. */
  readonly random: () => number;
  /** Milliseconds between two looks, and for which own events gather. */
  readonly interval: number;
  readonly tasks: "both" | "push" | "pull";
  /** Whether our small files of days that are over are merged once a day; `off` when absent. */
  readonly compaction?: "daily" | "off";
  /** Rooms that may be in the history; others' files of further ones are left alone. */
  readonly maxRooms?: number;
  /** Events up to this time are not kept here any more, milliseconds since the epoch. */
  readonly forgotten?: (room: RoomId) => number;
  /** Told of what was done, for those who watch. */
  readonly onProgress?: (done: SyncProgress) => void;
}

/** One file that was stored or taken in. */
export interface SyncProgress {
  readonly task: "push" | "pull";
  readonly key: string;
  readonly events: number;
}

const MOST_ROOMS = 10_000;

/** The folder that holds the state of syncing a data folder with a bucket. */
export function syncFolder(data: string, bucket: Pick<Bucket, "url">): string {
  const name = createHash("sha256").update(bucket.url).digest("hex").slice(0, 16);
  return join(data, "sync", name);
}

/**
 * Opens the state and begins nothing yet.
 *
 * @throws {TrustError} `trust/corrupt`, `trust/io`; what the disk throws
 */
export async function openSync(options: SyncOptions): Promise<SyncWorker> {
  const { history, abilities, clock, tasks } = options;
  const { device, layout } = history.parts;
  const folder = syncFolder(layout.root, options.bucket);
  const of = { epoch: history.epoch, device: device.id };
  const store = await openPushState(join(folder, "push.jsonl"), of);
  const trust = await openTrust({ data: layout.root, device, clock, logger: getLogger(["trust"]) });
  const bucket = new CountedBucket(options.bucket);
  const counts: SyncCounts = {
    pushed: { flushes: 0, objects: 0, events: 0, bytes: 0 },
    pulled: { objects: 0, events: 0, faults: 0 },
  };
  const head = new HeadWriter({ bucket, abilities, device: device.id, key: device.key });
  const beacon = abilities.putIfMatch ? new Beacon(bucket) : undefined;
  const events = new OwnEvents(history);
  const shared = { ...options, bucket, events, store, head, beacon, counts, trust, folder };
  const puller = tasks === "push" ? undefined : await openPuller(shared);
  const pusher = tasks === "pull" ? undefined : new Pusher({
    ...shared,
    wanted: scopeOf(options),
    publications: () => trust.publications(),
    seen: () => puller?.writers.versions ?? new Map(),
    limits: flushLimits(options.interval),
    onStored: ({ key, count, size }) => {
      counts.pushed.objects++;
      counts.pushed.events += count;
      counts.pushed.bytes += size;
      options.onProgress?.({ task: "push", key, events: count });
    },
  });
  const { compaction = "off" } = options;
  const refresh = () => trust.refresh();
  return new SyncWorker({ ...shared, pusher, puller, compaction, refresh });
}

/** What both directions work with. */
interface Shared extends Omit<SyncOptions, "bucket"> {
  readonly bucket: CountedBucket;
  readonly beacon: Beacon | undefined;
  readonly counts: SyncCounts;
  readonly trust: FileTrust;
  readonly folder: string;
}

async function openPuller(shared: Shared): Promise<Puller> {
  const { history, folder, trust, clock, policy, maxRooms = MOST_ROOMS } = shared;
  const { layout, device } = history.parts;
  const ends = (room: RoomId) => history.room(room).next;
  const of = { epoch: history.epoch, scope: scopeName(shared), next: ends };
  const known = new HistoryEvents(history);
  const wanted = scopeOf(shared);
  // So that the history can verify what others have signed.
  const keepRecords = () => keepDeviceRecords(layout, trust.trustedRecords());
  await keepRecords();
  return new Puller({
    ...shared,
    device: device.id,
    store: await openPullState(join(folder, "pull.jsonl"), of),
    verification: await openVerification({ folder, signers: trust, known, policy, clock }),
    quarantine: await openQuarantine({ folder, clock, logger: getLogger(["sync"]) }),
    history: { ingest: (foreign) => history.ingest(foreign), ends },
    wanted: (room) => wanted(room) && (ends(room) > 0 || history.rooms().length < maxRooms),
    forgotten: shared.forgotten ?? (() => 0),
    onLearnt: keepRecords,
    onSettled: (key, as) => count(key, as, shared),
    onEarly: (events) => void (shared.counts.pulled.events += events),
  });
}

function count(
  key: string,
  as: FileEnd,
  { counts, onProgress }: { counts: SyncCounts; onProgress?: SyncOptions["onProgress"] },
): void {
  if (as.how === "lost") return;
  counts.pulled.objects++;
  counts.pulled.events += as.stored;
  counts.pulled.faults += as.faults;
  onProgress?.({ task: "pull", key, events: as.stored });
}
