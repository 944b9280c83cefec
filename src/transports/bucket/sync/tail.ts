/**
 * The latest events of a writer as its head carries them, and the message files that they will be
 * part of.
 *
 * @module
 */
import { utcDay } from "../../../history/segments.ts";
import type { EventId } from "../../../message/event.ts";
import { decodeEvent, type EventLine } from "../../../message/line.ts";
import { fileKey } from "./names.ts";

/** Lines of one room and day as a message file. */
export interface TailFile {
  readonly key: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ids: readonly EventId[];
}

const encoder = new TextEncoder();

/** The lines that are events; who reads the files finds out what the others are. */
export function tailEvents(tail: readonly string[]): EventLine[] {
  return tail.flatMap((json) => {
    try {
      return decodeEvent(json) ?? [];
    } catch {
      return [];
    }
  });
}

/** The files that a writer would make of these lines alone, in the order of their beginnings. */
export function tailFiles(lines: readonly EventLine[], writer: string): TailFile[] {
  const places = Map.groupBy(
    lines,
    ({ event }) => `${utcDay(event.timestamp_ms)}\n${event.room_id}`,
  );
  return Array.from(places.values(), (together) => fileOf(together, writer));
}

function fileOf(lines: readonly EventLine[], writer: string): TailFile {
  const events = lines.map(({ event }) => event);
  const times = events.map(({ timestamp_ms }) => timestamp_ms);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const room = events[0]?.room_id ?? "";
  return {
    key: fileKey({ room, day: utcDay(start), start, end, writer }),
    bytes: encoder.encode(lines.map(({ json }) => `${json}\n`).join("")),
    ids: events.map(({ event_id }) => event_id),
  };
}
