/**
 * From a wish to a stored event: rights, content, hooks, the event it refers to, the history.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Appended, Draft, History } from "../history/contract.ts";
import { checkContent } from "../message/content.ts";
import type { ChatEvent, Content, EventId, EventType, RoomId } from "../message/event.ts";
import { LIMITS } from "../message/event.ts";
import { exceedsBytes } from "../message/utf8.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Author, Outgoing } from "./contract.ts";
import type { Counters } from "./counters.ts";
import { HubError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";
import { mayUse, requireRoom } from "./rights.ts";

/** Keeps the publishes of one session in order; the session itself, so it is their origin too. */
export interface PublishQueue {
  /** Set while an earlier publish has to wait (for a hook, for a look at another event). */
  turn: Promise<void> | undefined;
  /** Publishes that are not stored yet. */
  waiting: number;
}

/** Types that mean another event, and the key of the content that names it. */
const REFERENCES: Partial<Record<EventType, string>> = {
  "m.room.edit": "replaces",
  "m.room.redaction": "redacts",
  "m.room.reaction": "relates_to",
};

const NAMES = 1_000;

/** See the module's description. */
export class Publisher {
  readonly #history: History;
  readonly #hooks: Hooks;
  readonly #broadcast: Broadcast;
  readonly #counters: Counters;
  readonly #limits: HubLimits;
  /** Rooms written to lately, by what they were called. */
  readonly #names = new Map<string, RoomId>();
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #closed = false;
  /** Rooms with events, counted once and kept up by commits: listing them all is not cheap. */
  #rooms: number;

  constructor(parts: {
    history: History;
    hooks: Hooks;
    broadcast: Broadcast;
    counters: Counters;
    limits: HubLimits;
  }) {
    this.#broadcast = parts.broadcast;
    this.#history = parts.history;
    this.#hooks = parts.hooks;
    this.#counters = parts.counters;
    this.#limits = parts.limits;
    this.#rooms = parts.history.rooms().length;
  }

  /** To be told of every commit's new rooms. */
  roomBegan(): void {
    this.#rooms += 1;
  }

  /**
   * Publishes; see `Session.publish`. With a queue, what was asked for earlier is stored earlier.
   * The usual message is handed to the history in the same turn of the event loop, and costs one
   * promise besides the history's own: this is the path that every message takes.
   */
  publish(author: Author, outgoing: Outgoing, queue?: PublishQueue): Promise<Appended> {
    this.#inFlight += 1;
    if (queue !== undefined) queue.waiting += 1;
    return this.#begin(author, outgoing, queue).then(
      (appended) => this.#stored(author, outgoing, appended, queue),
      (error) => this.#refused(error, queue),
    );
  }

  /** Refuses everything new; resolves when what was accepted is stored and delivered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle = resolve);
    await this.#broadcast.settled;
  }

  #begin(
    author: Author,
    outgoing: Outgoing,
    queue: PublishQueue | undefined,
  ): Promise<Appended> {
    const before = queue?.turn;
    try {
      const prepared = before === undefined
        ? this.#prepare(author, outgoing, queue)
        : before.then(() => this.#prepare(author, outgoing, queue));
      return prepared instanceof Promise
        ? this.#inTurn(prepared, queue)
        : this.#history.append(prepared);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #inTurn(prepared: Promise<Draft>, queue: PublishQueue | undefined): Promise<Appended> {
    // Wrapped, so that the turn ends when the append has begun, not when it is done.
    const begun = prepared.then((draft) => ({ appended: this.#history.append(draft) }));
    if (queue !== undefined) takeTurn(queue, begun);
    return await (await begun).appended;
  }

  #stored(
    author: Author,
    outgoing: Outgoing,
    appended: Appended,
    queue: PublishQueue | undefined,
  ): Appended | Promise<Appended> {
    const delivered = this.#broadcast.settled;
    return delivered === undefined
      ? this.#delivered(author, outgoing, appended, queue)
      : delivered.then(() => this.#delivered(author, outgoing, appended, queue));
  }

  #delivered(
    author: Author,
    outgoing: Outgoing,
    appended: Appended,
    queue: PublishQueue | undefined,
  ): Appended {
    this.#done(queue);
    if (this.#hooks.has("POST_MESSAGE")) {
      void this.#hooks.notify("POST_MESSAGE", { ...author, outgoing, appended });
    }
    return appended;
  }

  #refused(error: unknown, queue: PublishQueue | undefined): never {
    this.#done(queue);
    this.#counters.rejected += 1;
    throw error;
  }

  #done(queue: PublishQueue | undefined): void {
    if (queue !== undefined) queue.waiting -= 1;
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#idle?.();
  }

  #prepare(author: Author, outgoing: Outgoing, origin?: object): Draft | Promise<Draft> {
    if (this.#closed) {
      throw new HubError("hub/closed", "Cannot publish: the node is shutting down");
    }
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
    if (outgoing.type === "m.room.member") {
      throw new HubError("hub/invalid", "Cannot publish: membership events are the node's own");
    }
    checkParent(room, outgoing.parent);
    checkKey(outgoing.key);
    checkBody(outgoing, this.#limits.textBytes);
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

function takeTurn(queue: PublishQueue, begun: Promise<unknown>): void {
  const turn = begun.then(() => {}, () => {}).then(() => {
    if (queue.turn === turn) queue.turn = undefined;
  });
  queue.turn = turn;
}

/** Only what was written can be changed: editing an edit would make two histories of one text. */
function checkTarget(type: EventType, target: ChatEvent): void {
  if (type !== "m.room.edit" || target.type === "m.room.message") return;
  throw new HubError("hub/invalid", "Cannot publish: only messages can be edited");
}

/** A guest's name passes on to others: it must not change what an earlier guest has written. */
function checkGuest(who: Identity, type: EventType, policy: HubLimits["guests"]): void {
  if (who.role !== "guest") return;
  if (policy === "listen") {
    throw new HubError("hub/forbidden", "Cannot publish: guests may only listen", {
      hint: "Sign in with an account.",
    });
  }
  if (type === "m.room.message" || type === "m.room.reaction") return;
  throw new HubError("hub/forbidden", "Cannot publish: guests cannot change what was written");
}

function checkParent(room: string, parent: EventId | undefined): void {
  if (parent === undefined) return;
  if (parent.startsWith(`${room}::`) && parent.length <= 2 * LIMITS.nameBytes) return;
  throw new HubError("hub/no-such-event", "Cannot publish: the parent is no event of this room");
}

function checkKey(key: string | undefined): void {
  if (key === undefined) return;
  const bytes = new TextEncoder().encode(key).length;
  if (bytes > 0 && bytes <= LIMITS.keyBytes) return;
  throw new HubError("hub/invalid", `Cannot publish: the key has 1 to ${LIMITS.keyBytes} bytes`);
}

function checkBody({ type, content }: Outgoing, textBytes: number): void {
  const fault = checkContent(type, content);
  if (fault !== undefined) {
    const reason = fault.message.slice(fault.message.indexOf(": ") + 2);
    throw new HubError("hub/invalid", `Cannot publish: ${reason}`);
  }
  // The check above has seen that it is an object with a body.
  const text = type === "m.room.edit" ? (content["new_content"] as Content).body : content.body;
  if (text === undefined || !exceedsBytes(text, textBytes)) return;
  throw new HubError("hub/invalid", `Cannot publish: the text is longer than ${textBytes} bytes`);
}
