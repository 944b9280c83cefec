/**
 * Texts that an index asks for: of documents whose edit was taken back, or came before them.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { RoomId } from "../message/event.ts";

/** A document whose text must be read again. */
export interface WantedText {
  readonly document: number;
  readonly room: RoomId;
  /** The event that has it: the message, or the edit that counts. */
  readonly offset: number;
}

/** Its text; undefined when the event is not there or has none. */
export interface FreshText {
  readonly document: number;
  readonly offset: number;
  readonly body: string | undefined;
}

/** Asked for at a time. */
const AT_ONCE = 100;

/** The texts that are wanted first. */
export function wantedTexts(db: DatabaseSync): WantedText[] {
  const rows = db.prepare(
    "SELECT documents.id AS document, name AS room, coalesce(edit, place) AS offset " +
      "FROM stale JOIN documents ON documents.id = stale.document " +
      "JOIN rooms ON rooms.id = documents.room LIMIT ?",
  ).all(AT_ONCE);
  return rows.map(({ document, room, offset }) => ({
    document: Number(document),
    room: String(room),
    offset: Number(offset),
  }));
}
