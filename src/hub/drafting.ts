/**
 * From a wish to a draft: rights, content, hooks, the event it refers to.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Clock } from "../clock.ts";
import type { Draft, History } from "../history/contract.ts";
import type { EventType, RoomId } from "../message/event.ts";
import type { Author, Outgoing } from "./contract.ts";
import { HubError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";
import { checkGuest, checkOutgoing, checkTarget } from "./outgoing.ts";
import { RateLimits } from "./rate_limits.ts";
import { mayUse, requireRoom } from "./rights.ts";

/** Types that mean another event, and the key of the content that names it. */
const REFERENCES: Partial<Record<EventType, string>> = {
  "m.room.edit": "replaces",
  "m.room.redaction": "redacts",
  "m.room.reaction": "relates_to",
};

const NAMES = 1_000;
/** Rooms remembered as being begun; forgetting them only counts one of them twice. */
const BEGINNING = 1_000;
const DAY_S = 24 * 60 * 60;
/** Whose rooms those of guests are: a guest can take another name at any time. */
const GUESTS = "~";

/** See the module's description. */
export class Drafting {
  readonly #history: History;
  readonly #hooks: Hooks;
  readonly #limits: HubLimits;
  /** Rooms written to lately, by what they were called. */
  readonly #names = new Map<string, RoomId>();
  /** Rooms with events, counted once and kept up by commits: listing them all is not cheap. */
  #rooms: number;
  readonly #beginners: RateLimits;
  /** Rooms without events that somebody was allowed to begin. */
  readonly #beginning = new Set<RoomId>();

  constructor(parts: { history: History; hooks: Hooks; limits: HubLimits; clock: Clock }) {
    this.#history = parts.history;
    this.#hooks = parts.hooks;
    this.#limits = parts.limits;
    this.#rooms = parts.history.rooms().length;
    const { newRoomsPerDay } = parts.limits;
    const rate = { burst: newRoomsPerDay, ratePerSecond: newRoomsPerDay / DAY_S };
    this.#beginners = new RateLimits(rate, parts.clock);
  }

  /** To be told of every commit's new rooms. */
  roomBegan(room: RoomId): void {
    this.#rooms += 1;
    this.#beginning.delete(room);
  }

  /**
   * Makes a draft. At once when nothing has to be waited for, which is so for the usual message.
   *
   * @throws {HubError} see `Session.publish`
   */
  prepare(author: Author, outgoing: Outgoing, origin?: object): Draft | Promise<Draft> {
    const draft = this.#draft(author, outgoing, origin);
    const hooked = this.#hooks.has("PRE_MESSAGE");
    if (!hooked && REFERENCES[outgoing.type] === undefined) return draft;
    return this.#prepareSlowly(author, { ...outgoing, room: draft.room }, origin);
  }

  async #prepareSlowly(author: Author, outgoing: Outgoing, origin?: object): Promise<Draft> {
    const final = this.#hooks.has("PRE_MESSAGE")
      ? await this.#hooks.rewrite({ ...author, outgoing })
      : outgoing;
    const draft = this.#draft(author, final, origin);
    await this.#checkReference(author, draft);
    return draft;
  }

  #draft(author: Author, outgoing: Outgoing, origin: object | undefined): Draft {
    const room = this.#room(author.identity, outgoing.room);
    checkGuest(author.identity, outgoing.type, this.#limits.guests);
    checkOutgoing(room, outgoing, this.#limits.textBytes);
    if (this.#history.room(room).next === 0) this.#begin(author.identity, room);
    return {
      room,
      sender: author.identity.address,
      type: outgoing.type,
      content: outgoing.content,
      via: author.via,
      parent: outgoing.parent,
      key: outgoing.key,
      origin,
    };
  }

  /** Names of rooms are checked once, rights every time. */
  #room(who: Identity, text: string): RoomId {
    const known = this.#names.get(text);
    if (known !== undefined && mayUse(who, known)) return known;
    const room = requireRoom(who, text);
    if (this.#names.size >= NAMES) this.#names.clear();
    this.#names.set(text, room);
    return room;
  }

  #begin(who: Identity, room: RoomId): void {
    if (this.#beginning.has(room)) return;
    if (this.#rooms >= this.#limits.rooms) {
      const state = `the node holds ${this.#rooms} rooms already`;
      throw new HubError("hub/too-many-rooms", `Cannot begin the room: ${state}`);
    }
    const retryAfterMs = this.#beginners.take(who.role === "guest" ? GUESTS : who.address);
    if (retryAfterMs > 0) {
      const whose = who.role === "guest" ? "guests have" : "the account has";
      const state = `${whose} begun as many as a day allows`;
      throw new HubError("hub/too-many-rooms", `Cannot begin the room: ${state}`, { retryAfterMs });
    }
    if (this.#beginning.size >= BEGINNING) this.#beginning.clear();
    this.#beginning.add(room);
  }

  async #checkReference(author: Author, draft: Draft): Promise<void> {
    const key = REFERENCES[draft.type];
    if (key === undefined) return;
    const id = draft.content[key];
    const target = typeof id === "string" ? await this.#history.get(draft.room, id) : undefined;
    if (target === undefined) {
      throw new HubError("hub/no-such-event", `Cannot publish: the room has no event to ${key}`);
    }
    if (draft.type === "m.room.reaction") return;
    const own = target.event.sender_id === draft.sender;
    const moderates = draft.type === "m.room.redaction" && author.identity.role === "admin";
    if (!own && !moderates) {
      throw new HubError("hub/forbidden", `Cannot publish: the event to ${key} is another's`);
    }
    checkTarget(draft.type, target.event);
  }
}
