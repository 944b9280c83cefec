/**
 * An index that only adds to another one: for those who may not write, beside a server that does.
 * What the index does not have yet is kept in memory, in the same tables and under the same
 * numbers; a document that has changed since is taken over and counts here alone.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { ChatEvent, EventId } from "../message/event.ts";
import { readPiece } from "./index_journal.ts";
import { openMemoryIndex } from "./index_opening.ts";
import {
  type ChangeRow,
  type DocumentRow,
  readChange,
  readDocument,
  readEditRow,
} from "./index_rows.ts";
import { eventKey, type IndexState } from "./index_schema.ts";
import { type Found, type FoundPage, type IndexQuery, IndexSearch } from "./index_search.ts";
import { type FreshText, type WantedText, wantedTexts } from "./index_wanted.ts";
import { IndexWriter } from "./index_writer.ts";

/** See the module's description. */
export class IndexOverlay {
  readonly #base: DatabaseSync;
  readonly #seed: number;
  readonly #db: DatabaseSync;
  readonly #writer: IndexWriter;
  readonly #searches: { readonly base: IndexSearch; readonly own: IndexSearch };
  /** Documents of the base that are here now. */
  readonly #adopted = new Set<number>();

  /**
   * @param base an index, whose snapshot the caller holds
   * @param device this store's device
   */
  constructor(base: { readonly db: DatabaseSync; readonly state: IndexState }, device: string) {
    const { next, seed } = base.state;
    this.#base = base.db;
    this.#seed = seed;
    this.#db = openMemoryIndex(base.state);
    const adopt = (id: EventId) => this.#adoptTarget(id);
    this.#writer = new IndexWriter(this.#db, { next, seed, device, adopt });
    this.#searches = {
      base: new IndexSearch(base.db, base.state),
      own: new IndexSearch(this.#db, base.state),
    };
    this.#transact(() => {
      for (const row of base.db.prepare("SELECT * FROM waiting").all()) this.#copyWaiting(row);
      for (const { document } of base.db.prepare("SELECT document FROM stale").all()) {
        this.#adopt(Number(document));
      }
    });
  }

  /**
   * Takes in the lines of a journal file from byte `from` to byte `to`.
   *
   * @throws {Deno.errors.NotFound}
   */
  read(path: string, from: number, to: number): void {
    let at = from;
    for (
      let piece = readPiece(path, at, to);
      piece !== undefined;
      piece = readPiece(path, at, to)
    ) {
      const { entries, end } = piece;
      this.#transact(() => {
        for (const { json, offset } of entries) {
          this.#writer.add(JSON.parse(json) as ChatEvent, offset);
        }
      });
      at = end;
    }
  }

  /** Texts that are to be read from the history and given to {@linkcode IndexOverlay.refresh}. */
  wanted(): WantedText[] {
    return wantedTexts(this.#db);
  }

  /** Takes texts in that were wanted. */
  refresh(texts: readonly FreshText[]): void {
    this.#transact(() => this.#writer.refresh(texts));
  }

  /** One page of matches. @throws {HistoryError} `history/query` for a cursor that is none */
  search(query: IndexQuery): FoundPage {
    const { base, own } = this.#searches;
    const found: Found[] = [...own.find(query), ...base.find(query, this.#adopted)];
    return base.page(found.sort((a, b) => b.document - a.document), query.limit);
  }

  /** Releases the memory; the base stays open. */
  close(): void {
    this.#db.close();
  }

  #transact(action: () => void): void {
    this.#db.exec("BEGIN");
    action();
    this.#writer.flush();
    this.#db.exec("COMMIT");
  }

  /** A change may be of a message, or of an edit. */
  #adoptTarget(id: EventId): void {
    const key = eventKey(id, this.#seed);
    const rows = this.#base.prepare(
      "SELECT id AS document FROM documents WHERE key = ? UNION " +
        "SELECT document FROM edits WHERE key = ?",
    ).all(key, key);
    for (const { document } of rows) this.#adopt(Number(document));
  }

  #adopt(id: number): void {
    if (this.#adopted.has(id)) return;
    const row = this.#base.prepare("SELECT * FROM documents WHERE id = ?").get(id);
    if (row === undefined) return;
    this.#adopted.add(id);
    const document: DocumentRow = this.#translated(readDocument(row));
    const edits = this.#base.prepare("SELECT * FROM edits WHERE document = ?").all(id)
      .map((edit) => ({ ...readEditRow(edit), ...this.#actorsOf(readEditRow(edit)) }));
    this.#writer.adopt(document, edits);
    // Its text stays behind; a change that does not count would leave it without one.
    this.#writer.documents.refreshLater(id);
  }

  #copyWaiting(row: Record<string, unknown>): void {
    this.#writer.documents.wait(Number(row["target"]), this.#translated(readChange(row)));
  }

  /** With the numbers that rooms and people have here. */
  #translated<T extends ChangeRow | DocumentRow>(row: T & { readonly room: number }): T {
    return {
      ...row,
      ...this.#actorsOf(row),
      room: this.#writer.rooms.number(this.#room(row.room)),
    };
  }

  #actorsOf({ sender, device }: Pick<DocumentRow, "sender" | "device">) {
    return {
      sender: this.#writer.actors.number(this.#actor(sender)),
      device: device === undefined ? undefined : this.#writer.actors.number(this.#actor(device)),
    };
  }

  #room(number: number): string {
    return String(this.#base.prepare("SELECT name FROM rooms WHERE id = ?").get(number)?.["name"]);
  }

  #actor(number: number): string {
    return String(this.#base.prepare("SELECT name FROM actors WHERE id = ?").get(number)?.["name"]);
  }
}
