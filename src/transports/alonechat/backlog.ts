/**
 * What an account has not received yet, found in the history by its cursors.
 *
 * @module
 */
import type { History, RoomSummary, StoredEvent } from "../../history/contract.ts";
import { roomKind } from "../../message/address.ts";
import type { Address, RoomId } from "../../message/event.ts";
import type { Cursors } from "./cursors.ts";
import { LOBBY } from "./render.ts";

/** A range of one room. */
export interface Backlog {
  readonly room: RoomId;
  readonly from: number;
  /** The offset after the last one. */
  readonly next: number;
  readonly lastTimestamp: number;
}

/** Events read at once. */
const PAGE = 200;

/**
 * The ranges that wait for `account`, of the lobby and of its direct conversations. A conversation
 * without a cursor waits from its beginning: somebody may be written to before they register.
 */
export function backlogOf(
  history: Pick<History, "room" | "rooms">,
  account: Address,
  cursors: Cursors,
  most: number,
): readonly Backlog[] {
  const rooms = history.rooms().filter(({ room }) => room === LOBBY || isOf(account, room));
  return rooms.flatMap((summary) => {
    const range = rangeOf(summary, cursors, most);
    return range === undefined ? [] : [range];
  });
}

/** The newest `most` events of all ranges, in the order of the timeline. */
export async function readBacklog(
  history: Pick<History, "read">,
  ranges: readonly Backlog[],
  most: number,
): Promise<readonly StoredEvent[]> {
  let events: StoredEvent[] = [];
  for (const range of ranges.toSorted((a, b) => b.lastTimestamp - a.lastTimestamp)) {
    // All that is left is older than the oldest that would be kept.
    if (events.length >= most && range.lastTimestamp < timeOf(events[0])) break;
    for await (const page of pages(history, range)) events.push(...page);
    events = events.sort(inTimeline).slice(-most);
  }
  return events;
}

function isOf(account: Address, room: RoomId): boolean {
  if (!room.startsWith("direct:")) return false;
  const kind = roomKind(room);
  return kind.kind === "direct" && kind.between.includes(account);
}

function rangeOf(summary: RoomSummary, cursors: Cursors, most: number): Backlog | undefined {
  const { room, first, next, lastTimestamp } = summary;
  const start = cursors.get(room) ?? (room === LOBBY ? next : first);
  const from = Math.max(start, first, next - most);
  if (from >= next || lastTimestamp === undefined) return undefined;
  return { room, from, next, lastTimestamp };
}

async function* pages(
  history: Pick<History, "read">,
  { room, from, next }: Backlog,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let at = from; at < next;) {
    const page = await history.read(room, at, Math.min(PAGE, next - at));
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.filter(({ offset }) => offset < next);
    at = last.offset + 1;
  }
}

function timeOf(stored: StoredEvent | undefined): number {
  return stored?.event.timestamp_ms ?? -Infinity;
}

function inTimeline(a: StoredEvent, b: StoredEvent): number {
  if (a.room === b.room) return a.offset - b.offset;
  return a.event.timestamp_ms - b.event.timestamp_ms;
}
