/**
 * What was said in the conversations of one account, as events of the one model: each message once,
 * whichever way and however often it came.
 *
 * @module
 */
import { xmppRoom } from "../../message/address.ts";
import { readReaction, readRedaction } from "../../message/content.ts";
import { MessageError } from "../../message/error.ts";
import type {
  Address,
  ChatEvent,
  Content,
  EventId,
  EventType,
  RoomId,
} from "../../message/event.ts";
import type { Position } from "../../protocol/frames.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";
import { archived, authored, namesOf, namesOfEvent, senderOf } from "./message_names.ts";
import { namedContent, readNames } from "./names.ts";
import { type Recording, type Said as SaidWhen, unrecorded } from "./recording.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";

/** A message that was kept. */
export interface Kept {
  /** Undefined for what only the history knows. */
  readonly event: ChatEvent | undefined;
  /** False when it was there before. */
  readonly isNew: boolean;
}

/** Where events of conversations come from, and what is known of those that are not here. */
export interface Records {
  readonly recording: Recording;
  /** Whether a message of one of these names was stored in the room. */
  isStored(room: RoomId, names: readonly string[]): boolean;
}

/** What a conversation is known to be. */
export interface Conversation {
  readonly room: RoomId;
  /** Bare JID, or a room's occupant. */
  readonly peer: string;
  readonly events: readonly ChatEvent[];
  /** Of others, and seen nowhere. */
  readonly unread: number;
}

interface Thread {
  readonly room: RoomId;
  readonly peer: string;
  events: ChatEvent[];
  unread: Set<EventId>;
}

/** Who says what to whom. */
export interface SaidBy {
  readonly peer: string;
  readonly sender: Address;
  /** The message's id. */
  readonly id: string;
  readonly parent?: EventId | undefined;
}

/** A text. */
export interface SaidText {
  readonly body: string;
  readonly msgtype: "m.text" | "m.emote" | "m.notice";
}

/** Something about another event. */
export interface SaidChange {
  readonly type: EventType;
  readonly content: Content;
}

/** What is said by this client. */
export type Said = SaidBy & (SaidText | SaidChange);

/** What is known of a message besides what it says itself. */
export interface KeptWith {
  /** The room's own name for the author. */
  readonly occupant?: string | undefined;
  /** What it answers. */
  readonly parent?: EventId | undefined;
  /** Its text, where that is not all of it. */
  readonly body?: string | undefined;
}

/** What somebody says about other messages, with one of their own. */
export interface Change extends Pick<KeptWith, "occupant"> {
  readonly says: readonly SaidChange[];
}

const THREADS_MOST = 2_000;
const EVENTS_MOST = 5_000;
const NAMES_MOST = 100_000;
const AWAITED_MOST = 100;

/** See the module's description. Bounded: the oldest are forgotten first. */
export class Conversations {
  readonly #account: Address;
  readonly #now: () => number;
  #records: Records;
  readonly #threads = new Remembered<string, Thread>(THREADS_MOST);
  /** Events by what messages are called: by their author, and by the archive. */
  readonly #names = new Remembered<string, EventId>(NAMES_MOST);
  readonly #messages = new Remembered<EventId, Message>(NAMES_MOST);
  /** What events were heard as, those that are about others included. */
  readonly #origins = new WeakMap<ChatEvent, Message>();
  /** Who waits for the redaction of an event. */
  readonly #awaited = new Remembered<EventId, (event: ChatEvent) => void>(AWAITED_MOST);
  /** What archives call events, also those that were called so later. */
  readonly #archived = new Remembered<EventId, string>(NAMES_MOST);

  constructor(account: Address, now: () => number, uuid: () => string) {
    this.#account = account;
    this.#now = now;
    this.#records = { recording: unrecorded(uuid), isStored: () => false };
  }

  /** From now on events come from there. */
  set records(records: Records) {
    this.#records = records;
  }

  /** What becomes of an event; see {@linkcode Recording.fateOf}. */
  fateOf(event: ChatEvent): ReturnType<Recording["fateOf"]> {
    return this.#records.recording.fateOf(event);
  }

  /** What an event was heard as; undefined for what this client says. */
  originOf(event: ChatEvent): Message | undefined {
    return this.#origins.get(event);
  }

  /** An event is none after all. */
  forget(event: ChatEvent): void {
    const { event_id: id, room_id: room } = event;
    for (const name of namesOfEvent(event)) {
      if (this.#names.get(name) === id) this.#names.delete(name);
    }
    this.#messages.delete(id);
    for (const [, thread] of this.#threads.entries()) {
      if (thread.room !== room) continue;
      thread.events = thread.events.filter((each) => each !== event);
      thread.unread.delete(id);
    }
  }

  /** The room of what is said with `peer`. @throws {MessageError} when the JID fits no address */
  roomOf(peer: string): RoomId {
    return xmppRoom(this.#account, peer);
  }

  /** The same; undefined for a JID that fits no address. */
  knownRoomOf(peer: string): RoomId | undefined {
    const known = this.#threads.get(peer)?.room;
    if (known !== undefined) return known;
    try {
      return this.roomOf(peer);
    } catch (error) {
      if (error instanceof MessageError) return undefined;
      throw error;
    }
  }

  /** Every conversation, the latest last. */
  all(): readonly Conversation[] {
    return [...this.#threads.entries()].map(([, thread]) => ({
      ...thread,
      unread: thread.unread.size,
    }));
  }

