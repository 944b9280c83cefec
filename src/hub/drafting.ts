/**
 * From a wish to a draft: rights, content, hooks, the event it refers to.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Draft, History } from "../history/contract.ts";
import type { EventType, RoomId } from "../message/event.ts";
import type { Author, Outgoing } from "./contract.ts";
import { HubError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";
import { checkGuest, checkOutgoing, checkTarget } from "./outgoing.ts";
import { mayUse, requireRoom } from "./rights.ts";

/** Types that mean another event, and the key of the content that names it. */
const REFERENCES: Partial<Record<EventType, string>> = {
  "m.room.edit": "replaces",
  "m.room.redaction": "redacts",
  "m.room.reaction": "relates_to",
};

const NAMES = 1_000;

/** See the module's description. */
export class Drafting {
  readonly #history: History;
  readonly #hooks: Hooks;
  readonly #limits: HubLimits;
  /** Rooms written to lately, by what they were called. */
  readonly #names = new Map<string, RoomId>();
  /** Rooms with events, counted once and kept up by commits: listing them all is not cheap. */
  #rooms: number;

  constructor(parts: { history: History; hooks: Hooks; limits: HubLimits }) {
    this.#history = parts.history;
    this.#hooks = parts.hooks;
    this.#limits = parts.limits;
    this.#rooms = parts.history.rooms().length;
  }

  /** To be told of every commit's new rooms. */
  roomBegan(): void {
    this.#rooms += 1;
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
    this.#checkRoomCount(room);
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

  #checkRoomCount(room: string): void {
    if (this.#rooms < this.#limits.rooms || this.#history.room(room).next > 0) return;
    throw new HubError(
      "hub/too-many-rooms",
      `Cannot begin the room: the node holds ${this.#rooms} rooms already`,
    );
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
