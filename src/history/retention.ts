/**
 * Removes messages by their age: whole segments of days that ended long enough ago, the oldest
 * first. The catalog takes note before any file goes, and keeps of every chain the last event that
 * was removed, so that what is kept can still be verified. What is not sealed, or sealed and not in
 * the index yet, is never touched.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import { getLogger, type Logger } from "../log.ts";
import type { RoomId } from "../message/event.ts";
import type { CatalogRoom } from "./catalog_state.ts";
import type { RemovedEvents } from "./index_contract.ts";
import { listJournals } from "./layout.ts";
import { boundsOfRuns, type SegmentInfo } from "./segments.ts";
import type { FileHistory } from "./store.ts";

/** How long messages are kept. */
export interface RetentionRule {
  /** Milliseconds; undefined keeps everything. */
  readonly age: number | undefined;
  /** Ages of single rooms, in place of the general one; undefined keeps everything. */
  readonly rooms: ReadonlyMap<RoomId, number | undefined>;
  /**
   * Whether a segment may go; by default all may. For whoever still has to read it: a bucket that
   * it was not copied to yet.
   */
  readonly mayRemove?: (segment: SegmentInfo) => boolean;
}

/** What {@linkcode Retention} works with. */
export interface RetentionOptions {
  readonly rule: RetentionRule;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** What was removed. */
export interface Pruned {
  readonly rooms: number;
  readonly segments: number;
  readonly events: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Nothing is removed while a server has only just started. */
const FIRST_MS = 5 * 60 * 1000;
const TIMEOUT_MS = 10 * 60 * 1000;

/** Applies a rule to a history, once or once a day. */
export class Retention {
  readonly #history: FileHistory;
  readonly #options: RetentionOptions;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(history: FileHistory, options: RetentionOptions) {
    this.#history = history;
    this.#options = options;
    this.#logger = options.logger ?? getLogger(["history"]);
  }

  /**
   * Removes once a day from now on, when the rule removes anything at all; a failure is logged and
   * tried again the next day.
   */
  start(): void {
    const { age, rooms } = this.#options.rule;
    const ages = [age, ...rooms.values()];
    if (ages.some((each) => each !== undefined)) this.#plan(FIRST_MS);
  }

  /**
   * Removes now what the rule says.
   *
   * @throws {HistoryError} `history/full`, `history/io`, `history/worker`, `history/closed`; what was
   *   not removed is removed the next time
   */
  async prune(): Promise<Pruned> {
    const { sealer } = this.#history.parts;
    const pruned = await sealer.exclusively(() => this.#prune());
    await this.#forget();
    return pruned;
  }

  /** Ends; waits for a removal under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #plan(wait: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(wait, () => {
      this.#running = this.#run().finally(() => this.#plan(DAY_MS));
    });
  }

  async #run(): Promise<void> {
    try {
      const pruned = await this.prune();
      if (pruned.events === 0) return;
      this.#logger.info("Removed {events} messages by age in {rooms} rooms", { ...pruned });
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown failure";
      if (!this.#closed) this.#logger.warn("Removing by age is put off: {reason}", { reason });
    }
  }

  async #prune(): Promise<Pruned> {
    const { catalog, layout } = this.#history.parts;
    const none = { rooms: 0, segments: 0, events: 0 };
    // The index has yet to read what these files hold; a catalog made again would need them.
    const waiting = await listJournals(layout);
    if (waiting.some((number) => number <= catalog.state.sealed)) return none;
    let pruned = none;
    for (const room of Array.from(catalog.state.rooms.values())) {
      if (this.#closed) break;
      const removal = planRemoval(room, this.#cutoff(room.room), this.#options.rule.mayRemove);
      if (removal === undefined) continue;
      await this.#remove(room.room, removal);
      pruned = {
        rooms: pruned.rooms + 1,
        segments: pruned.segments + removal.segments.length,
        events: pruned.events + removal.segments.reduce((sum, { count }) => sum + count, 0),
      };
    }
    return pruned;
  }

  #cutoff(room: RoomId): number {
    const { rule: { age, rooms }, clock } = this.#options;
    const own = rooms.has(room) ? rooms.get(room) : age;
    return own === undefined ? Number.NEGATIVE_INFINITY : clock.now() - own;
  }

  async #remove(room: RoomId, { segments, first }: Removal): Promise<void> {
    const { catalog, layout, worker, rooms, recent } = this.#history.parts;
    const paths = segments.map(({ path }) => path);
    const task = { history: layout.history, paths };
    const anchors = await worker.call("chainEnds", task, { timeout: TIMEOUT_MS });
    await catalog.append({ type: "dropped", room, first, paths, anchors }, () => {
      rooms.of(room).first = first;
      const kept = recent.of(room);
      if (kept !== undefined && kept.offsetAt(0) < first) recent.forget(room);
    });
  }

  /** All that is gone and not only what went now: the last time may have been interrupted. */
  async #forget(): Promise<void> {
    const { catalog, index } = this.#history.parts;
    const removed: RemovedEvents[] = [];
    for (const { room, first } of catalog.state.rooms.values()) {
      if (first > 0) removed.push({ room, first });
    }
    if (removed.length > 0) await index?.forget(removed);
  }
}

/** Segments that go, and the offset from which events are kept. */
interface Removal {
  readonly segments: readonly SegmentInfo[];
  readonly first: number;
}

/**
 * The segments of days that had ended by `cutoff`, as far as they hold the oldest events by arrival:
 * what is kept is one range of offsets. Events of others that arrived late are kept as long as those
 * that arrived with them.
 */
export function planRemoval(
  room: CatalogRoom,
  cutoff: number,
  mayRemove: (segment: SegmentInfo) => boolean = () => true,
): Removal | undefined {
  const segments = Array.from(room.segments.values());
  let count = 0;
  let last = -1;
  for (const [index, segment] of segments.entries()) {
    if (endOfDay(segment.end) > cutoff || !mayRemove(segment)) break;
    last = Math.max(last, boundsOfRuns(segment.runs)[1]);
    const next = segments[index + 1]?.runs[0] ?? room.next;
    if (last < next) count = index + 1;
  }
  if (count === 0) return undefined;
  return { segments: segments.slice(0, count), first: segments[count]?.runs[0] ?? room.next };
}

function endOfDay(timestamp: number): number {
  return timestamp - (timestamp % DAY_MS) + DAY_MS;
}
