/**
 * Takes out of the index what retention has removed, and gives the space back.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Breather } from "./breather.ts";
import type { RemovedEvents } from "./index_contract.ts";
import type { IndexDatabase } from "./index_database.ts";
import { listShards, SHARD, shardOf, shardTable, ZONE } from "./index_schema.ts";

/** Documents looked at in one transaction. */
const RANGE = 16 * ZONE;

/** Forgets the documents of events that are gone; those of a day are next to each other. */
export async function forgetRemoved(
  database: IndexDatabase,
  removed: readonly RemovedEvents[],
  breathe: Breather,
): Promise<void> {
  const { next } = database.state;
  const first = new Map(removed.map(({ room, first }) => [room, first]));
  for (let from = 0; from < next; from += RANGE) {
    const range = { from, to: Math.min(from + RANGE, next) - 1 };
    const gone = database.read((db) => findGone(db, range, first));
    if (gone.length > 0) {
      database.write((writer, db) => {
        db.exec("PRAGMA secure_delete = on");
        for (const { id, room } of gone) writer.documents.forget(id, room);
        // A shard with many holes is merged again.
        return { merged: Math.min(database.state.merged, shardOf(from)) };
      });
    }
    await breathe();
  }
  dropEmptyShards(database);
}

function findGone(
  db: DatabaseSync,
  { from, to }: { from: number; to: number },
  first: ReadonlyMap<string, number>,
): { readonly id: number; readonly room: number }[] {
  const rows = db.prepare(
    "SELECT documents.id, documents.room, place, name FROM documents " +
      "JOIN rooms ON rooms.id = documents.room WHERE documents.id BETWEEN ? AND ?",
  ).all(from, to);
  return rows.filter(({ name, place }) => Number(place) < (first.get(String(name)) ?? 0))
    .map(({ id, room }) => ({ id: Number(id), room: Number(room) }));
}

function dropEmptyShards(database: IndexDatabase): void {
  const current = shardOf(database.state.next);
  database.write((_, db) => {
    const find = db.prepare("SELECT 1 FROM documents WHERE id BETWEEN ? AND ? LIMIT 1");
    for (const shard of listShards(db)) {
      const [from, to] = [shard * SHARD, (shard + 1) * SHARD - 1];
      if (shard === current || find.get(from, to) !== undefined) continue;
      db.exec(`DROP TABLE ${shardTable(shard)}`);
      db.prepare("DELETE FROM zones WHERE id BETWEEN ? AND ?")
        .run(Math.floor(from / ZONE), Math.floor(to / ZONE));
    }
    return {};
  });
  database.read((db) => db.exec("PRAGMA incremental_vacuum; PRAGMA secure_delete = off"));
}
