/**
 * The documents of the index and what changes them: edits, redactions, in whatever order they come.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EventId } from "../message/event.ts";
import {
  type Change,
  type DocumentRow,
  type EditRow,
  positionOf,
  readChange,
  readDocument,
  readEditRow,
} from "./index_rows.ts";
import { eventKey } from "./index_schema.ts";
import type { IndexText } from "./index_text.ts";
import { mayEdit, mayRedact } from "./revisions.ts";
import { comparePlaces } from "./timeline.ts";

/** What {@linkcode IndexDocuments} works with. */
export interface DocumentsOptions {
  readonly text: IndexText;
  readonly seed: number;
  /** The number of this store's device. */
  readonly own: number;
  /** Called with the room of each document that is removed. */
  readonly removed: (room: number) => void;
}

/** Changes that wait for what they change; of more the oldest are forgotten. */
const WAITING = 10_000;

/** See the module's description. */
export class IndexDocuments {
  readonly #options: DocumentsOptions;
  readonly #sql: Statements;

  constructor(db: DatabaseSync, options: DocumentsOptions) {
    this.#options = options;
    this.#sql = prepare(db);
  }

  /** Adds a document, without its text; the changes that wait for it are still to be applied. */
  insert(document: DocumentRow): void {
    const { id, room, place, timestamp, sender, device = null, key, edit = null } = document;
    this.#sql.insert.run(id, room, place, timestamp, sender, device, key, edit);
  }

  /** Adds an edit of a document that counts. */
  insertEdit(document: number, edit: Omit<EditRow, "id" | "document">): void {
    const { place, timestamp, event, sender, device = null, key } = edit;
    this.#sql.insertEdit.run(document, place, timestamp, event, sender, device, key);
  }

  /** Applies what came before `document`. */
  applyWaiting(document: DocumentRow): void {
    for (const change of this.#takeWaiting(document.key, document.room)) {
      // It may have been redacted by the change before.
      if (this.#find(document.key, document.room) === undefined) return;
      this.#apply(document, change);
    }
  }

  /** Applies an edit or a redaction of `target`, or keeps it until the target comes. */
  change(target: EventId, change: Change): void {
    const key = this.#keyOf(target);
    const document = this.#find(key, change.room);
    if (document !== undefined) this.#apply(document, change);
    else if (change.kind === "edit" || !this.#takeBack(key, change)) this.wait(key, change);
  }

  /** Notes that the text of a document must be read again; until then it has none. */
  refreshLater(document: number): void {
    this.#options.text.remove(document);
    this.#sql.stale.run(document);
  }

  /**
   * The document, if it is still the text at `offset` that it wants: it may have changed again in
   * the meantime, or be gone.
   */
  takeStale(document: number, offset: number): DocumentRow | undefined {
    const row = this.#sql.findStale.get(document, offset);
    if (row === undefined) return undefined;
    this.#sql.notStale.run(document);
    return readDocument(row);
  }

  /** Keeps a change until the event with the key `target` comes. */
  wait(target: number, change: Change): void {
    const { kind, room, place, timestamp, event, sender, device } = change;
    this.#sql.wait.run(target, room, place, timestamp, event, sender, device ?? null, kind);
  }

  /** Forgets changes that have waited longest when there are too many. */
  trim(): void {
    this.#sql.trim.run(WAITING);
  }

  #keyOf(event: EventId): number {
    return eventKey(event, this.#options.seed);
  }

  #find(key: number, room: number): DocumentRow | undefined {
    const row = this.#sql.find.get(key, room);
    return row === undefined ? undefined : readDocument(row);
  }

  #apply(document: DocumentRow, change: Change): void {
    if (change.kind === "redaction") {
      if (mayRedact(change, document, this.#options.own)) this.forget(document.id, document.room);
    } else if (mayEdit(change, document)) {
      this.#edit(document, change);
      for (const redaction of this.#takeWaiting(this.#keyOf(change.event), change.room)) {
        this.#takeBack(this.#keyOf(change.event), redaction);
      }
    }
  }

  #edit(document: DocumentRow, change: Change): void {
    const last = this.#edits(document.id).at(-1);
    this.insertEdit(document.id, { ...change, key: this.#keyOf(change.event) });
    if (last !== undefined && comparePlaces(positionOf(change), positionOf(last)) < 0) return;
    this.#sql.setEdit.run(change.place, document.id);
    if (change.body === undefined) return this.refreshLater(document.id);
    this.#sql.notStale.run(document.id);
    this.#options.text.replace(document, change.body);
  }

  /** Takes a document out, with everything about it. */
  forget(id: number, room: number): void {
    this.#options.text.remove(id);
    for (const sql of [this.#sql.remove, this.#sql.removeEdits, this.#sql.notStale]) sql.run(id);
    this.#options.removed(room);
  }

  /** Takes an edit back, if it may be; false when no edit has this key. */
  #takeBack(key: number, change: Change): boolean {
    const row = this.#sql.findEdit.get(key, change.room);
    if (row === undefined) return false;
    const edit = readEditRow(row);
    if (change.kind !== "redaction" || !mayRedact(change, edit, this.#options.own)) return true;
    this.#sql.removeEdit.run(edit.id);
    const last = this.#edits(edit.document).at(-1);
    if (last !== undefined && comparePlaces(positionOf(last), positionOf(edit)) > 0) return true;
    this.#sql.setEdit.run(last?.place ?? null, edit.document);
    this.refreshLater(edit.document);
    return true;
  }

  /** The edits of a document that count, the one whose text it has last. */
  #edits(document: number): EditRow[] {
    const rows = this.#sql.edits.all(document).map(readEditRow);
    return rows.sort((a, b) => comparePlaces(positionOf(a), positionOf(b)));
  }

  #takeWaiting(target: number, room: number): Change[] {
    const changes = this.#sql.waiting.all(target, room).map(readChange);
    if (changes.length > 0) this.#sql.notWaiting.run(target, room);
    return changes.sort((a, b) => comparePlaces(positionOf(a), positionOf(b)));
  }
}

type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

const SQL = {
  insert: "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  find: "SELECT * FROM documents WHERE key = ? AND room = ?",
  setEdit: "UPDATE documents SET edit = ? WHERE id = ?",
  remove: "DELETE FROM documents WHERE id = ?",
  insertEdit: "INSERT INTO edits (document, place, timestamp, event, sender, device, key) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?)",
  edits: "SELECT * FROM edits WHERE document = ?",
  findEdit: "SELECT edits.* FROM edits JOIN documents ON documents.id = edits.document " +
    "WHERE edits.key = ? AND documents.room = ?",
  removeEdit: "DELETE FROM edits WHERE id = ?",
  removeEdits: "DELETE FROM edits WHERE document = ?",
  wait: "INSERT INTO waiting (target, room, place, timestamp, event, sender, device, kind) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  waiting: "SELECT * FROM waiting WHERE target = ? AND room = ?",
  notWaiting: "DELETE FROM waiting WHERE target = ? AND room = ?",
  trim: "DELETE FROM waiting WHERE id <= (SELECT max(id) FROM waiting) - ?",
  stale: "INSERT OR IGNORE INTO stale VALUES (?)",
  findStale: "SELECT documents.* FROM stale JOIN documents ON documents.id = stale.document " +
    "WHERE document = ? AND coalesce(edit, place) = ?",
  notStale: "DELETE FROM stale WHERE document = ?",
};

function prepare(db: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)] as const);
  return Object.fromEntries(entries) as Statements;
}
