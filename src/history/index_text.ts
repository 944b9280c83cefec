import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DocumentRow } from "./index_rows.ts";
import { createShard, shardOf, shardTable, tag } from "./index_schema.ts";
import { indexedText } from "./search_text.ts";

/** The full-text tables, as one. */
export class IndexText {
  readonly #db: DatabaseSync;
  #shard = -1;
  #insert: StatementSync | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Puts in the text of a document that has none. */
  put({ id, room, sender }: DocumentRow, body: string): void {
    const shard = shardOf(id);
    if (shard !== this.#shard || this.#insert === undefined) {
      createShard(this.#db, shard);
      const sql = `INSERT INTO ${shardTable(shard)} (rowid, body) VALUES (?, ?)`;
      this.#insert = this.#db.prepare(sql);
      this.#shard = shard;
    }
    this.#insert.run(id, `${tag("room", room)} ${tag("sender", sender)} ${indexedText(body)}`);
  }

  /** Takes the text of a document out, if it has one. */
  remove(id: number): void {
    createShard(this.#db, shardOf(id));
    this.#db.prepare(`DELETE FROM ${shardTable(shardOf(id))} WHERE rowid = ?`).run(id);
  }

  /** Puts another text in the place of what is there. */
  replace(document: DocumentRow, body: string): void {
    this.remove(document.id);
    this.put(document, body);
  }
}
