/**
 * Finds messages that the history has, from another log, an archive or the live session: the same
 * sender and text at the same time, or about it. Each stored message stands for one logged one, so
 * what was said twice stays twice.
 *
 * @module
 */
import { readBody } from "../../message/content.ts";
import type { Address, RoomId } from "../../message/event.ts";
import type { History } from "../contract.ts";
import { LOG_DOOR } from "./contract.ts";

/** Servers stamp archives a little later than clients log. */
const TOLERANCE_MS = 5_000;
/** Every log of one conversation has the same times, in whole seconds. */
const SAME_SECOND_MS = 999;

const PAGE = 200;

/** The time of a stored message, and how far a logged one may be from it, milliseconds. */
interface StoredTime {
  readonly time: number;
  readonly tolerance: number;
}

/** A message as it is compared. */
export interface Said {
  readonly sender: Address;
  readonly time: number;
  readonly body: string;
}

/** See the module's description. */
export class StoredAlready {
  /** What is not matched yet, by sender and text. */
  readonly #times = new Map<string, StoredTime[]>();

  private constructor() {}

  /** What a room holds between two times, inclusive, milliseconds since the epoch. */
  static async between(
    history: History,
    room: RoomId,
    from: number,
    to: number,
  ): Promise<StoredAlready> {
    const known = new StoredAlready();
    let after = { timestamp: from - TOLERANCE_MS, id: "" };
    for (let more = true; more;) {
      const page = await history.page(room, { after, limit: PAGE });
      for (const { event } of page.events) {
        const body = event.type === "m.room.message" ? readBody(event.content) : undefined;
        if (body === undefined) continue;
        const isLogged = event.content.chatnode?.via?.endsWith(LOG_DOOR) ?? false;
        const tolerance = isLogged ? SAME_SECOND_MS : TOLERANCE_MS;
        const key = keyOf({ sender: event.sender_id, body });
        known.#add(key, { time: event.timestamp_ms, tolerance });
      }
      const last = page.events.at(-1)?.event;
      more = page.moreAfter && last !== undefined && last.timestamp_ms <= to + TOLERANCE_MS;
      if (last !== undefined) after = { timestamp: last.timestamp_ms, id: last.event_id };
    }
    return known;
  }

  /** Whether the message is stored; its stored one is used up then. */
  take(said: Said): boolean {
    const stored = this.#times.get(keyOf(said)) ?? [];
    const distance = ({ time }: StoredTime) => Math.abs(time - said.time);
    const nearest = stored.filter((each) => distance(each) <= each.tolerance)
      .sort((a, b) => distance(a) - distance(b))[0];
    if (nearest === undefined) return false;
    stored.splice(stored.indexOf(nearest), 1);
    return true;
  }

  #add(key: string, stored: StoredTime): void {
    const times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, [stored]);
    else times.push(stored);
  }
}

function keyOf({ sender, body }: Omit<Said, "time">): string {
  // A sender's address holds no line feed.
  return `${sender}\n${body}`;
}
