/**
 * What was said before anything that is kept here: asked of the archives, page by page, as far as
 * somebody looks back.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { getLogger } from "../../log.ts";
import {
  archive,
  type ArchiveQuery,
  type OlderPage,
} from "../../transports/xmpp/features/archive.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Conversations } from "./conversations.ts";
import { peerOf } from "./peers.ts";
import type { RoomList } from "./room_list.ts";

/** What {@linkcode Older} works with. */
export interface OlderParts {
  readonly xmpp: Pick<XmppSession, "use" | "account" | "isOnline">;
  readonly conversations: Conversations;
  readonly rooms: Pick<RoomList, "has">;
  /** What is told meanwhile as events, once they are stored; see `Intake.gather`. */
  gather(room: RoomId, tell: () => void): Promise<readonly ChatEvent[]>;
}

const PAGE_MOST = 100;
/** Pages that are asked for at once: some hold nothing that is shown. */
const PAGES_MOST = 5;
const KNOWN_MOST = 2_000;

const log = getLogger(["xmpp"]);

/** See the module's description. */
export class Older {
  readonly #parts: OlderParts;
  /** Conversations of which the archive has nothing older. */
  readonly #ended = new Remembered<string, true>(KNOWN_MOST);
  /** One after the other: the same page is not asked for twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: OlderParts) {
    this.#parts = parts;
  }

  /**
   * About `count` events before `oldest`, oldest first; fewer at the beginning of the archive, none
   * without one. They are stored, and count as read. Never rejects.
   *
   * @param oldest the oldest event that is known of the conversation; undefined: none is
   */
  async before(
    room: RoomId,
    oldest: ChatEvent | undefined,
    count: number,
  ): Promise<readonly ChatEvent[]> {
    const asked = this.#last.then(() => this.#fetch(room, oldest, count));
    const done = asked.catch((error: unknown): readonly ChatEvent[] => {
      log.info("older messages cannot be had: {error}", { error });
      return [];
    });
    this.#last = done;
    return await done;
  }

  async #fetch(
    room: RoomId,
    oldest: ChatEvent | undefined,
    count: number,
  ): Promise<readonly ChatEvent[]> {
    const { xmpp, rooms } = this.#parts;
    const peer = peerOf(room);
    // Of somebody in a room there is no archive of one's own that a server could tell from others.
    if (peer.includes("/") || this.#ended.has(peer) || !xmpp.isOnline) return [];
    const of = rooms.has(peer) ? { archive: peer } : { with: peer };
    if (!await xmpp.use(archive).isOffered(of.archive ?? xmpp.account)) return [];
    const found: ChatEvent[] = [];
    let place = this.#placeOf(oldest);
    for (let pages = 0; pages < PAGES_MOST && found.length < count; pages += 1) {
      // Whole pages: what is said of a message is mostly on the same one.
      const asked = { ...of, ...place, most: PAGE_MOST };
      const page = await this.#page(asked, found[0] ?? oldest);
      found.unshift(...await this.#parts.gather(room, () => this.#tell(peer, page)));
      if (page.isComplete || page.first === undefined) {
        this.#ended.set(peer, true);
        break;
      }
      place = { before: page.first };
    }
    // What is more is here by now, and comes when it is asked for.
    return found.toSorted((a, b) => a.timestamp_ms - b.timestamp_ms).slice(-count);
  }

  /** What comes before an event, by the archive's name for it, or by its time. */
  #placeOf(oldest: ChatEvent | undefined): Pick<ArchiveQuery, "before" | "end"> {
    const name = oldest === undefined ? undefined : this.#parts.conversations.archiveName(oldest);
    if (name !== undefined) return { before: name };
    return { before: "", ...(oldest === undefined ? {} : { end: oldest.timestamp_ms }) };
  }

  /** By time, where the archive has forgotten the name. @param oldest of what comes behind it */
  async #page(query: ArchiveQuery, oldest: ChatEvent | undefined): Promise<OlderPage> {
    const all = this.#parts.xmpp.use(archive);
    const until = oldest?.timestamp_ms;
    try {
      return await all.older(query, until);
    } catch (error) {
      const isForgotten = (error as { readonly condition?: unknown }).condition ===
        "item-not-found";
      if (!isForgotten || oldest === undefined) throw error;
      return await all.older({ ...query, before: "", end: oldest.timestamp_ms }, until);
    }
  }

  #tell(peer: string, page: OlderPage): void {
    this.#parts.conversations.quietly(peer, () => page.tell());
  }
}
