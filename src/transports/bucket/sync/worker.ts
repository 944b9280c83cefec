/**
 * Keeps a history and a bucket the same: pushes what is ours when it has gathered for a while, pulls
 * what is others'. What state it is in can be read at any time.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { OwnEvents } from "../../../history/own_lines.ts";
import type { FileHistory } from "../../../history/store.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { BucketAbilities } from "../stores/contract.ts";
import { Announcing } from "./announcing.ts";
import { Attempts } from "./attempts.ts";
import type { Beacon } from "./beacon.ts";
import { type Compacted, Compactor } from "./compaction.ts";
import type { CountedBucket } from "./counted.ts";
import { SyncError } from "./errors.ts";
import { watchHeads } from "./folder_watch.ts";
import type { HeadWriter } from "./head_writer.ts";
import type { Puller } from "./pull.ts";
import type { Flushed, Pusher } from "./push.ts";
import type { PushStore } from "./push_store.ts";
import { Running } from "./running.ts";
import { settle, type Settled } from "./settle.ts";
import type { SyncCounts, SyncStatus } from "./status.ts";
import { Tending } from "./tending.ts";

/** What a {@linkcode SyncWorker} works with. */
export interface SyncParts {
  readonly bucket: CountedBucket;
  readonly history: FileHistory;
  readonly events: OwnEvents;
  readonly store: PushStore;
  readonly head: HeadWriter;
  readonly beacon: Beacon | undefined;
  /** Undefined when nothing is pushed. */
  readonly pusher: Pusher | undefined;
  /** Undefined when nothing is pulled. */
  readonly puller: Puller | undefined;
  /** Takes over what was decided about devices by hand. */
  readonly refresh: () => Promise<void>;
  readonly counts: SyncCounts;
  readonly clock: Clock;
  /** As `Math.random`, for jitter. */
  readonly random: () => number;
  /** Milliseconds between two looks, and for which events gather. */
  readonly interval: number;
  readonly abilities: BucketAbilities;
  /** Whether small files are merged once a day. */
  readonly compaction: "daily" | "off";
}

/** Bytes of own events that are not kept waiting for the interval's end. */
const FLUSH_BYTES = 1024 * 1024;

const log = getLogger(["sync"]);

