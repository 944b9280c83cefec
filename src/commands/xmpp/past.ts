/**
 * What was said in an account's conversations: what is in memory, behind it what is kept, and behind
 * that what only archives have.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../../message/event.ts";
import type { Position } from "../../protocol/frames.ts";
import { archive, type ArchivePosition } from "../../transports/xmpp/features/archive.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Conversations } from "./conversations.ts";
import type { Keeping } from "./keeping.ts";
import { readNames } from "./names.ts";
import { peerOf } from "./peers.ts";
import { Older } from "./older.ts";
import { nickOf, type RoomList } from "./room_list.ts";

/** What {@linkcode Past} works with. */
export interface PastParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly rooms: RoomList;
  /** As `Intake.gather`. */
  gather(room: RoomId, tell: () => void): Promise<readonly ChatEvent[]>;
}

const FOUND_MOST = 50;
/** So much the clocks of this machine and of an archive may differ. */
const CLOCKS_APART_MS = 5 * 60_000;

/** See the module's description. */
export class Past {
  readonly #parts: PastParts;
  readonly #older: Older;
  #keeping: Keeping | undefined;

  constructor(parts: PastParts) {
    this.#parts = parts;
    this.#older = new Older(parts);
  }

  /**
   * From now on everything that is said is kept, and what was said before is there again; what was
   * said since then comes out of the archives.
   */
  async keepIn(keeping: Keeping): Promise<void> {
    const { xmpp, conversations, rooms } = this.#parts;
    const { recorder: recording, names, marks } = keeping;
    this.#keeping = keeping;
    conversations.records = { recording, isStored: (room, all) => names.has(room, all) };
    let latest: ArchivePosition | undefined;
    for (const events of await keeping.latest()) {
      const [first] = events;
      if (first === undefined) continue;
      const peer = peerOf(first.room_id);
      conversations.restore(peer, events);
      const isRoom = events.some(({ sender_id: sender }) => nickOf(sender, peer) !== undefined);
      const position = positionOf(events);
      if (isRoom) {
        rooms.note(peer);
        if (position !== undefined) xmpp.use(archive).resumeFrom(peer, position);
      } else if ((position?.timestamp ?? 0) > (latest?.timestamp ?? 0)) latest = position;
    }
    if (latest !== undefined) xmpp.use(archive).resumeFrom(xmpp.account, latest);
    // How far was read in the last run goes before what can be seen from what is kept of it.
    for (const each of marks.archives) {
      xmpp.use(archive).resumeFrom(each, marks.get(each));
      if (each !== xmpp.account) rooms.note(each);
    }
  }

  /** As {@linkcode ChatSession.history} has it. @throws {HistoryError} */
  async history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const here = await this.#here(room, limit, before);
    if (here.length >= limit) return here;
    // At the beginning of what is here: what `before` names is its first event, if it is empty.
    const oldest = here[0] ?? await this.#eventAt(room, before);
    const older = await this.#older.before(room, oldest, limit - here.length);
    return [...older, ...here];
  }

  /** The event of a place that the history was asked about. */
  async #eventAt(room: RoomId, place: Position | undefined): Promise<ChatEvent | undefined> {
    if (place === undefined) return undefined;
    const known = this.#parts.conversations.event(peerOf(room), place.id);
    if (known !== undefined || this.#keeping === undefined) return known;
    const behind = { timestamp: place.timestamp + 1, id: "" };
    const events = await this.#keeping.page(room, 10, behind);
    return events.find(({ event_id: id }) => id === place.id);
  }

  async #here(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const { conversations } = this.#parts;
    const known = conversations.page(peerOf(room), limit, before);
    if (this.#keeping === undefined || known.length >= limit) return known;
    const [oldest] = known;
    const place = oldest === undefined
      ? before
      : { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    const older = await this.#keeping.page(room, limit - known.length, place);
    return [...older.filter((event) => !conversations.has(event)), ...known];
  }

  /** As {@linkcode ChatSession.search} has it. @throws {HistoryError} */
  async search(text: string, room?: RoomId): Promise<readonly ChatEvent[]> {
    const peer = room === undefined ? undefined : peerOf(room);
    if (this.#keeping !== undefined) return await this.#keeping.search(text, FOUND_MOST, room);
    return this.#parts.conversations.search(text, FOUND_MOST, peer);
  }
}

/** How far the archive was read, by what is kept of it. */
function positionOf(events: readonly ChatEvent[]): Required<ArchivePosition> | undefined {
  const last = events.findLast(({ content }) => readNames(content).archived !== undefined);
  const id = last === undefined ? undefined : readNames(last.content).archived;
  if (last === undefined || id === undefined) return undefined;
  return { id, timestamp: last.timestamp_ms - CLOCKS_APART_MS };
}