  /** Keeps a message; undefined when its JIDs fit no room or it has no text. */
  keep(
    message: Message,
    { occupant, parent, body = message.body }: KeptWith = {},
  ): Kept | undefined {
    const { peer, direction, type, isAction } = message;
    if (body === undefined) return undefined;
    const sender = senderOf(message, this.#account);
    const thread = this.#thread(peer);
    if (thread === undefined) return undefined;
    const names = [
      ...namesOf(thread.room, sender, message),
      ...this.#ownAgain(thread, message),
    ];
    const known = names.map((name) => this.#names.get(name)).find((id) => id !== undefined);
    const before = thread.events.find(({ event_id: id }) => id === known);
    if (before !== undefined) {
      for (const name of names) this.#names.set(name, before.event_id);
      if (message.stanzaId !== undefined) this.#archived.set(before.event_id, message.stanzaId);
      return { event: before, isNew: false };
    }
    if (known !== undefined || this.#records.isStored(thread.room, names)) {
      return { event: undefined, isNew: false };
    }
    const msgtype = type === "headline" ? "m.notice" : isAction ? "m.emote" : "m.text";
    const event = this.#records.recording.record({
      ...{ room: thread.room, sender, type: "m.room.message", parent: parent ?? null },
      timestamp: timeOf(message, thread.events),
      content: { body, msgtype, ...namedContent(message, occupant) },
    }, whenOf(message));
    this.#add(thread, event, names);
    this.#messages.set(event.event_id, message);
    this.#origins.set(event, message);
    if (direction === "in") thread.unread.add(event.event_id);
    else thread.unread.clear();
    return { event, isNew: true };
  }

  /**
   * Keeps what this client says, or was given by somebody without a message; the copies of it that
   * come back are known then.
   */
  keepSaid({ peer, sender, id, parent, ...said }: Said): ChatEvent {
    const room = this.roomOf(peer);
    const thread = this.#thread(peer) ?? { room, peer, events: [], unread: new Set() };
    const { type, content } = "body" in said
      ? { type: "m.room.message", content: { body: said.body, msgtype: said.msgtype } } as const
      : said;
    const event = this.#records.recording.record({
      ...{ room, sender, timestamp: this.#now(), type, parent: parent ?? null },
      content: { ...content, ...namedContent({ id }) },
    }, "live");
    this.#add(thread, event, [authored(room, sender, id)]);
    if (sender === this.#account) thread.unread.clear();
    else thread.unread.add(event.event_id);
    return event;
  }

  /** The redaction of an event, once it is heard. */
  redactionOf(id: EventId): Promise<ChatEvent> {
    const { promise, resolve } = Promise.withResolvers<ChatEvent>();
    this.#awaited.set(id, resolve);
    return promise;
  }

  /** Keeps what a message says about another one; nothing when it was there before. */
  keepChanges(message: Message, { says, occupant }: Change): readonly ChatEvent[] {
    const sender = senderOf(message, this.#account);
    const thread = this.#thread(message.peer);
    if (thread === undefined) return [];
    const { room } = thread;
    const names = namesOf(room, sender, message);
    const isKnown = names.some((name) => this.#names.has(name)) ||
      this.#records.isStored(room, names);
    if (isKnown) return [];
    return says.map(({ type, content }) => {
      const event = this.#records.recording.record({
        ...{ room, sender, type, parent: null },
        timestamp: timeOf(message, thread.events),
        content: { ...content, ...namedContent(message, occupant) },
      }, whenOf(message));
      this.#add(thread, event, names);
      this.#origins.set(event, message);
      if (type === "m.room.redaction") this.#redacted(event);
      return event;
    });
  }

  /** What was said with somebody in earlier runs; no part of it counts as unread. */
  restore(peer: string, events: readonly ChatEvent[]): void {
    const thread = this.#thread(peer);
    if (thread === undefined) return;
    for (const event of events) this.#add(thread, event, namesOfEvent(event));
  }

