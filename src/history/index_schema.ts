/**
 * The tables of the search index.
 *
 * The text stands in full-text tables of {@linkcode SHARD} documents each, `text_0`, `text_1`, ...:
 * a query begins at the newest and stops when its page is full, so the beginning of a common word
 * costs what one of them holds; writing keeps its pace however many there are; what retention
 * removes goes with whole tables. They are contentless: a hit is a row of `documents`, which says
 * where the event is in the history.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";

/** Kept as `user_version`; an index with another one is made anew. */
export const SCHEMA_VERSION = 2;
/** Kept as `application_id`: "chti". */
const APPLICATION = 0x63687469;

/** Documents of one full-text table. */
export const SHARD = 131_072;
/** Documents whose least and greatest timestamps are kept together, for searches by date. */
export const ZONE = 1_024;

const TABLES = `
CREATE TABLE state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  -- Names this index: rows of another one have other numbers.
  generation TEXT NOT NULL,
  -- Where the hash of event ids begins; chosen at random, so that nobody can make two ids collide.
  seed INTEGER NOT NULL,
  -- The journal file and the byte that come next.
  file INTEGER NOT NULL,
  byte INTEGER NOT NULL,
  -- The last line that was read there: its first byte and its checksum.
  line INTEGER,
  checksum TEXT,
  -- While it is made from segments: the last day that is in, or '' before the first.
  day TEXT,
  next INTEGER NOT NULL,
  -- Shards below are merged into as few pieces as they can be.
  merged INTEGER NOT NULL
) STRICT;

-- Offsets below which events are taken from segments while the index is made.
CREATE TABLE plan (room TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  documents INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE actors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  place INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  -- Actors; device is null for events of other programs.
  sender INTEGER NOT NULL,
  device INTEGER,
  -- Hash of the event id.
  key INTEGER NOT NULL,
  -- The offset of the edit whose text counts now.
  edit INTEGER
) STRICT;
CREATE INDEX documents_key ON documents (key);

CREATE TABLE zones (
  id INTEGER PRIMARY KEY,
  earliest INTEGER NOT NULL,
  latest INTEGER NOT NULL
) STRICT;

-- Where in the journal some documents are: those in between follow there. Only of files that are
-- not sealed yet.
CREATE TABLE marks (
  document INTEGER PRIMARY KEY,
  file INTEGER NOT NULL,
  byte INTEGER NOT NULL
) STRICT;

-- Edits that count, so that one can be taken back.
CREATE TABLE edits (
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  place INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  event TEXT NOT NULL,
  sender INTEGER NOT NULL,
  device INTEGER,
  key INTEGER NOT NULL
) STRICT;
CREATE INDEX edits_document ON edits (document);
CREATE INDEX edits_key ON edits (key);

-- Edits and redactions that came before what they change.
CREATE TABLE waiting (
  id INTEGER PRIMARY KEY,
  target INTEGER NOT NULL,
  room INTEGER NOT NULL,
  place INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  event TEXT NOT NULL,
  sender INTEGER NOT NULL,
  device INTEGER,
  kind TEXT NOT NULL CHECK (kind IN ('edit', 'redaction'))
) STRICT;
CREATE INDEX waiting_target ON waiting (target);

-- Documents whose text must be read again from the history: an edit was taken back or came early.
CREATE TABLE stale (document INTEGER PRIMARY KEY) STRICT;
`;

/** The row of `state`. */
export interface IndexState {
  readonly epoch: string;
  readonly generation: string;
  readonly seed: number;
  readonly file: number;
  readonly byte: number;
  readonly line: number | null;
  readonly checksum: string | null;
  /** Null once the index is made. */
  readonly day: string | null;
  readonly next: number;
  readonly merged: number;
}

/** Makes the tables of an empty index. */
export function createTables(db: DatabaseSync, state: IndexState): void {
  db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec(TABLES);
  writeState(db, state);
}

/** Writes the row of `state`. */
export function writeState(db: DatabaseSync, state: IndexState): void {
  const { epoch, generation, seed, file, byte, line, checksum, day, next, merged } = state;
  db.prepare("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    .run(epoch, generation, seed, file, byte, line, checksum, day, next, merged);
}

/** The state of an index, or undefined when the database is not one of this version. */
export function readState(db: DatabaseSync): IndexState | undefined {
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (pragma("application_id") !== APPLICATION) return undefined;
  if (pragma("user_version") !== SCHEMA_VERSION) return undefined;
  return db.prepare("SELECT * FROM state").get() as unknown as IndexState | undefined;
}

/** Makes the full-text table of a shard. */
export function createShard(db: DatabaseSync, shard: number): void {
  // Search by the first one or two characters of a word reads one list instead of thousands.
  db.exec(
    `CREATE VIRTUAL TABLE IF NOT EXISTS ${shardTable(shard)} USING fts5(body, content='',
       contentless_delete=1, tokenize='ascii', prefix='1 2')`,
  );
}

/** The name of a shard's table. */
export function shardTable(shard: number): string {
  return `text_${shard}`;
}

/** The shard of a document. */
export function shardOf(document: number): number {
  return Math.floor(document / SHARD);
}

/** The shards there are, newest first. */
export function listShards(db: DatabaseSync): number[] {
  const rows = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'text_[0-9]*'",
  ).all();
  return rows.map(({ name }) => /^text_(\d+)$/.exec(String(name))?.[1])
    .filter((digits) => digits !== undefined).map(Number).sort((a, b) => b - a);
}

/**
 * What stands in every document's text besides its words: its room and its sender, by number. A
 * private-use character begins them, which is in no token of a text.
 */
export function tag(kind: "room" | "sender", id: number): string {
  return `\ue000${kind === "room" ? "r" : "s"}${id}`;
}

/**
 * Tells event ids apart, as a number that is exact (53 bits): 15 bits of the day in the id, so that
 * neighbours in time are neighbours in the tables and writing stays fast however many there are, and
 * 38 bits of a hash. Of 10,000 messages of one room and day two have one key once in some 5,000 such
 * days, and since `seed` is the index's own nobody can bring it about.
 */
export function eventKey(id: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ Math.floor(seed / 0x1_0000_0000);
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (dayIn(id) * 64 + (b & 63)) * 0x1_0000_0000 + (a >>> 0);
}

/** The day of the time that stands in an id, from 0 to 32,767; 0 when there is none. */
function dayIn(id: string): number {
  const start = id.indexOf("::") + 2;
  const days = Date.parse(id.slice(start, start + 10)) / 86_400_000;
  return Number.isInteger(days) ? days & 0x7fff : 0;
}
