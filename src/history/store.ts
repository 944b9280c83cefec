/**
 * The history on files: the contract over its parts.
 *
 * @module
 */
import type { EventId, RoomId } from "../message/event.ts";
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
} from "./contract.ts";
import { HistoryError } from "./errors.ts";
import type { SearchIndex } from "./index_contract.ts";
import { closedError } from "./journal.ts";
import type { RoomReader } from "./room_reader.ts";
import type { Rooms } from "./rooms.ts";
import type { Writer } from "./writer.ts";

/** The opened parts of a store. */
export interface StoreParts {
  readonly epoch: string;
  readonly durability: "synced" | "relaxed";
  readonly rooms: Rooms;
  readonly reader: RoomReader;
  readonly writer: Writer;
  readonly index: SearchIndex | undefined;
  /** Releases everything but the writer and the index. */
  readonly release: () => Promise<void>;
}

/** Most events that one `read` gives. */
export const READ_LIMIT = 1_000;
/** Most events that one `page` gives. */
export const PAGE_LIMIT = 200;

/** See the module's description; made by `openHistory`. */
export class FileHistory implements History {
  readonly epoch: string;
  readonly durability: "synced" | "relaxed";
  readonly #parts: StoreParts;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.epoch = parts.epoch;
    this.durability = parts.durability;
  }

  append(draft: Draft): Promise<Appended> {
    return this.#closing === undefined
      ? this.#parts.writer.append(draft)
      : Promise.reject(closedError());
  }

  onCommit(listener: CommitListener): () => void {
    return this.#parts.writer.onCommit(listener);
  }

  rooms(): readonly RoomSummary[] {
    return this.#parts.rooms.summaries();
  }

  room(room: RoomId): RoomSummary {
    return this.#parts.rooms.summary(room);
  }

  async read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    this.#mustBeOpen();
    checkLimit(limit, READ_LIMIT);
    return await this.#parts.reader.read(room, from, limit);
  }

  async page(room: RoomId, query: PageQuery): Promise<Page> {
    this.#mustBeOpen();
    checkLimit(query.limit, PAGE_LIMIT);
    return await this.#parts.reader.page(room, query);
  }

  async get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    this.#mustBeOpen();
    return await this.#parts.reader.get(room, id);
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    this.#mustBeOpen();
    if (this.#parts.index === undefined) throw noIndexError();
    return await this.#parts.index.search(query);
  }

  health(): HistoryHealth {
    return this.#parts.writer.health;
  }

  onHealth(listener: (health: HistoryHealth) => void): () => void {
    return this.#parts.writer.onHealth(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#parts.writer.close();
      await this.#parts.index?.close();
    } finally {
      await this.#parts.release();
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
