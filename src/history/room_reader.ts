/**
 * Reading one room: from the latest events in memory where they reach, from journal files and
 * segments below that.
 *
 * @module
 */
import type { EventId, RoomId } from "../message/event.ts";
import { parseEventId } from "../message/id.ts";
import { readFrom } from "./arrival.ts";
import type { Page, PageQuery, StoredEvent } from "./contract.ts";
import { type EventHead, peekEvent } from "./peek.ts";
import type { RecentEvents } from "./recent.ts";
import { ALL, bisect, firstIndex, type Slice, sliceBelow } from "./slice.ts";
import { readPage, type TimelineSource } from "./timeline.ts";

/** Some of a room's events in one file, with the bounds of what they can be. */
export interface RoomSource extends TimelineSource {
  /** The least and the greatest offset within. */
  readonly first: number;
  readonly last: number;
  /** Whether all are our own, so that timestamps rise with the offsets. */
  readonly ordered: boolean;
}

/** Where a {@linkcode RoomReader} finds what it reads. */
export interface RoomSources {
  readonly recent: RecentEvents;
  /** Every file that holds events of the room, in no order. */
  files(room: RoomId): readonly RoomSource[];
  /** The event at an offset when it can be read on its own, without the file it is in. */
  at(room: RoomId, offset: number): Promise<StoredEvent | undefined>;
  /**
   * Called when a file was gone before it was read: sealing replaced it. Resolves once
   * {@linkcode RoomSources.files} tells the new state.
   */
  refresh(): Promise<void>;
}

/** How often a file may vanish under a reader before that is an error. */
const ATTEMPTS = 8;
/** How far other writers' clocks and time zones may be from the time in an event's id. */
const CHATNODE_TIME = /::\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z::/;
const FOREIGN_SPREAD_MS = 26 * 60 * 60 * 1000;

/** See the module's description. */
export class RoomReader {
  readonly #sources: RoomSources;

  constructor(sources: RoomSources) {
    this.#sources = sources;
  }

  /** As `History.read`. */
  read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    const recent = this.#sources.recent.of(room);
    if (recent !== undefined && recent.offsetAt(0) <= from) {
      return Promise.resolve(take(recent, from, limit));
    }
    return this.#retried(() => readFrom(this.#all(room), from, limit));
  }

  /** The event at an offset, or undefined when it is not there. */
  async at(room: RoomId, offset: number): Promise<StoredEvent | undefined> {
    const recent = this.#sources.recent.of(room);
    if (recent === undefined || recent.offsetAt(0) > offset) {
      const alone = await this.#sources.at(room, offset);
      if (alone !== undefined) return alone;
    }
    const [stored] = await this.read(room, offset, 1);
    return stored?.offset === offset ? stored : undefined;
  }

  /** As `History.page`. */
  page(room: RoomId, query: PageQuery): Promise<Page> {
    return this.#retried(() => readPage(this.#all(room), query));
  }

  /**
   * As `History.get`. The id's time says where to look: exactly in an id of a chatnode, within a
   * day in others, whose clocks and time zones differ. Nothing else is searched, since ids are
   * asked for by strangers.
   */
  async get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    const time = timeOf(id);
    if (time === undefined) return undefined;
    const found = await this.#find(room, id, time, time);
    if (found !== undefined || CHATNODE_TIME.test(id)) return found;
    return await this.#find(room, id, time - FOREIGN_SPREAD_MS, time + FOREIGN_SPREAD_MS);
  }

  /** The ids of the room's events with timestamps from `since` to `until`, both inclusive. */
  idsBetween(room: RoomId, since: number, until: number): Promise<Set<EventId>> {
    return this.#retried(async () => {
      const ids = new Set<EventId>();
      for (const source of this.#all(room)) {
        if (source.end < since || source.start > until) continue;
        for (const { head } of within(await source.load(ALL), since, until)) ids.add(head.id);
      }
      return ids;
    });
  }

  /** Those of `ids` that are there, with timestamps from `since` to `until`, both inclusive. */
  getBetween(
    room: RoomId,
    ids: ReadonlySet<EventId>,
    since: number,
    until: number,
  ): Promise<Map<EventId, StoredEvent>> {
    return this.#retried(async () => {
      const found = new Map<EventId, StoredEvent>();
      for (const source of this.#all(room)) {
        if (source.end < since || source.start > until) continue;
        for (const { head, index, slice } of within(await source.load(ALL), since, until)) {
          if (ids.has(head.id)) found.set(head.id, slice.eventAt(index));
        }
      }
      return found;
    });
  }

  #find(
    room: RoomId,
    id: EventId,
    since: number,
    until: number,
  ): Promise<StoredEvent | undefined> {
    return this.#retried(async () => {
      for (const source of this.#all(room).sort((a, b) => b.end - a.end)) {
        if (source.end < since || source.start > until) continue;
        for (const { head, index, slice } of within(await source.load(ALL), since, until)) {
          if (head.id === id) return slice.eventAt(index);
        }
      }
      return undefined;
    });
  }

  /** Every source of the room, none holding what another one holds. */
  #all(room: RoomId): RoomSource[] {
    const recent = this.#sources.recent.of(room);
    const files = this.#sources.files(room);
    if (recent === undefined) return [...files];
    const first = recent.offsetAt(0);
    const oldest = peekEvent(recent.eventAt(0).json).timestamp;
    const older = files.filter((file) => file.first < first).map((file) => ({
      ...file,
      last: Math.min(file.last, first - 1),
      end: file.ordered && recent.ordered ? Math.min(file.end, oldest) : file.end,
      load: async () => sliceBelow(await file.load(first), first),
    }));
    return [...older, recentSource(recent)];
  }

  async #retried<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound) || attempt === ATTEMPTS) throw error;
        await this.#sources.refresh();
      }
    }
  }
}

function recentSource(recent: Slice): RoomSource {
  const last = recent.count - 1;
  const timeAt = (index: number) => peekEvent(recent.eventAt(index).json).timestamp;
  return {
    first: recent.offsetAt(0),
    last: recent.offsetAt(last),
    start: recent.ordered ? timeAt(0) : Number.NEGATIVE_INFINITY,
    end: recent.ordered ? timeAt(last) : Number.POSITIVE_INFINITY,
    ordered: recent.ordered,
    load: () => Promise.resolve(recent),
  };
}

function take(slice: Slice, from: number, limit: number): StoredEvent[] {
  const begin = firstIndex(slice, from);
  const length = Math.max(0, Math.min(limit, slice.count - begin));
  return Array.from({ length }, (_, index) => slice.eventAt(begin + index));
}

/** The events of a slice with timestamps from `since` to `until`. */
function* within(
  slice: Slice,
  since: number,
  until: number,
): Generator<{ readonly head: EventHead; readonly index: number; readonly slice: Slice }> {
  const headAt = (index: number) => peekEvent(slice.eventAt(index).json);
  const begin = slice.ordered ? bisect(slice.count, (each) => headAt(each).timestamp >= since) : 0;
  for (let index = begin; index < slice.count; index++) {
    const head = headAt(index);
    if (head.timestamp >= since && head.timestamp <= until) yield { head, index, slice };
    else if (slice.ordered) break;
  }
}

/** The time in an id, milliseconds since the epoch; undefined when it holds none. */
function timeOf(id: EventId): number | undefined {
  try {
    const time = Date.parse(parseEventId(id).time);
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