/** See the module's description. */
export class SyncWorker {
  readonly #parts: SyncParts;
  readonly #announcing: Announcing;
  readonly #attempts: Attempts;
  readonly #tending: Tending;
  readonly #running: Running;
  #gathered = 0;
  #ready = false;
  /** Whether everything that was written before this start is in files. */
  #begun = false;
  #unfollow: (() => void) | undefined;
  #unwatch: (() => void) | undefined;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.clock);
    this.#running = new Running({ ...parts, attempts: this.#attempts });
    this.#announcing = new Announcing({
      ...parts,
      state: parts.store.state,
      others: () => parts.puller?.writers.devices.length,
    });
    this.#tending = new Tending({
      ...parts,
      acknowledge: (signal) => this.acknowledge(signal),
      compact: (signal) => this.compact(signal),
    });
  }

  /** Begins to work until it is stopped. */
  start(): void {
    const { history, pusher, puller } = this.#parts;
    this.#unfollow = history.onCommit((commit) => {
      const before = this.#gathered;
      for (const { stored } of commit) this.#gathered += stored.json.length;
      // Once: a bucket that fails is not asked with every message.
      if (before < FLUSH_BYTES && this.#gathered >= FLUSH_BYTES) this.#running.ring("push");
    });
    const { folder } = this.#parts.bucket;
    if (folder !== undefined && puller !== undefined) {
      this.#unwatch = watchHeads(folder, (device) => this.wake(device));
    }
    if (pusher !== undefined) this.#running.start("push", (signal) => this.#share(signal));
    if (puller !== undefined) this.#running.start("pull", (signal) => this.pull(signal));
  }

  /**
   * Looks for news now instead of at its time: somebody said that there are some.
   *
   * @param device whose head has changed, if that was said; not to be believed
   */
  wake(device?: string): void {
    if (device === this.#parts.store.state.device) return;
    if (device !== undefined) this.#parts.puller?.hint(device);
    this.#running.ring("pull");
  }

  /** Calls `listener` with the version of each head that was published; the result ends that. */
  onPublished(listener: (version: number) => void): () => void {
    return this.#announcing.onPublished(listener);
  }

  /**
   * Makes sure, once, that what we remember of pushing fits what is in the bucket.
   *
   * @throws {BucketError}
   */
  async settle(signal: AbortSignal): Promise<Settled> {
    if (this.#ready) return "ready";
    const settled = await settle({ ...this.#parts, signal });
    this.#ready = settled === "ready";
    return settled;
  }

  /**
   * Makes files of everything that is ours and in none yet.
   *
   * @throws {SyncError} `sync/behind` when this node needs a new device first
   * @throws {BucketError} {@linkcode HistoryError}
   */
  push(signal: AbortSignal): Promise<void> {
    return this.#send((pusher) => pusher.push(signal), signal);
  }

  /**
   * Lets others know of everything that is ours, in as few requests as that takes; what is new
   * becomes part of a file a little later.
   *
   * @throws as {@linkcode SyncWorker.push}
   */
  flush(signal: AbortSignal): Promise<void> {
    const now = this.#parts.clock.monotonic();
    return this.#send((pusher) => pusher.flush(now, signal), signal);
  }

  async #send(send: (pusher: Pusher) => Promise<Flushed>, signal: AbortSignal): Promise<void> {
    const { pusher } = this.#parts;
    if (pusher === undefined) return;
    if (await this.settle(signal) === "behind") throw behindError();
    this.#gathered = 0;
    await this.#parts.refresh();
    if (!pusher.hasWork) return;
    const { bucket, counts } = this.#parts;
    const { put } = bucket.counts;
    await this.#announcing.announce(await send(pusher), signal);
    if (bucket.counts.put > put) counts.pushed.flushes++;
  }

  /**
   * Says in our head what was taken in of others, if that is news: who compacts waits for it.
   *
   * @throws {BucketError}
   */
  async acknowledge(signal: AbortSignal): Promise<void> {
    const { pusher } = this.#parts;
    if (pusher?.hasSeen !== true) return;
    const version = await pusher.tell(signal);
    await this.#announcing.announce({ told: "head", version }, signal);
  }

  /**
   * Merges our small files of days that are over, where the bucket lets things be removed.
   *
   * @throws {SyncError} `sync/behind` {@linkcode BucketError}
   * @returns undefined where nothing may be removed, or nothing is pushed
   */
  async compact(signal: AbortSignal): Promise<Compacted | undefined> {
    const { bucket, events, store, pusher, puller, clock, abilities } = this.#parts;
    if (pusher === undefined || !abilities.delete) return undefined;
    await this.push(signal);
    const compactor = new Compactor({
      ...{ bucket, events, store },
      put: (object, ending) => pusher.storeOther(object, ending),
      tell: async (ending) => {
        const version = await pusher.tell(ending);
        await this.#announcing.announce({ told: "head", version }, ending);
        return version;
      },
    });
    return await compactor.compact(clock.now(), puller?.writers.readers ?? [], signal);
  }

  /** Takes in what is others'. @throws {BucketError} {@linkcode HistoryError} */
  async pull(signal: AbortSignal): Promise<void> {
    await this.#parts.puller?.pull(signal);
  }

  /** Whether events of ours up to an offset are in the bucket, or are none that go there. */
  isStored(room: RoomId, last: number): boolean {
    const { pusher, store } = this.#parts;
    return pusher === undefined || !pusher.isShared(room) || store.state.stored(room) > last;
  }

  /** Looks at everything in the bucket. @throws as {@linkcode SyncWorker.pull} */
  async scan(signal: AbortSignal): Promise<void> {
    await this.#parts.puller?.scan(signal);
  }

  /** What it is doing and what it has done. */
  status(): SyncStatus {
    const { bucket, counts, pusher, puller } = this.#parts;
    const { failure } = this.#attempts;
    return {
      bucket: bucket.url,
      state: failure === undefined ? "working" : "failing",
      ...(failure === undefined ? {} : { failure }),
      pushed: { ...counts.pushed },
      pulled: { ...counts.pulled },
      waiting: puller?.waiting ?? 0,
      held: puller?.held ?? 0,
      lost: puller?.lost ?? 0,
      conflicts: pusher?.conflicts.length ?? 0,
      headFaults: puller?.writers.faults ?? [],
      requests: bucket.counts,
      sincePush: this.#attempts.since("push"),
      sincePull: this.#attempts.since("pull"),
    };
  }

  /**
   * Stops pulling, pushes what is left, and ends.
   *
   * @param deadline milliseconds that the last push may take
   */
  async stop(deadline: number): Promise<void> {
    this.#unfollow?.();
    this.#unwatch?.();
    await this.#running.stop();
    this.#parts.puller?.close();
    if (!this.#running.isStarted || this.#parts.pusher === undefined) return;
    const limit = new AbortController();
    const timer = this.#parts.clock.after(deadline, () => {
      limit.abort(new DOMException("it took too long", "TimeoutError"));
    });
    try {
      await this.push(limit.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown failure";
      log.warn("The last messages are not in the bucket yet: {reason}", { reason });
    } finally {
      timer.cancel();
    }
  }

  /** What is done at each interval for what is ours. */
  async #share(signal: AbortSignal): Promise<void> {
    // What a process before us left in its head gets into files at once.
    await (this.#begun ? this.flush(signal) : this.push(signal));
    this.#begun = true;
    await this.#tending.tend(signal);
  }
}

function behindError(): SyncError {
  return new SyncError(
    "sync/behind",
    "Cannot push: the bucket holds messages of this device that are not here",
    { hint: "The data folder was restored from a backup: start again to get a new device" },
  );
}
