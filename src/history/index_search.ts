/**
 * Asks the index: newest first, a page at a time.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Address, RoomId } from "../message/event.ts";
import { type DocumentRow, readDocument } from "./index_rows.ts";
import { listShards, SHARD, shardTable, tag, ZONE } from "./index_schema.ts";
import { badCursor, expressionOf, type Phrase } from "./search_query.ts";

/** What is looked for. */
export interface IndexQuery {
  readonly phrases: readonly Phrase[];
  /** Only these rooms; undefined for every room. */
  readonly rooms: readonly RoomId[] | undefined;
  readonly sender: Address | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly since: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly until: number | undefined;
  readonly limit: number;
  /** As {@linkcode FoundPage.next} gave it. */
  readonly cursor: string | undefined;
}

/** One match. */
export interface Found {
  /** Its number: the greater, the newer. */
  readonly document: number;
  readonly room: RoomId;
  /** Arrival offset of the message. */
  readonly offset: number;
  readonly timestamp: number;
  /** Arrival offset of the edit whose text matches; undefined when the message's own does. */
  readonly edit: number | undefined;
  /** The message stands in this journal file, not far behind this byte, unless it was sealed. */
  readonly near: { readonly file: number; readonly byte: number } | undefined;
}

/** One page of matches, newest first. */
export interface FoundPage {
  readonly found: readonly Found[];
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

/** Names an index, for cursors: see `state`. */
export interface IndexIdentity {
  readonly generation: string;
}

/** Above this share of all documents the rooms are not asked for, only looked at. */
const LARGE_SHARE = 0.1;
/** More rooms than this are never asked for by name. */
const ROOM_TAGS = 200;
/** Rows taken from the database at a time. */
const ROWS = 256;

/** Documents in `[from, to]`, both inclusive. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** How the rooms of a query are respected. */
interface RoomFilter {
  /** Part of the expression; empty when rooms are looked at instead. */
  readonly tags: readonly string[];
  /** The rooms' names by number; undefined when every room fits. */
  readonly allowed: ReadonlyMap<number, RoomId> | undefined;
}

/** See the module's description. */
export class IndexSearch {
  readonly #db: DatabaseSync;
  readonly #identity: IndexIdentity;
  readonly #roomName: StatementSync;
  readonly #mark: StatementSync;

  constructor(db: DatabaseSync, identity: IndexIdentity) {
    this.#db = db;
    this.#identity = identity;
    this.#roomName = db.prepare("SELECT name FROM rooms WHERE id = ?");
    this.#mark = db.prepare(
      "SELECT file, byte FROM marks WHERE document <= ? ORDER BY document DESC LIMIT 1",
    );
  }

  /**
   * The matches of one page, newest first, and of the next page the first one, if there is any.
   *
   * @param skip documents that do not count
   * @throws {HistoryError} `history/query` for a cursor that is none
   */
  find(query: IndexQuery, skip: ReadonlySet<number> = new Set()): Found[] {
    return this.#rows(query, skip).map((row) => this.#found(row));
  }

  /** One page of what {@linkcode IndexSearch.find} has found. */
  page(found: readonly Found[], limit: number): FoundPage {
    const last = found[limit - 1];
    const next = found.length > limit && last !== undefined ? this.#cursor(last) : undefined;
    return { found: found.slice(0, limit), next };
  }

  #rows(query: IndexQuery, skip: ReadonlySet<number>): DocumentRow[] {
    const filter = this.#roomFilter(query.rooms);
    const sender = this.#senderTags(query.sender);
    const range = this.#range(query);
    if (filter === undefined || sender === undefined || range === undefined) return [];
    const expression = expressionOf(query.phrases, [...filter.tags, ...sender]);
    const fits = (row: DocumentRow) =>
      (filter.allowed?.has(row.room) ?? true) && !skip.has(row.id) &&
      row.timestamp >= (query.since ?? 0) && row.timestamp < (query.until ?? Infinity);
    const rows: DocumentRow[] = [];
    for (const shard of listShards(this.#db)) {
      if (rows.length > query.limit) break;
      const part = {
        from: Math.max(range.from, shard * SHARD),
        to: Math.min(range.to, (shard + 1) * SHARD - 1),
      };
      if (part.from > part.to) continue;
      this.#searchShard(shard, expression, part, fits, rows, query.limit + 1);
    }
    return rows;
  }

