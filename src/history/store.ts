/**
 * The history on files: the contract over its parts.
 *
 * @module
 */
import type { EventId, RoomId } from "../message/event.ts";
import type {
  Accepted,
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
} from "./contract.ts";
import type { Catalog } from "./catalog.ts";
import { HistoryError } from "./errors.ts";
import type { SearchIndex } from "./index_contract.ts";
import type { ForeignEvents, Ingested } from "./ingest.ts";
import { closedError } from "./journal.ts";
import type { JournalSet } from "./journal_set.ts";
import type { Device } from "./keys.ts";
import type { Layout } from "./layout.ts";
import type { FolderLock } from "./lock.ts";
import type { RecentEvents } from "./recent.ts";
import type { RoomReader } from "./room_reader.ts";
import type { Rooms } from "./rooms.ts";
import type { Sealer } from "./sealer.ts";
import type { SegmentSet } from "./segment_set.ts";
import type { WorkerClient } from "./worker_client.ts";
import type { Writer } from "./writer.ts";

/** The opened parts of a store: what the other files of this folder build upon. */
export interface StoreParts {
  readonly layout: Layout;
  readonly epoch: string;
  readonly durability: "synced" | "relaxed";
  readonly device: Device;
  readonly catalog: Catalog;
  readonly journals: JournalSet;
  readonly segments: SegmentSet;
  readonly rooms: Rooms;
  readonly recent: RecentEvents;
  readonly reader: RoomReader;
  readonly writer: Writer;
  readonly sealer: Sealer;
  readonly worker: WorkerClient;
  readonly index: SearchIndex | undefined;
  readonly lock: FolderLock;
}

/** Most events that one `read` gives. */
export const READ_LIMIT = 1_000;
/** Most events that one `page` gives. */
export const PAGE_LIMIT = 200;

/** See the module's description; made by `openHistory`. */
export class FileHistory implements History {
  readonly epoch: string;
  readonly durability: "synced" | "relaxed";
  readonly parts: StoreParts;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.parts = parts;
    this.epoch = parts.epoch;
    this.durability = parts.durability;
  }

  append(draft: Draft): Promise<Appended> {
    return this.#closing === undefined
      ? this.parts.writer.append(draft)
      : Promise.reject(closedError());
  }

  /**
   * As {@linkcode append}, at once: whoever has to speak of the event before it is on disk knows its
   * id when this returns. For one who tells apart by itself what was said twice: without a key.
   *
   * @throws {HistoryError} as {@linkcode append}
   */
  accept(draft: Omit<Draft, "key">): Accepted {
    if (this.#closing !== undefined) throw closedError();
    return this.parts.writer.accept(draft);
  }

  onCommit(listener: CommitListener): () => void {
    return this.parts.writer.onCommit(listener);
  }

  rooms(): readonly RoomSummary[] {
    return this.parts.rooms.summaries();
  }

  room(room: RoomId): RoomSummary {
    return this.parts.rooms.summary(room);
  }

  async read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    this.#mustBeOpen();
    checkLimit(limit, READ_LIMIT);
    return await this.parts.reader.read(room, from, limit);
  }

  async page(room: RoomId, query: PageQuery): Promise<Page> {
    this.#mustBeOpen();
    checkLimit(query.limit, PAGE_LIMIT);
    return await this.parts.reader.page(room, query);
  }

  async get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    this.#mustBeOpen();
    return await this.parts.reader.get(room, id);
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    this.#mustBeOpen();
    if (this.parts.index === undefined) throw noIndexError();
    return await this.parts.index.search(query);
  }

  health(): HistoryHealth {
    return this.parts.writer.health;
  }

  onHealth(listener: (health: HistoryHealth) => void): () => void {
    return this.parts.writer.onHealth(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Puts everything that is committed now into segments, for whoever copies or exports them. Reads
   * may go on giving the latest events as they were accepted, without signature.
   *
   * @throws {HistoryError} why that could not be done
   */
  async seal(): Promise<void> {
    this.#mustBeOpen();
    await this.parts.writer.rotate();
    await this.parts.sealer.drain();
  }

  /**
   * Stores what others have signed, as it is; see {@linkcode ForeignEvents}. Commit listeners hear
   * of it as of any event.
   *
   * @throws {HistoryError} as {@linkcode History.append}; `history/invalid` for a writer's name
   *   that cannot be kept. Some of the events may be stored then; asking again is harmless.
   */
  ingest(foreign: ForeignEvents): Promise<Ingested> {
    return this.#closing === undefined
      ? this.parts.writer.ingest(foreign)
      : Promise.reject(closedError());
  }

  async #close(): Promise<void> {
    const { writer, sealer, index, journals, segments, lock } = this.parts;
    try {
      await writer.close();
    } finally {
      await index?.close().catch(() => undefined);
      await sealer.close();
      await journals.saved();
      journals.close();
      segments.close();
      lock.release();
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }
}

/** @throws {RangeError} when `limit` is not an integer from 1 to `most` */
export function checkLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new RangeError(`limit must be an integer from 1 to ${most}, not ${limit}`);
}

/** What a search gets when nothing was attached that could answer it. */
export function noIndexError(): HistoryError {
  return new HistoryError("history/no-index", "Cannot search: this history has no search index");
}
