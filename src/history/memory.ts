/**
 * A history without files, for embedders and tests: everything is gone when the process ends. It
 * keeps the latest events of each room and forgets older ones.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { EventId, RoomId } from "../message/event.ts";
import { createEventIds } from "../message/id.ts";
import { Acceptance } from "./accept.ts";
import { readFrom } from "./arrival.ts";
import type {
  Appended,
  CommitListener,
  Committed,
  Draft,
  History,
  HistoryHealth,
  Page,
  PageQuery,
  RoomSummary,
  SearchQuery,
  SearchResult,
  StoredEvent,
} from "./contract.ts";
import { closedError } from "./journal.ts";
import { scan } from "./memory_search.ts";
import { peekEvent } from "./peek.ts";
import { type Random, systemRandom } from "./random.ts";
import { Rooms } from "./rooms.ts";
import { sliceOf } from "./slice.ts";
import { checkLimit, PAGE_LIMIT, READ_LIMIT } from "./store.ts";
import { readPage } from "./timeline.ts";

/** Stands for the device that records. */
const DEVICE = "memory";

/** What a {@linkcode MemoryHistory} may be told. */
export interface MemoryOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Events kept of each room, at least 1; default 10,000, the window of author's keys. */
  readonly keep?: number;
}

interface Waiting extends Committed {
  readonly resolve: (appended: Appended) => void;
}

/** See the module's description. */
export class MemoryHistory implements History {
  readonly epoch: string;
  readonly durability = "memory";
  readonly #rooms = new Rooms();
  readonly #events = new Map<RoomId, StoredEvent[]>();
  readonly #keys = new Map<string, Promise<Appended>>();
  readonly #acceptance: Acceptance;
  readonly #listeners = new Set<CommitListener>();
  /** When each event came, among those of all rooms. */
  readonly #places = new WeakMap<StoredEvent, number>();
  readonly #keep: number;
  #count = 0;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: MemoryOptions = {}) {
    const { clock = systemClock, random = systemRandom } = options;
    this.epoch = random.uuid();
    this.#keep = options.keep ?? 10_000;
    const ids = createEventIds(random.uuid);
    this.#acceptance = new Acceptance({ clock, ids, device: DEVICE, floor: 0 });
  }

  append(draft: Draft): Promise<Appended> {
    const name = draft.key && nameOf(draft.room, draft.sender, draft.key);
    const known = name === undefined ? undefined : this.#keys.get(name);
    if (known !== undefined) return known.then(({ stored }) => ({ stored, duplicate: true }));
    const appended = this.#append(draft);
    if (name !== undefined) {
      this.#keys.set(name, appended);
      appended.catch(() => this.#keys.delete(name));
    }
    return appended;
  }

  #append(draft: Draft): Promise<Appended> {
    return new Promise((resolve) => {
      if (this.#closed) throw closedError();
      const room = this.#rooms.of(draft.room);
      const stored = this.#acceptance.accept(draft, room);
      room.accepted = stored.offset + 1;
      room.givenTimestamp = stored.event.timestamp_ms;
      room.senders.set(draft.sender, stored.event.content.chatnode?.seq ?? 0);
      this.#waiting.push({ stored, origin: draft.origin, resolve });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#commit());
    });
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  rooms(): readonly RoomSummary[] {
    return this.#rooms.summaries();
  }

  room(room: RoomId): RoomSummary {
    return this.#rooms.summary(room);
  }

  async read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    checkLimit(limit, READ_LIMIT);
    const events = this.#kept(room);
    if (events.length === 0) return [];
    const { first, next } = this.room(room);
    return await readFrom([{ first, last: next - 1, load: () => this.#slice(room) }], from, limit);
  }

  async page(room: RoomId, query: PageQuery): Promise<Page> {
    checkLimit(query.limit, PAGE_LIMIT);
    this.#mustBeOpen();
    const all = { start: 0, end: Number.POSITIVE_INFINITY, load: () => this.#slice(room) };
    return await readPage([all], query);
  }

  get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    return new Promise((resolve) => {
      resolve(this.#kept(room).find(({ json }) => peekEvent(json).id === id));
    });
  }

  search(query: SearchQuery): Promise<SearchResult> {
    return new Promise((resolve) => {
      this.#mustBeOpen();
      const placeOf = (stored: StoredEvent) => this.#places.get(stored) ?? 0;
      resolve(scan({ rooms: this.#events, device: DEVICE, placeOf }, query));
    });
  }

  health(): HistoryHealth {
    return { writable: true };
  }

  onHealth(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { stored } of waiting) this.#add(stored);
    for (const listener of this.#listeners) listener(waiting);
    for (const { stored, resolve } of waiting) resolve({ stored, duplicate: false });
  }

  #add(stored: StoredEvent): void {
    const room = this.#rooms.of(stored.room);
    const events = this.#events.get(stored.room) ?? [];
    this.#events.set(stored.room, events);
    events.push(stored);
    this.#places.set(stored, this.#count++);
    room.next = stored.offset + 1;
    room.lastTimestamp = stored.event.timestamp_ms;
    // Forgetting many at once keeps the array from moving at every event.
    if (events.length < this.#keep * 2) return;
    for (const { event } of events.splice(0, events.length - this.#keep)) {
      const key = event.content.chatnode?.key;
      if (key !== undefined) this.#keys.delete(nameOf(event.room_id, event.sender_id, key));
    }
    room.first = events[0]?.offset ?? room.next;
  }

  #kept(room: RoomId): readonly StoredEvent[] {
    this.#mustBeOpen();
    return this.#events.get(room) ?? [];
  }

  #slice(room: RoomId): Promise<ReturnType<typeof sliceOf>> {
    return Promise.resolve(sliceOf(this.#kept(room), true));
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function nameOf(room: RoomId, sender: string, key: string): string {
  // No room or sender holds a line feed.
  return `${room}\n${sender}\n${key}`;
}
