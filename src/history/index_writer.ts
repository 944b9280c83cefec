/**
 * Takes events into the tables of the index, one after the other. What it does belongs to the
 * caller's transaction; after a rollback a writer must not be used any more.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { readEdit, readRedaction } from "../message/content.ts";
import type { ChatEvent, EventId } from "../message/event.ts";
import { IndexDocuments } from "./index_documents.ts";
import { IndexNames } from "./index_names.ts";
import type { Change, DocumentRow, EditRow } from "./index_rows.ts";
import { eventKey, ZONE } from "./index_schema.ts";
import type { FreshText } from "./index_wanted.ts";
import { IndexText } from "./index_text.ts";
import { type Actor, actorOf, textOf } from "./revisions.ts";

/** What an {@linkcode IndexWriter} begins with. */
export interface WriterStart {
  /** The number of the next document. */
  readonly next: number;
  readonly seed: number;
  /** This store's device. */
  readonly device: string;
  /**
   * Called with the event that a change is about, before it is looked up: an index that only adds
   * to another one takes over from there what changes.
   */
  readonly adopt?: (id: EventId) => void;
}

/** See the module's description. */
export class IndexWriter {
  readonly rooms: IndexNames;
  readonly actors: IndexNames;
  readonly text: IndexText;
  readonly documents: IndexDocuments;
  readonly #start: WriterStart;
  readonly #sql: Readonly<Record<"zone" | "count", ReturnType<DatabaseSync["prepare"]>>>;
  readonly #zones = new Map<number, { earliest: number; latest: number }>();
  readonly #counts = new Map<number, number>();
  #next: number;

  constructor(db: DatabaseSync, start: WriterStart) {
    this.#start = start;
    this.#next = start.next;
    this.#sql = { zone: db.prepare(ZONE_SQL), count: db.prepare(COUNT_SQL) };
    this.rooms = new IndexNames(db, "rooms");
    this.actors = new IndexNames(db, "actors");
    this.text = new IndexText(db);
    this.documents = new IndexDocuments(db, {
      text: this.text,
      seed: start.seed,
      own: this.actors.number(start.device),
      removed: (room) => this.#count(room, -1),
    });
  }

  /** The number that the next document gets. */
  get next(): number {
    return this.#next;
  }

  /** Takes one event in; `place` is its arrival offset. */
  add(event: ChatEvent, place: number): void {
    const { type, content } = event;
    const body = textOf(event);
    if (type === "m.room.message" && body !== undefined) this.#message(event, place, body);
    else if (type === "m.room.edit" && body !== undefined) {
      const target = readEdit(content)?.replaces ?? "";
      this.#change(target, { ...this.#changeOf(event, place), kind: "edit", body });
    } else if (type === "m.room.redaction") {
      const target = readRedaction(content)?.redacts;
      if (target === undefined) return;
      this.#change(target, { ...this.#changeOf(event, place), kind: "redaction" });
    }
  }

  /** Adds a document that has its number already, without text; its room and actors are of here. */
  adopt(document: DocumentRow, edits: readonly EditRow[]): void {
    this.documents.insert(document);
    for (const edit of edits) this.documents.insertEdit(document.id, edit);
    this.#count(document.room, 1);
    this.#note(document);
  }

  /** Takes texts in that were wanted. */
  refresh(texts: readonly FreshText[]): void {
    for (const { document, offset, body } of texts) {
      const row = this.documents.takeStale(document, offset);
      if (row !== undefined && body !== undefined) this.text.replace(row, body);
    }
  }

  /** Writes what was only counted so far; to be called before the transaction is committed. */
  flush(): void {
    for (const [zone, { earliest, latest }] of this.#zones) {
      this.#sql.zone.run(zone, earliest, latest);
    }
    this.#zones.clear();
    for (const [room, count] of this.#counts) this.#sql.count.run(count, room);
    this.#counts.clear();
    this.documents.trim();
  }

  #message(event: ChatEvent, place: number, body: string): void {
    const document: DocumentRow = {
      id: this.#next++,
      room: this.rooms.number(event.room_id),
      place,
      timestamp: event.timestamp_ms,
      key: eventKey(event.event_id, this.#start.seed),
      edit: undefined,
      ...this.#actorOf(event),
    };
    this.documents.insert(document);
    this.text.put(document, body);
    this.#count(document.room, 1);
    this.#note(document);
    this.documents.applyWaiting(document);
  }

  #change(target: EventId, change: Change): void {
    this.#start.adopt?.(target);
    this.documents.change(target, change);
  }

  #changeOf(event: ChatEvent, place: number): Omit<Change, "kind"> {
    return {
      room: this.rooms.number(event.room_id),
      place,
      timestamp: event.timestamp_ms,
      event: event.event_id,
      ...this.#actorOf(event),
    };
  }

  #actorOf(event: ChatEvent): Actor<number> {
    const { sender, device } = actorOf(event);
    return {
      sender: this.actors.number(sender),
      device: device === undefined ? undefined : this.actors.number(device),
    };
  }

  #count(room: number, by: number): void {
    this.#counts.set(room, (this.#counts.get(room) ?? 0) + by);
  }

  #note({ id, timestamp }: DocumentRow): void {
    const number = Math.floor(id / ZONE);
    const zone = this.#zones.get(number);
    if (zone === undefined) this.#zones.set(number, { earliest: timestamp, latest: timestamp });
    else if (timestamp < zone.earliest) zone.earliest = timestamp;
    else if (timestamp > zone.latest) zone.latest = timestamp;
  }
}

const ZONE_SQL = "INSERT INTO zones VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET " +
  "earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)";
const COUNT_SQL = "UPDATE rooms SET documents = documents + ? WHERE id = ?";
