/**
 * What one account may see of the node's rooms.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { RoomSummary } from "../history/contract.ts";
import type { RoomId } from "../message/event.ts";
import type { Member, RoomOverview } from "./contract.ts";
import type { Core } from "./core.ts";
import { directEnds, mayLookBack } from "./rights.ts";

/** Who is in a room; of a direct conversation, who of the two is connected. */
export function membersOf({ rooms, people }: Core, room: RoomId): readonly Member[] {
  const ends = directEnds(room);
  const identities = ends === undefined
    ? rooms.get(room)?.present() ?? []
    : ends.flatMap((end) => people.get(end)?.who ?? []);
  return identities
    .map((who) => ({ who, presence: people.presenceOf(who.address) }))
    .sort((a, b) => a.who.name < b.who.name ? -1 : 1);
}

/** Every room with events or people that the account may read. */
export function overviewOf(core: Core, who: Identity): readonly RoomOverview[] {
  const summaries = new Map<RoomId, RoomSummary>();
  for (const summary of core.history.rooms()) summaries.set(summary.room, summary);
  for (const room of core.rooms.all()) {
    if (!summaries.has(room.id)) summaries.set(room.id, core.history.room(room.id));
  }
  return [...summaries.values()]
    .filter((summary) => mayLookBack(who, summary.room))
    .map((summary) => ({
      ...summary,
      members: countMembers(core, summary.room),
      read: core.markers.get(who.address, summary.room),
    }));
}

function countMembers({ rooms, people }: Core, room: RoomId): number {
  const ends = directEnds(room);
  if (ends === undefined) return rooms.get(room)?.people ?? 0;
  return ends.filter((end) => people.sessionsOf(end) > 0).length;
}

/** The rooms whose messages the account may search. */
export function searchable({ history }: Core, who: Identity): readonly RoomId[] {
  return history.rooms().map((summary) => summary.room).filter((room) => mayLookBack(who, room));
}
