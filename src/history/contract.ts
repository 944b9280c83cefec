/**
 * What the rest of the node may ask of a history. `store.ts` implements it on files, `memory.ts`
 * in memory for embedders that want no files; one conformance suite runs on both.
 *
 * Two orders exist and are never mixed up:
 * - **arrival**: the room's offset 0, 1, 2, ... in which events were accepted by this store; what
 *   resume, sync and bridges follow. An {@linkcode History.epoch epoch} names the numbering.
 * - **timeline**: (timestamp, event id), for people.
 *
 * @module
 */
import type { Address, ChatEvent, Content, EventId, EventType, RoomId } from "../message/event.ts";

/** What a door hands in: everything the author decides. Id, time and order are the history's. */
export interface Draft {
  readonly room: RoomId;
  /** From authentication, never from the payload. */
  readonly sender: Address;
  readonly type: EventType;
  /** Without the key `chatnode`, which is the history's own. */
  readonly content: Content;
  /** The event answered, edited, redacted or reacted to. */
  readonly parent?: EventId | undefined;
  /**
   * The author's key for this message, at most `LIMITS.keyBytes`. A draft whose (room, sender, key)
   * is among the room's last {@linkcode KEY_WINDOW} events is not stored again: `append` resolves
   * with the event that is already there. Holds across restarts.
   */
  readonly key?: string | undefined;
  /** The door it came in by. */
  readonly via?: string | undefined;
  /**
   * Handed to commit listeners beside the event and never stored: lets the caller tell its own
   * events apart. Not kept once the commit was announced.
   */
  readonly origin?: object | undefined;
}

/** How many of a room's latest events are searched for an author's key. */
export const KEY_WINDOW = 10_000;

/** An event with its place in the room's arrival order. */
export interface StoredEvent {
  readonly room: RoomId;
  readonly offset: number;
  /** The event's line as stored, without LF: encode-once material for every door. */
  readonly json: string;
  /** The parsed line; parsed on first use when it was read from disk. */
  readonly event: ChatEvent;
}

/** What `append` resolves with. */
export interface Appended {
  readonly stored: StoredEvent;
  /** True when the key was known and nothing was stored. */
  readonly duplicate: boolean;
}

/** An event that has its id and its place, and is on its way to the disk. */
export interface Accepted {
  readonly event: ChatEvent;
  /** As `append` resolves and rejects; one that was rejected is nowhere, and its id means nothing. */
  readonly stored: Promise<Appended>;
}

/** A place in the timeline. */
export interface TimelinePosition {
  readonly timestamp: number;
  readonly id: EventId;
}

/** A request for one page of timeline, oldest first in the answer. */
export type PageQuery =
  & { readonly limit: number }
  & (
    | { readonly before?: TimelinePosition }
    | { readonly after: TimelinePosition }
    | { readonly around: TimelinePosition }
  );

/** One page of a room's timeline, oldest first. */
export interface Page {
  readonly events: readonly StoredEvent[];
  /** True when older events than the first of this page exist. */
  readonly moreBefore: boolean;
  /** True when newer events than the last of this page exist. */
  readonly moreAfter: boolean;
}

/** Words, `"phrases"` and `prefix*`; all must match. */
export interface SearchQuery {
  readonly text: string;
  readonly room?: RoomId;
  /** Only these rooms: the searcher's rights. Absent means every room (operators only). */
  readonly rooms?: readonly RoomId[];
  readonly sender?: Address;
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number;
  /** Milliseconds since the epoch, exclusive. */
  readonly until?: number;
  /** 1 to 200. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

/** A message that was found. */
export interface SearchHit extends StoredEvent {
  /** The edit whose text was found in the place of the message's own, when it was edited. */
  readonly edit?: StoredEvent;
}

/**
 * Matches, newest arrival first. A message is found by what it says now: edited text replaces the
 * original, redacted text is gone.
 */
export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string;
}

/** A room as the history sees it. */
export interface RoomSummary {
  readonly room: RoomId;
  /** Offset of the oldest event still kept. */
  readonly first: number;
  /** Offset the next event will get: `next - first` events are kept. */
  readonly next: number;
  /** Timestamp of the newest event, or undefined in an empty room. */
  readonly lastTimestamp: number | undefined;
}

/** One newly stored event and the `origin` of its draft. */
export interface Committed {
  readonly stored: StoredEvent;
  readonly origin?: object | undefined;
}

/**
 * Called with each commit's events in stored order, after they are durable and {@linkcode
 * History.room} and `read` know them, before any `append` of the commit resolves.
 */
export type CommitListener = (commit: readonly Committed[]) => void;

/** Whether the store takes events. */
export type HistoryHealth =
  | { readonly writable: true }
  | { readonly writable: false; readonly code: string; readonly message: string };

/** See the module's description. */
export interface History {
  /** Names this numbering of offsets; changes when the store is restored or rebuilt. */
  readonly epoch: string;

  /**
   * Accepts a draft. Resolves when the event is as durable as the store promises
   * ({@linkcode History.durability}).
   *
   * @throws {HistoryError} `history/full` (no space; retried by itself), `history/io`,
   *   `history/closed`, `history/too-large`, `history/busy` (too much is waiting).
   */
  append(draft: Draft): Promise<Appended>;

  /** `synced`: on disk before the ack; `relaxed`: written, synced within a second; `memory`. */
  readonly durability: "synced" | "relaxed" | "memory";

  /** Follows commits; the returned function ends it. A listener must not throw. */
  onCommit(listener: CommitListener): () => void;

  /** Every room that holds events, in no order. */
  rooms(): readonly RoomSummary[];
  /** One room; an unknown room is an empty one. Reflects committed events only. */
  room(room: RoomId): RoomSummary;

  /**
   * Up to `limit` (1 to 1,000) committed events in arrival order, from offset `from` on; skips
   * what retention has removed.
   */
  read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]>;
  /** One page of timeline; `limit` 1 to 200. */
  page(room: RoomId, query: PageQuery): Promise<Page>;
  /** One event by id, or undefined. */
  get(room: RoomId, id: EventId): Promise<StoredEvent | undefined>;
  /** Full-text search; sees every event that was committed before the call. */
  search(query: SearchQuery): Promise<SearchResult>;

  health(): HistoryHealth;
  /** Called when {@linkcode History.health} turns. */
  onHealth(listener: (health: HistoryHealth) => void): () => void;

  /** Commits what was accepted, then releases the store. Further calls reject. */
  close(): Promise<void>;
}
