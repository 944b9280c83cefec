/**
 * The database of an index while it is open for writing: transactions, and what happens when its
 * bytes turn out to be damaged. It is then moved to quarantine and a new one begun: a derived thing
 * is never a reason to stop.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { HistoryError } from "./errors.ts";
import {
  discardIndex,
  indexError,
  type IndexPlace,
  isDamage,
  openWritableIndex,
} from "./index_opening.ts";
import { type IndexState, listShards, shardOf, shardTable, writeState } from "./index_schema.ts";
import { IndexSearch } from "./index_search.ts";
import { IndexWriter } from "./index_writer.ts";
import type { Random } from "./random.ts";

/** What an {@linkcode IndexDatabase} needs. */
export interface DatabaseOptions {
  readonly place: IndexPlace;
  /** This store's device. */
  readonly device: string;
  readonly random: Random;
}

/** Pages of a finished shard that are merged with each transaction, some milliseconds of work. */
const MERGE_PAGES = 200;

/** See the module's description. */
export class IndexDatabase {
  readonly #options: DatabaseOptions;
  #db: DatabaseSync;
  #state: IndexState;
  #search: IndexSearch;
  #writer: IndexWriter | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    const { db, state } = openWritableIndex(options.place, options.random);
    this.#db = db;
    this.#state = state;
    this.#search = new IndexSearch(db, state);
  }

  /** As it was committed last. */
  get state(): IndexState {
    return this.#state;
  }

  /**
   * Reads.
   *
   * @throws {HistoryError} `history/indexing` when it was damaged and is begun anew, `history/io`
   */
  read<T>(action: (db: DatabaseSync, search: IndexSearch) => T): T {
    try {
      return action(this.#db, this.#search);
    } catch (error) {
      throw isDamage(error) ? this.#damaged() : indexError(error);
    }
  }

  /**
   * Changes the index in one transaction. `change` gives what of the state is new.
   *
   * @throws {HistoryError} as {@linkcode IndexDatabase.read}, and `history/full`; nothing has
   *   changed then
   */
  write(change: (writer: IndexWriter, db: DatabaseSync) => Partial<IndexState>): void {
    const transaction = this.begin();
    try {
      transaction.commit(change(transaction.writer, this.#db));
    } catch (error) {
      throw transaction.fail(error);
    }
  }

  /** Begins a transaction that lets others in between; they must not begin one. */
  begin(): IndexTransaction {
    this.read((db) => db.exec("BEGIN IMMEDIATE"));
    const { next, seed } = this.#state;
    this.#writer ??= new IndexWriter(this.#db, { next, seed, device: this.#options.device });
    return {
      db: this.#db,
      writer: this.#writer,
      commit: (change) => this.#commit(change),
      fail: (error) => this.#rollback(error),
    };
  }

  /** Makes what is in it durable: it need not be read from the journal again, come what may. */
  checkpoint(): void {
    this.read((db) => db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  }

  /** Throws everything away and begins anew. */
  reset(): void {
    this.#db.close();
    discardIndex(this.#options.place, "foreign");
    this.#open();
  }

  close(): void {
    this.#db.close();
  }

  #open(): void {
    const { db, state } = openWritableIndex(this.#options.place, this.#options.random);
    this.#db = db;
    this.#state = state;
    this.#search = new IndexSearch(db, state);
    this.#writer = undefined;
  }

  #commit(change: Partial<IndexState>): void {
    const { next = this.#state.next } = this.#writer ?? {};
    this.#writer?.flush();
    const merged = this.#mergeSome(next, change.merged ?? this.#state.merged);
    const state = { ...this.#state, ...change, next, merged };
    writeState(this.#db, state);
    this.#db.exec("COMMIT");
    this.#state = state;
  }

  #rollback(error: unknown): unknown {
    // What it remembers may not be in the tables any more.
    this.#writer = undefined;
    if (isDamage(error)) return this.#damaged();
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // A full disk has ended the transaction already.
    }
    return indexError(error);
  }

  /** A finished shard becomes one piece, step by step; gives the first that is not one yet. */
  #mergeSome(next: number, merged: number): number {
    if (merged >= shardOf(next)) return merged;
    if (!listShards(this.#db).includes(merged)) return merged + 1;
    const table = shardTable(merged);
    const before = this.#changes();
    this.#db.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', -${MERGE_PAGES})`);
    // As FTS5 has it: fewer than two changes mean that nothing was left to merge.
    return this.#changes() - before < 2 ? merged + 1 : merged;
  }

  #changes(): number {
    return Number(this.#db.prepare("SELECT total_changes() AS count").get()?.["count"]);
  }

  #damaged(): HistoryError {
    this.#db.close();
    discardIndex(this.#options.place, "damaged");
    this.#open();
    return indexingError();
  }
}

/** A transaction that is open. One of the two ends it. */
export interface IndexTransaction {
  readonly db: DatabaseSync;
  readonly writer: IndexWriter;
  commit(change: Partial<IndexState>): void;
  /** Takes everything back; gives what to throw for `error`. */
  fail(error: unknown): unknown;
}

/** What a search gets while there is no whole index. `done`: from 0 to 1. */
export function indexingError(done?: number): HistoryError {
  const percent = done === undefined ? "" : ` (${Math.floor(done * 100)} %)`;
  return new HistoryError(
    "history/indexing",
    `Cannot search yet: the search index is being made${percent}`,
    { hint: "Try again in a moment" },
  );
}

/** Whether an error is {@linkcode indexingError}'s. */
export function isIndexing(error: unknown): error is HistoryError {
  return error instanceof HistoryError && error.code === "history/indexing";
}
