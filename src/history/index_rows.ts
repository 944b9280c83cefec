/**
 * Rows of the index's tables as values.
 *
 * @module
 */
import type { EventId } from "../message/event.ts";
import type { Actor } from "./revisions.ts";
import type { TimelinePosition } from "./contract.ts";

/** A row as the database gives it. */
export type Row = Record<string, unknown>;

/** A row of `documents`. */
export interface DocumentRow extends Actor<number> {
  readonly id: number;
  readonly room: number;
  /** Arrival offset. */
  readonly place: number;
  readonly timestamp: number;
  readonly key: number;
  /** Arrival offset of the edit whose text counts. */
  readonly edit: number | undefined;
}

/** What edits and redactions have in common, rows of `edits` and `waiting`. */
export interface ChangeRow extends Actor<number> {
  readonly place: number;
  readonly timestamp: number;
  readonly event: EventId;
}

/** A row of `edits`. */
export interface EditRow extends ChangeRow {
  readonly id: number;
  readonly document: number;
  readonly key: number;
}

/** A row of `waiting`, or a change that has just come. */
export interface Change extends ChangeRow {
  readonly kind: "edit" | "redaction";
  readonly room: number;
  /** The new text of an edit, when it is at hand. */
  readonly body?: string;
}

/** A row of `documents`. */
export function readDocument(row: Row): DocumentRow {
  const { id, room, place, timestamp, key, edit } = row;
  return {
    id: Number(id),
    room: Number(room),
    place: Number(place),
    timestamp: Number(timestamp),
    key: Number(key),
    edit: edit === null ? undefined : Number(edit),
    ...readActor(row),
  };
}

/** A row of `edits`. */
export function readEditRow(row: Row): EditRow {
  const { id, document, key } = row;
  return { id: Number(id), document: Number(document), key: Number(key), ...readChangeRow(row) };
}

/** A row of `waiting`. */
export function readChange(row: Row): Change {
  const kind = row["kind"] === "edit" ? "edit" : "redaction";
  return { kind, room: Number(row["room"]), ...readChangeRow(row) };
}

function readChangeRow(row: Row): ChangeRow {
  const { place, timestamp, event } = row;
  return {
    place: Number(place),
    timestamp: Number(timestamp),
    event: String(event),
    ...readActor(row),
  };
}

function readActor({ sender, device }: Row): Actor<number> {
  return { sender: Number(sender), device: device === null ? undefined : Number(device) };
}

/** Where a change stands in the timeline. */
export function positionOf({ timestamp, event }: ChangeRow): TimelinePosition {
  return { timestamp, id: event };
}