  #searchShard(
    shard: number,
    expression: string,
    { from, to }: Range,
    fits: (row: DocumentRow) => boolean,
    rows: DocumentRow[],
    wanted: number,
  ): void {
    const table = shardTable(shard);
    const statement = this.#db.prepare(
      `SELECT documents.* FROM ${table} CROSS JOIN documents ON documents.id = ${table}.rowid
       WHERE ${table} MATCH ? AND ${table}.rowid BETWEEN ? AND ?
       ORDER BY ${table}.rowid DESC LIMIT ?`,
    );
    // The first look takes no more than is missing; the longer nothing fits, the more follow.
    let count = Math.max(1, wanted - rows.length);
    for (let end = to; end >= from;) {
      const batch = statement.all(expression, from, end, count).map(readDocument);
      for (const row of batch) {
        if (fits(row)) rows.push(row);
        if (rows.length === wanted) return;
      }
      if (batch.length < count) return;
      end = (batch.at(-1)?.id ?? from) - 1;
      count = Math.min(count * 4, ROWS * 16);
    }
  }

  #found({ id, room, place, timestamp, edit }: DocumentRow): Found {
    const name = String(this.#roomName.get(room)?.["name"]);
    const mark = this.#mark.get(id);
    const near = mark && { file: Number(mark["file"]), byte: Number(mark["byte"]) };
    return { document: id, room: name, offset: place, timestamp, edit, near };
  }

  /** Undefined when no document is in any of the rooms. */
  #roomFilter(names: readonly RoomId[] | undefined): RoomFilter | undefined {
    if (names === undefined) return { tags: [], allowed: undefined };
    const find = this.#db.prepare("SELECT id, documents FROM rooms WHERE name = ?");
    const allowed = new Map<number, RoomId>();
    let documents = 0;
    for (const name of new Set(names)) {
      const row = find.get(name);
      if (row === undefined || Number(row["documents"]) <= 0) continue;
      allowed.set(Number(row["id"]), name);
      documents += Number(row["documents"]);
    }
    if (allowed.size === 0) return undefined;
    const tags = Array.from(allowed.keys(), (id) => `"${tag("room", id)}"`);
    const large = documents >= this.#documents() * LARGE_SHARE;
    if (tags.length > 1 && (large || tags.length > ROOM_TAGS)) return { tags: [], allowed };
    return { tags: [`(${tags.join(" OR ")})`], allowed: undefined };
  }

  #documents(): number {
    return Number(this.#db.prepare("SELECT sum(documents) AS sum FROM rooms").get()?.["sum"] ?? 0);
  }

  /** Undefined when the index knows nothing of this sender. */
  #senderTags(sender: Address | undefined): readonly string[] | undefined {
    if (sender === undefined) return [];
    const row = this.#db.prepare("SELECT id FROM actors WHERE name = ?").get(sender);
    return row === undefined ? undefined : [`"${tag("sender", Number(row["id"]))}"`];
  }

  /** Where documents of the query's time and page can be; undefined when there can be none. */
  #range(
    { since, until, cursor }: Pick<IndexQuery, "since" | "until"> & { cursor?: string | undefined },
  ): Range | undefined {
    let to = cursor === undefined ? Number.MAX_SAFE_INTEGER : this.#resume(cursor) - 1;
    let from = 0;
    if (since !== undefined || until !== undefined) {
      const zones = this.#db.prepare(
        "SELECT min(id) AS first, max(id) AS last FROM zones WHERE latest >= ? AND earliest < ?",
      ).get(since ?? 0, until ?? Number.MAX_SAFE_INTEGER);
      if (zones === undefined || zones["first"] === null) return undefined;
      from = Number(zones["first"]) * ZONE;
      to = Math.min(to, (Number(zones["last"]) + 1) * ZONE - 1);
    }
    return from > to ? undefined : { from, to };
  }

  #cursor({ document, timestamp, offset }: Found): string {
    const numbers = [document, timestamp, offset].map((number) => number.toString(36));
    return [this.#identity.generation, ...numbers].join(".");
  }

  /** The document after which a page begins, also when the index was made anew in between. */
  #resume(cursor: string): number {
    const [, generation, ...numbers] = CURSOR.exec(cursor) ?? [];
    const [id = NaN, timestamp = NaN, place = NaN] = numbers.map((text) => parseInt(text, 36));
    if (![id, timestamp, place].every(Number.isSafeInteger)) throw badCursor();
    if (generation === this.#identity.generation) return id;
    const range = this.#range({ since: timestamp, until: timestamp + 1, cursor: undefined });
    const row = range === undefined ? undefined : this.#db.prepare(
      "SELECT id FROM documents WHERE id BETWEEN ? AND ? AND timestamp = ? AND place = ?",
    ).get(range.from, range.to, timestamp, place);
    // The document may be gone; then whatever is older.
    return Number(row?.["id"] ?? (this.#range({ since: 0, until: timestamp })?.to ?? 0) + 1);
  }
}

/** Generation, document, timestamp, offset. */
const CURSOR = /^([a-z0-9-]{1,40})\.([a-z0-9]{1,11})\.([a-z0-9]{1,11})\.([a-z0-9]{1,11})$/;
