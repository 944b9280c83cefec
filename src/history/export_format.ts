/**
 * What the formats for people have in common: a head, rooms, days, messages, an end.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { TranscriptMessage } from "./export_transcript.ts";

/** What the head of an export says. */
export interface ExportHead {
  /** When the export was made, milliseconds since the epoch. */
  readonly made: number;
}

/** One format; every method gives text to be written as it is. */
export interface TranscriptFormat {
  head(head: ExportHead): string;
  room(room: RoomId): string;
  /** `day`: `2026-01-31`. */
  day(day: string): string;
  message(message: TranscriptMessage): string;
  /** After the last message of a room. */
  roomEnd(): string;
  end(): string;
}

/** `2026-01-31` of a timestamp, UTC. */
export function dayOf(timestamp: number): string {
  return new Date(timestamp).toISOString().slice(0, 10);
}

/** `09:05:07` of a timestamp, UTC. */
export function timeOf(timestamp: number): string {
  return new Date(timestamp).toISOString().slice(11, 19);
}

/** Characters of an answered message that are shown with the answer. */
const EXCERPT = 80;

/** The beginning of what was answered, on one line. */
export function excerptOf(body: string | undefined): string {
  if (body === undefined) return "(taken back)";
  const line = body.trim().split("\n", 1)[0] ?? "";
  const characters = Array.from(line);
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join("")}...` : line;
}
