/**
 * Takes in events that others have signed: from a bucket, from an export. Their lines are stored as
 * they came, byte for byte, in the order of their arrival; an event that is here already is not
 * stored again.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../message/event.ts";
import { decodeEvent } from "../message/line.ts";
import { ChatnodeError } from "../errors.ts";
import type { StoredEvent } from "./contract.ts";
import { HistoryError } from "./errors.ts";

/** Signed events of one writer in one room. */
export interface ForeignEvents {
  readonly room: RoomId;
  /** The writer's name, as in the name of the segment that the lines came from. */
  readonly writer: string;
  /**
   * Event lines without LF; white space around them is dropped, empty ones are skipped. A line may
   * come with what `decodeEvent` has made of it and is not decoded again then. Signatures are the
   * caller's to check.
   */
  readonly lines: readonly (string | ForeignLine)[];
}

/** What became of them. */
export interface Ingested {
  /** Newly stored, in the order of the lines. */
  readonly stored: readonly StoredEvent[];
  /** How many were here already. */
  readonly known: number;
  /** Lines that are no events of this room, by their index, with a stable code. */
  readonly refused: readonly { readonly index: number; readonly code: string }[];
}

/** A line that may be stored. */
export interface ForeignLine {
  readonly json: string;
  readonly event: ChatEvent;
}

/** The lines that are events of the room, and the others. */
export function decodeForeign(
  { room, writer, lines }: ForeignEvents,
  now: number,
): { readonly events: ForeignLine[]; readonly refused: Ingested["refused"] } {
  checkWriter(writer);
  const events: ForeignLine[] = [];
  const refused: { index: number; code: string }[] = [];
  for (const [index, line] of lines.entries()) {
    try {
      const decoded = typeof line === "string" ? decodeLine(line, now) : line;
      if (decoded === undefined) continue;
      const isMisplaced = decoded.event.room_id !== room || /[\r\n]/.test(decoded.json);
      if (isMisplaced) throw new HistoryError(...MISPLACED);
      events.push(decoded);
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      refused.push({ index, code: error.code });
    }
  }
  return { events, refused };
}

/** @throws {MessageError} */
function decodeLine(line: string, now: number): ForeignLine | undefined {
  const json = line.trim();
  const event = decodeEvent(json, { now })?.event;
  return event === undefined ? undefined : { json, event };
}

const MISPLACED = ["history/invalid", "Cannot store the line: it is no event of the room"] as const;

/** The writer's name becomes part of a file name. */
function checkWriter(writer: string): void {
  if (/^[A-Za-z0-9_.@%~+-]{1,128}$/.test(writer)) return;
  throw new HistoryError(
    "history/invalid",
    "Cannot store the events: the writer is no usable name",
  );
}
