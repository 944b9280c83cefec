/**
 * A running node's sync: shares the history that the doors write to. A bucket that cannot be reached
 * never keeps a node from starting or from serving; it is tried again for as long as it takes.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { ChatnodeError, UsageError } from "../errors.ts";
import { boundsOfRuns, type SegmentInfo } from "../history/segments.ts";
import type { FileHistory } from "../history/store.ts";
import { getLogger } from "../log.ts";
import type { RoomId } from "../message/event.ts";
import { BackOff } from "../protocol/client/back_off.ts";
import type { Notices } from "../transports/bucket/notices/notices.ts";
import type { SyncStatus } from "../transports/bucket/sync/status.ts";
import type { SyncWorker } from "../transports/bucket/sync/worker.ts";
import { type OpenedBucket, reachBucket } from "./bucket.ts";
import { type BrokerSettings, openNotices } from "./sync_notices.ts";
import { openSyncedHistory, openSyncOf, openUnaskedHistory } from "./synced_history.ts";

/** What a {@linkcode NodeSync} works with. */
export interface NodeSyncOptions {
  readonly url: string;
  readonly settings: Settings;
  /** Tells of news at once, when there is one. */
  readonly broker: BrokerSettings | undefined;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly openHistory: () => Promise<FileHistory>;
  /** Events up to this time are not kept, milliseconds since the epoch. */
  readonly forgotten: (room: RoomId) => number;
}

/** How long the start waits for the bucket, milliseconds. */
const START_MS = 10_000;
/** How long the last push may take, milliseconds. */
const STOP_MS = 5_000;
const PAUSES = { first: 5_000, most: 5 * 60_000 };

const log = getLogger(["sync"]);

/** See the module's description. */
export class NodeSync {
  readonly #options: NodeSyncOptions;
  readonly #backOff: BackOff;
  #history: FileHistory | undefined;
  #bucket: OpenedBucket | undefined;
  #worker: SyncWorker | undefined;
  #failure: ChatnodeError | undefined;
  #notices: Promise<Notices> | undefined;
  #timer: Timer | undefined;
  #connecting: Promise<void> | undefined;
  #stopped = false;

  private constructor(options: NodeSyncOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random, PAUSES.first, PAUSES.most);
  }

  /**
   * Opens the history and, if that can be had in a moment, the bucket.
   *
   * @throws {HistoryError}
   * @throws {UsageError} for a URL that no store takes
   */
  static async open(
    options: NodeSyncOptions,
  ): Promise<{ readonly history: FileHistory; readonly sync: NodeSync }> {
    const sync = new NodeSync(options);
    const history = await sync.#open();
    sync.#history = history;
    return { history, sync };
  }

  /** Begins to share. */
  start(): void {
    if (this.#worker === undefined || this.#history === undefined) this.#connectLater();
    else this.#share(this.#worker, this.#history);
  }

  /** Looks for news now; see `SyncWorker.wake`. */
  wake(device?: string): void {
    this.#worker?.wake(device);
  }

  /** The sync itself; undefined while the bucket was never reached. */
  get worker(): SyncWorker | undefined {
    return this.#worker;
  }

  /** Undefined while the bucket was never reached. */
  get status(): SyncStatus | undefined {
    return this.#worker?.status();
  }

  /** How it goes, in two words for those who watch the node. */
  get health(): { readonly state: "working" | "failing"; readonly code?: string } {
    const status = this.status;
    const code = status === undefined ? this.#failure?.code : status.failure?.code;
    return code === undefined ? { state: "working" } : { state: "failing", code };
  }

  /** Whether the bucket has what is in a segment, as far as it should have it. */
  mayRemove({ room, origin, runs }: SegmentInfo): boolean {
    if (origin === "foreign") return true;
    return this.#worker?.isStored(room, boundsOfRuns(runs)[1]) ?? false;
  }

  /** Pushes what is left, within a bound, and lets the bucket go. The history stays open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#connecting;
    // The last push is told as well.
    await this.#worker?.stop(STOP_MS);
    await (await this.#notices)?.close();
    await this.#bucket?.bucket[Symbol.asyncDispose]();
  }

  #share(sync: SyncWorker, history: FileHistory): void {
    sync.start();
    const { broker, settings, clock, random } = this.#options;
    if (broker === undefined) return;
    this.#notices = openNotices(broker, { settings, history, sync, clock, random });
  }

  async #open(): Promise<FileHistory> {
    const { clock, openHistory } = this.#options;
    const limit = new AbortController();
    const timer = clock.after(
      START_MS,
      () => limit.abort(new DOMException("too long", "TimeoutError")),
    );
    try {
      const bucket = await this.#reach(limit.signal);
      const opening = { ...this.#shared(), openHistory };
      if (bucket === undefined) return await openUnaskedHistory(opening);
      const { history, sync } = await openSyncedHistory({
        ...{ ...opening, bucket, signal: limit.signal },
        unasked: "somebody may write",
      });
      this.#worker = sync;
      return history;
    } finally {
      timer.cancel();
    }
  }

  #shared() {
    const { settings, clock, random, forgotten } = this.#options;
    return {
      settings,
      clock,
      random,
      forgotten,
      tasks: "both",
      rooms: settings.syncRooms,
    } as const;
  }

  /** The bucket; undefined when it cannot be had now. @throws {UsageError} */
  async #reach(signal: AbortSignal): Promise<OpenedBucket | undefined> {
    try {
      this.#bucket = await reachBucket(this.#options.url, { ...this.#options, signal });
      this.#failure = undefined;
      log.info("{line}", { line: this.#bucket.line });
      return this.#bucket;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const failure = error instanceof ChatnodeError
        ? error
        : new ChatnodeError("sync/bucket", "Cannot open the bucket", { cause: error });
      const isNew = this.#failure?.code !== failure.code;
      this.#failure = failure;
      if (isNew) {
        log.error("The bucket cannot be used yet: {reason}", { reason: failure.message });
      }
      return undefined;
    }
  }

  #connectLater(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(this.#backOff.next(), () => {
      this.#connecting = this.#connect().finally(() => this.#connecting = undefined);
    });
  }

  async #connect(): Promise<void> {
    try {
      const bucket = await this.#reach(new AbortController().signal);
      if (bucket !== undefined && this.#history !== undefined) {
        this.#worker = await openSyncOf(this.#history, { ...this.#shared(), bucket });
        if (!this.#stopped) this.#share(this.#worker, this.#history);
        log.info("The bucket is reached");
        return;
      }
    } catch (error) {
      log.error("Cannot share the history: {error}", { error });
    }
    this.#connectLater();
  }
}