  /** What comes meanwhile out of the past leaves what is unread as it is. */
  quietly(peer: string, action: () => void): void {
    const before = new Set(this.#threads.get(peer)?.unread);
    action();
    const thread = this.#threads.get(peer);
    if (thread !== undefined) thread.unread = before;
  }

  /** Whether this very message is here, as itself or as its copy. */
  has(event: ChatEvent): boolean {
    return namesOfEvent(event).some((name) => this.#names.get(name) !== undefined);
  }

  /** The event that `sender` has called `id`, or the archive has. */
  find(peer: string, sender: Address, id: string): EventId | undefined {
    const room = this.#threads.get(peer)?.room;
    if (room === undefined) return undefined;
    return this.#names.get(authored(room, sender, id)) ?? this.#names.get(archived(room, id));
  }

  /** The event that the archive of a conversation has called `id`. */
  findArchived(peer: string, id: string): EventId | undefined {
    const room = this.#threads.get(peer)?.room;
    return room === undefined ? undefined : this.#names.get(archived(room, id));
  }

  /** An event of a conversation, by its id. */
  event(peer: string, id: EventId): ChatEvent | undefined {
    return this.#threads.get(peer)?.events.find(({ event_id }) => event_id === id);
  }

  /** What somebody thinks of an event: their reactions to it that they have not taken back. */
  reactionsTo(peer: string, id: EventId, sender: Address): readonly ChatEvent[] {
    const events = this.#threads.get(peer)?.events ?? [];
    const gone = new Set(
      events.filter(({ type, sender_id }) => type === "m.room.redaction" && sender_id === sender)
        .map(({ content }) => readRedaction(content)?.redacts),
    );
    return events.filter(({ type, sender_id, content, event_id }) =>
      type === "m.room.reaction" && sender_id === sender && !gone.has(event_id) &&
      readReaction(content)?.relatesTo === id
    );
  }

  /** What the archive of the account, or of the room, calls an event. */
  archiveName(event: ChatEvent): string | undefined {
    return this.#archived.get(event.event_id) ?? readNames(event.content).archived;
  }

  /** What the event of a conversation was, if it came from somebody. */
  messageOf(id: EventId): Message | undefined {
    return this.#messages.get(id);
  }

  /** The conversation was read up to this event. */
  seen(peer: string, id: EventId): void {
    const thread = this.#threads.get(peer);
    const last = thread?.events.findIndex(({ event_id }) => event_id === id) ?? -1;
    for (const { event_id } of thread?.events.slice(0, last + 1) ?? []) {
      thread?.unread.delete(event_id);
    }
  }

  /** The latest `limit` events before a place, oldest first. */
  page(peer: string, limit: number, before?: Position): readonly ChatEvent[] {
    const events = this.#threads.get(peer)?.events ?? [];
    const older = before === undefined
      ? events
      : events.filter(({ timestamp_ms: time, event_id: id }) =>
        time < before.timestamp || (time === before.timestamp && id < before.id)
      );
    return older.slice(-limit);
  }

  /** Events whose text holds all words of `text`, newest first. */
  search(text: string, limit: number, peer?: string): readonly ChatEvent[] {
    const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const matches = ({ content }: ChatEvent): boolean => {
      const body = content.body?.toLowerCase() ?? "";
      return words.every((word) => body.includes(word));
    };
    return [...this.#threads.entries()]
      .filter(([each]) => peer === undefined || each === peer)
      .flatMap(([, { events }]) => words.length === 0 ? [] : events.filter(matches))
      .sort((a, b) => b.timestamp_ms - a.timestamp_ms)
      .slice(0, limit);
  }

  /**
   * An archive of a room without XEP-0421 does not tell which nicknames were one's own. What has the
   * id and the words of a message of one's own is that message.
   */
  #ownAgain({ room, events }: Thread, { type, source, body, originId, id }: Message): string[] {
    const own = originId ?? id;
    if (type !== "groupchat" || source !== "archive" || own === undefined) return [];
    const name = authored(room, this.#account, own);
    const known = events.find(({ event_id }) => event_id === this.#names.get(name));
    return known?.content.body === body ? [name] : [];
  }

  #redacted(event: ChatEvent): void {
    const id = readRedaction(event.content)?.redacts ?? "";
    this.#awaited.get(id)?.(event);
    this.#awaited.delete(id);
  }

  #thread(peer: string): Thread | undefined {
    const known = this.#threads.get(peer);
    if (known !== undefined) {
      this.#threads.set(peer, known);
      return known;
    }
    // A JID may be longer than a room's name may be, or hold what nobody can tell apart.
    const room = this.knownRoomOf(peer);
    if (room === undefined) return undefined;
    const thread: Thread = { room, peer, events: [], unread: new Set() };
    this.#threads.set(peer, thread);
    return thread;
  }

  #add(thread: Thread, event: ChatEvent, names: readonly string[]): void {
    const { events } = thread;
    let at = events.length;
    // Out of an archive it may be older than what is here.
    while (at > 0 && (events[at - 1]?.timestamp_ms ?? 0) > event.timestamp_ms) at -= 1;
    events.splice(at, 0, event);
    if (events.length > EVENTS_MOST) events.shift();
    for (const name of names) this.#names.set(name, event.event_id);
  }
}

/**
 * When it was said. Some archives know whole seconds alone: within such a second it was behind what
 * is known of it already.
 */
function timeOf({ timestamp, source }: Message, events: readonly ChatEvent[]): number {
  const last = events.findLast(({ timestamp_ms: at }) => at < timestamp + 1_000)?.timestamp_ms ?? 0;
  const isWhole = source === "archive" && timestamp % 1_000 === 0;
  if (!isWhole || last < timestamp || last >= timestamp + 1_000) return timestamp;
  return Math.min(last + 1, timestamp + 999);
}

/** Live is what comes by itself when it is said. */
function whenOf({ source, isDelayed }: Message): SaidWhen {
  return source === "archive" || isDelayed ? "earlier" : "live";
}
