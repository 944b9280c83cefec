/**
 * Opens the index's database, and says what its errors mean.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HistoryError, osCode } from "./errors.ts";
import { createTables, type IndexState, readState } from "./index_schema.ts";
import type { Random } from "./random.ts";

/** Which index is wanted. All of it can be sent to a worker. */
export interface IndexPlace {
  /** The database file. */
  readonly path: string;
  /** The folder to which a database that cannot be read is moved. */
  readonly quarantine: string;
  /** The history's numbering of offsets. */
  readonly epoch: string;
}

/** An opened index. */
export interface OpenedIndex {
  readonly db: DatabaseSync;
  readonly state: IndexState;
  /** Why the index had to be begun anew; undefined when it was there. */
  readonly begun: IndexFault | undefined;
}

/** Why an index cannot be used: there is none, it is of other offsets, or it is damaged. */
export type IndexFault = "missing" | "foreign" | "damaged";

/**
 * What is lost by a power cut is read again from the journal, so only a checkpoint waits for the
 * disk; a checkpoint comes before journal files are removed. Memory: 8 MiB of pages.
 */
const WRITER_PRAGMAS = "PRAGMA journal_mode = wal; PRAGMA synchronous = normal; " +
  "PRAGMA cache_size = -8192; PRAGMA temp_store = memory; PRAGMA journal_size_limit = 16777216; " +
  "PRAGMA auto_vacuum = incremental";
const READER_PRAGMAS = "PRAGMA cache_size = -8192; PRAGMA temp_store = memory";
/** Milliseconds to wait for another process that has the database. */
const BUSY_MS = 5_000;

/** A database in memory, for an index that only adds to another one. */
export function openMemoryIndex(state: IndexState): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec("PRAGMA temp_store = memory");
  createTables(db, state);
  return db;
}

/**
 * Opens the index for writing; one that cannot be used is begun anew.
 *
 * @throws {HistoryError} `history/full`, `history/io`
 */
export function openWritableIndex(place: IndexPlace, random: Random): OpenedIndex {
  const found = attempt(() => open(place, "write"));
  if (typeof found === "object") return { ...found, begun: undefined };
  discardIndex(place, found);
  try {
    const db = new DatabaseSync(place.path, { timeout: BUSY_MS });
    db.exec(`PRAGMA auto_vacuum = incremental; ${WRITER_PRAGMAS}`);
    const state = freshState(place.epoch, random);
    createTables(db, state);
    return { db, state, begun: found };
  } catch (error) {
    throw indexError(error);
  }
}

/** Opens the index without ever changing it, also while another process writes it. */
export function openReadableIndex(
  place: IndexPlace,
): { readonly db: DatabaseSync; readonly state: IndexState } | IndexFault {
  return attempt(() => open(place, "read"));
}

function open(
  { path, epoch }: IndexPlace,
  access: "read" | "write",
): { readonly db: DatabaseSync; readonly state: IndexState } | IndexFault {
  if (!exists(path)) return "missing";
  const db = new DatabaseSync(path, { readOnly: access === "read", timeout: BUSY_MS });
  try {
    db.exec(access === "read" ? READER_PRAGMAS : WRITER_PRAGMAS);
    const state = readState(db);
    if (state?.epoch === epoch) return { db, state };
    db.close();
    return "foreign";
  } catch (error) {
    db.close();
    throw error;
  }
}

function attempt<T>(action: () => T | IndexFault): T | IndexFault {
  try {
    return action();
  } catch (error) {
    if (isDamage(error)) return "damaged";
    throw indexError(error);
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Takes the files of an index away; a damaged one is kept in quarantine, the last one only. */
export function discardIndex({ path, quarantine }: IndexPlace, fault: IndexFault): void {
  if (fault === "damaged") {
    Deno.mkdirSync(quarantine, { recursive: true, mode: 0o700 });
    Deno.renameSync(path, join(quarantine, "index.sqlite"));
  }
  removeIndex(path);
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** Removes the files of an index that nobody has open. */
export function removeIndex(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      Deno.removeSync(`${path}${suffix}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function freshState(epoch: string, random: Random): IndexState {
  const [a = 0, b = 0] = new Uint32Array(fill(new Uint8Array(8), random).buffer);
  const generation = random.uuid().replaceAll("-", "").slice(0, 12);
  const seed = (b & 0x1f_ffff) * 0x1_0000_0000 + a;
  const cursor = { file: 0, byte: 0, line: null, checksum: null };
  return { epoch, generation, seed, ...cursor, day: "", next: 1, merged: 0 };
}

function fill(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  random.fill(bytes);
  return bytes;
}

/** Whether an error says that the bytes of the database are not what was written. */
export function isDamage(error: unknown): boolean {
  return isSqlite(error) &&
    /malformed|not a database|no such table|vtable constructor/.test(error.message);
}

/** An error of the database as one of the history; others stay what they are. */
export function indexError(error: unknown): unknown {
  if (!isSqlite(error)) return error;
  const full = /disk is full/.test(error.message);
  return full
    ? new HistoryError("history/full", "Cannot write the search index: no space is left", {
      hint: "Free some space; the index catches up by itself",
      cause: error,
    })
    : new HistoryError("history/io", `Cannot use the search index: ${error.message}`, {
      cause: error,
    });
}

function isSqlite(error: unknown): error is Error {
  return osCode(error) === "ERR_SQLITE_ERROR";
}
