/**
 * Rooms with events of ours that are sealed and in no message file yet.
 *
 * @module
 */
import type { OwnEvents, OwnLines } from "../../../history/own_lines.ts";
import { peekEvent } from "../../../history/peek.ts";
import type { RoomId } from "../../../message/event.ts";
import type { PushState } from "./push_state.ts";

/** One of them. */
export interface OpenRoom {
  readonly room: RoomId;
  /** The offset after the last of them. */
  readonly next: number;
  /** Of all lines, with their LF. */
  readonly bytes: number;
  /** Of how many days: each has a file of its own. */
  readonly days: number;
  /** Its first lines, as a file would begin. */
  readonly first: Pick<OwnLines, "day" | "start" | "end">;
  readonly parts: readonly OwnLines[];
  /** Whether somebody else than the device that writes now has signed some: a former one of ours. */
  readonly former: boolean;
}

/**
 * All of them.
 *
 * @param wanted which rooms are looked at
 */
export async function openRooms(
  events: OwnEvents,
  state: PushState,
  wanted: (room: RoomId) => boolean,
): Promise<OpenRoom[]> {
  const found: OpenRoom[] = [];
  for (const { room, next } of events.rooms()) {
    const from = state.cursor(room);
    if (from >= next || !wanted(room)) continue;
    const parts = await Array.fromAsync(events.parts(room, from));
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) continue;
    const together = parts.filter(({ day }) => day === first.day);
    found.push({
      ...{ room, parts, next: last.to },
      bytes: parts.reduce((sum, each) => sum + each.bytes, 0),
      days: new Set(parts.map(({ day }) => day)).size,
      first: {
        day: first.day,
        start: Math.min(...together.map(({ start }) => start)),
        end: Math.max(...together.map(({ end }) => end)),
      },
      former: parts.some(({ writer }) => writer !== state.device),
    });
  }
  return found;
}

/**
 * The lines of open rooms, without LF, by their times: more of them come after these, unless a room
 * is closed.
 */
export async function openLines(events: OwnEvents, rooms: readonly OpenRoom[]): Promise<string[]> {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  for (const part of rooms.flatMap(({ parts }) => parts)) {
    const text = decoder.decode(await events.read(part));
    lines.push(...text.split("\n").slice(0, -1));
  }
  const timed = lines.map((json) => ({ json, time: peekEvent(json).timestamp }));
  return timed.sort((a, b) => a.time - b.time).map(({ json }) => json);
}
