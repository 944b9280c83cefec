/**
 * A history in numbers.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { HistoryReader } from "./reader.ts";

/** One room in numbers. */
export interface RoomStat {
  readonly room: RoomId;
  /** Events kept. */
  readonly events: number;
  /** Events that are not signed yet. */
  readonly unsealed: number;
  readonly segments: number;
  /** Bytes of its segments. */
  readonly bytes: number;
  /** Times of the oldest and the newest event kept, milliseconds since the epoch. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
}

/** See the module's description. */
export interface HistoryStat {
  readonly epoch: string;
  readonly events: number;
  readonly unsealed: number;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly journals: number;
  readonly journalBytes: number;
  readonly rooms: readonly RoomStat[];
}

/** The numbers of what a reader shows, rooms with the most events first. */
export function statOf(reader: HistoryReader): HistoryStat {
  const rooms = reader.rooms().map((summary) => roomStat(reader, summary.room));
  rooms.sort((a, b) => b.events - a.events || (a.room < b.room ? -1 : 1));
  const sum = (of: (room: RoomStat) => number) =>
    rooms.reduce((total, each) => total + of(each), 0);
  const { files } = reader.journals;
  return {
    epoch: reader.epoch,
    events: sum((room) => room.events),
    unsealed: sum((room) => room.unsealed),
    segments: sum((room) => room.segments),
    segmentBytes: sum((room) => room.bytes),
    journals: files.length,
    journalBytes: files.reduce((total, { length }) => total + length, 0),
    rooms,
  };
}

function roomStat(reader: HistoryReader, room: RoomId): RoomStat {
  const segments = Array.from(reader.catalog.rooms.get(room)?.segments.values() ?? []);
  const held = reader.journals.files.flatMap(({ contents }) => contents.rooms.get(room) ?? []);
  const sealed = segments.reduce((total, { count }) => total + count, 0);
  const journaled = held.reduce((total, { count }) => total + count, 0);
  const signed = held.reduce((total, { signed }) => total + signed, 0);
  const times = [...segments, ...held];
  return {
    room,
    events: sealed + journaled,
    unsealed: journaled - signed,
    segments: segments.length,
    bytes: segments.reduce((total, { bytes }) => total + bytes, 0),
    oldest: times.length === 0 ? undefined : Math.min(...times.map(({ start }) => start)),
    newest: times.length === 0 ? undefined : Math.max(...times.map(({ end }) => end)),
  };
}
