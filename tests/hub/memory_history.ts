/** A history in memory whose commits a test can hold back. */
import type {
  Appended,
  CommitListener,
  Draft,
  History,
  HistoryHealth,
  Page,
  PageQuery,
  RoomSummary,
  SearchQuery,
  SearchResult,
  StoredEvent,
} from "../../src/history/contract.ts";
import type { ChatEvent, EventId, RoomId } from "../../src/message/event.ts";

interface Waiting {
  readonly draft: Draft;
  readonly resolve: (appended: Appended) => void;
}

export class MemoryHistory implements History {
  readonly epoch = "e1";
  readonly durability = "memory";
  /** While true, drafts gather until `commit` is called. */
  held = false;
  readonly #rooms = new Map<RoomId, StoredEvent[]>();
  readonly #listeners = new Set<CommitListener>();
  #waiting: Waiting[] = [];
  #scheduled = false;

  append(draft: Draft): Promise<Appended> {
    const known = this.#rooms.get(draft.room)?.find(({ event }) =>
      draft.key !== undefined && event.sender_id === draft.sender &&
      event.content.chatnode?.key === draft.key
    );
    if (known !== undefined) return Promise.resolve({ stored: known, duplicate: true });
    return new Promise((resolve) => {
      this.#waiting.push({ draft, resolve });
      if (this.held || this.#scheduled) return;
      this.#scheduled = true;
      queueMicrotask(() => this.commit());
    });
  }

  commit(): void {
    this.#scheduled = false;
    const entries = this.#waiting.map(({ draft, resolve }) => {
      const stored = this.#store(draft);
      return { stored, origin: draft.origin, resolve };
    });
    this.#waiting = [];
    for (const listener of this.#listeners) listener(entries);
    for (const { stored, resolve } of entries) resolve({ stored, duplicate: false });
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  rooms(): readonly RoomSummary[] {
    return [...this.#rooms.keys()].map((room) => this.room(room));
  }

  room(room: RoomId): RoomSummary {
    const events = this.#rooms.get(room) ?? [];
    const lastTimestamp = events.at(-1)?.event.timestamp_ms;
    return { room, first: 0, next: events.length, lastTimestamp };
  }

  read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    return Promise.resolve((this.#rooms.get(room) ?? []).slice(from, from + limit));
  }

  page(room: RoomId, query: PageQuery): Promise<Page> {
    const events = (this.#rooms.get(room) ?? []).slice(-query.limit);
    return Promise.resolve({ events, moreBefore: false, moreAfter: false });
  }

  get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    return Promise.resolve(this.#rooms.get(room)?.find(({ event }) => event.event_id === id));
  }

  search(query: SearchQuery): Promise<SearchResult> {
    const hits = [...this.#rooms].filter(([room]) => query.rooms?.includes(room) ?? true)
      .flatMap(([, events]) => events)
      .filter(({ event }) => event.content.body?.includes(query.text));
    return Promise.resolve({ hits });
  }

  health(): HistoryHealth {
    return { writable: true };
  }

  onHealth(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #store(draft: Draft): StoredEvent {
    const events = this.#rooms.get(draft.room) ?? [];
    this.#rooms.set(draft.room, events);
    const offset = events.length;
    const event: ChatEvent = {
      event_id: `${draft.room}::t::${offset}`,
      room_id: draft.room,
      timestamp_ms: 1_000 + offset,
      sender_id: draft.sender,
      type: draft.type,
      parent_event_id: draft.parent ?? null,
      prev_event_hash: null,
      signature: null,
      content: {
        ...draft.content,
        chatnode: {
          device: "d",
          seq: offset + 1,
          ...(draft.key === undefined ? {} : { key: draft.key }),
          ...(draft.via === undefined ? {} : { via: draft.via }),
        },
      },
    };
    const stored = { room: draft.room, offset, json: JSON.stringify(event), event };
    events.push(stored);
    return stored;
  }
}
