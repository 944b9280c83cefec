/**
 * One account: its session, its conversations, and who is there.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { ChatnodeError } from "../../../../errors.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../../../message/event.ts";
import type { ChatSession, JoinOptions, Outgoing } from "../../session.ts";
import { faultText, isToEnter, nameOf, peerOf, roomName, safeName } from "../../wording.ts";
import type { Viewpoint } from "../../wording.ts";
import { Conversation } from "./conversation.ts";
import { type Message, messageOf } from "./entry.ts";
import { Names } from "./names.ts";
import { News } from "./news.ts";

/** What an account tells whoever shows it. */
export interface AccountEvents {
  /** Something may look different. */
  changed(): void;
  /** Somebody said something; `isCall`: to this person. */
  heard(account: Account, conversation: Conversation, message: Message, isCall: boolean): void;
  /** Somebody wants something of this person, told next; `who` is safe to show. */
  called(conversation: Conversation, who: string): void;
  /** A message could not be sent: it may be wanted again. */
  unsent(text: string): void;
  /** Everything that was said is stored now. */
  settled(): void;
}

/** What an account is made with. */
export interface AccountOptions {
  /** What it is called before anybody knows better; safe to show. */
  readonly label: string;
  /** The room to begin in; absent: none. */
  readonly room: RoomId | undefined;
  /** Stands beside its name; safe to show. */
  readonly warning: string | undefined;
  /** Earlier messages that are loaded on entering a room. */
  readonly backlog: number;
  readonly clock: Clock;
  readonly events: AccountEvents;
}

/** Where an account is. */
export type Connection = "connecting" | "online" | "offline" | "ended";

/** The conversation of an account that has none: its news stand there, and nothing can be said. */
export const NOWHERE: RoomId = "";
/** Messages that are asked of the history at a time. */
const PAGE = 100;

/** See the module's description. */
export class Account {
  readonly conversations = new Map<RoomId, Conversation>();
  readonly names = new Names();
  connection: Connection = "connecting";
  /** Messages that are not stored yet. */
  waiting = 0;
  session: ChatSession | undefined;
  readonly #options: AccountOptions;
  #pending = 0;

  constructor(options: AccountOptions) {
    this.#options = options;
    if (options.room !== undefined) this.conversation(options.room).isOpened = true;
  }

  /** What it is called, safe to show. */
  get label(): string {
    const you = this.session?.you;
    if (you === undefined) return this.#options.label;
    return safeName(you.address.includes("@") ? `${you.name}@${this.#node}` : you.name);
  }

  /** Something that its person should know all the time; safe to show. */
  get warning(): string | undefined {
    return this.#options.warning;
  }

  get you(): Address | undefined {
    return this.session?.you?.address;
  }

  get #node(): string {
    return this.session?.node ?? "";
  }

  /** How things look from `room`. */
  view(room: RoomId): Viewpoint {
    return {
      you: this.you,
      node: this.#node,
      room,
      recall: (id) => this.#eventOf(id),
      about: (id) => this.session?.about?.(id) ?? this.conversations.get(id)?.summary,
      nameIn: (address, id) => this.session?.nameOf?.(address, id),
    };
  }

  /** What a conversation is called, safe to show. */
  titleOf(conversation: Conversation): string {
    return roomName(conversation.room, this.view(conversation.room));
  }

  /**
   * The same without the account's own domain, and of a room without the service of that domain:
   * where there is little room, and nearly everything is from there. What is from elsewhere says so.
   */
  shortTitleOf(conversation: Conversation): string {
    const title = this.titleOf(conversation);
    const node = this.#node;
    const at = title.lastIndexOf("@");
    if (node === "" || at <= 0) return title;
    const domain = title.slice(at + 1);
    const isOwn = domain === node ||
      (!this.isPersonal(conversation) && domain.endsWith(`.${node}`));
    return isOwn ? title.slice(0, at) : title;
  }

  /**
   * Whether it is somebody's with whom nothing was said: known from the contact list alone. What is
   * loaded when one looks at it does not change that, so that nothing moves while one looks around.
   */
  isQuiet(conversation: Conversation): boolean {
    const { isOpened, lastMs, unread } = conversation;
    return !isOpened && lastMs === 0 && unread === 0 && this.isPersonal(conversation);
  }

  /** Whether it is one person's. */
  isPersonal(conversation: Conversation): boolean {
    return this.peerOf(conversation) !== undefined;
  }

  /** The other one of a conversation with one person. */
  peerOf({ room }: Conversation): Address | undefined {
    return peerOf(room, this.view(room));
  }

  /** The conversation of a room; begun when there is none. */
  conversation(room: RoomId): Conversation {
    const known = this.conversations.get(room);
    if (known !== undefined) return known;
    const made = new Conversation(room);
    this.conversations.set(room, made);
    return made;
  }

  /** Follows the session until it ends. @throws why it ended by itself */
  async run(session: ChatSession): Promise<void> {
    const { events } = this.#options;
    this.session = session;
    for (const contact of session.contacts?.list() ?? []) this.names.contact(contact);
    events.changed();
    const news = new News(this, session, this.#options);
    try {
      for await (const event of session.events()) {
        news.happened(event);
        events.changed();
      }
    } finally {
      this.connection = "ended";
    }
    if (session.failure !== undefined) throw session.failure;
  }

  /** Says something; it is shown at once and settles when the server has it. */
  say(message: Outgoing, conversation: Conversation | undefined): void {
    const { session } = this;
    if (session === undefined) return this.fault(conversation, notYet());
    const pending = conversation === undefined ? undefined : this.#pendingOf(message, conversation);
    if (pending !== undefined) conversation?.timeline.addPending(pending);
    this.waiting += 1;
    void session.send(message).then((event) => {
      this.waiting -= 1;
      if (pending !== undefined) conversation?.timeline.settle(pending, event, this.you);
      else this.place(event, this.conversation(event.room_id));
      const place = this.conversation(event.room_id);
      place.lastMs = Math.max(place.lastMs, event.timestamp_ms);
    }, (error: unknown) => {
      this.waiting -= 1;
      if (pending !== undefined) conversation?.timeline.settle(pending, undefined, this.you);
      if (error instanceof ChatnodeError && error.code === "client/closed") return;
      if ("body" in message) this.#options.events.unsent(message.body);
      this.fault(conversation, error);
    }).finally(() => {
      this.#options.events.changed();
      if (this.waiting === 0) this.#options.events.settled();
    });
  }

  /** Enters a room, if it is one that has to be entered. @throws {ChatnodeError} */
  async enter(room: RoomId, options?: JoinOptions): Promise<Conversation> {
    const known = this.conversations.get(room);
    const seemsPersonal = peerOf(room, this.view(room)) !== undefined;
    const isOut = known === undefined || known.summary.isFollowed === false;
    if (seemsPersonal ? isToEnter(room, this.view(room), options) : isOut) {
      await this.session?.join(room, options);
    }
    const isPerson = peerOf(room, this.view(room)) !== undefined;
    const conversation = this.conversation(room);
    conversation.describe({ ...conversation.summary, isFollowed: true });
    if (!isPerson && known === undefined) void this.meet(room);
    return conversation;
  }

  /** Loads what was said before, once; never rejects: what went wrong stands in the conversation. */
  async lookBack(conversation: Conversation, count = PAGE): Promise<void> {
    const { session } = this;
    if (session === undefined || !session.isOnline) return;
    if (conversation.earlier === "loading" || conversation.earlier === "none") return;
    if (!session.abilities.has("history")) {
      conversation.earlier = "none";
      return;
    }
    conversation.earlier = "loading";
    this.#options.events.changed();
    const { oldest } = conversation.timeline;
    const before = oldest === undefined ? undefined : { timestamp: oldest.at, id: oldest.id };
    try {
      const page = await session.history(conversation.room, count, before);
      for (const event of page) this.place(event, conversation);
      conversation.earlier = page.length < count ? "none" : "more";
    } catch (error) {
      conversation.earlier = "unknown";
      if (session.isOnline) this.fault(conversation, error);
    }
    this.#options.events.changed();
  }

  /** Puts an event into its conversation. Undefined when it was there, or is none to be shown. */
  place(event: ChatEvent, conversation: Conversation): Message | "changed" | undefined {
    if (event.sender_id !== this.you) {
      this.names.spoke(event.sender_id, nameOf(event.sender_id, this.view(event.room_id)));
    }
    return conversation.timeline.add(event, this.you);
  }

  /** Who is in a room: for completion and the title. Never rejects. */
  async meet(room: RoomId): Promise<void> {
    const { session } = this;
    if (session === undefined || !session.abilities.has("rooms")) return;
    if (peerOf(room, this.view(room)) !== undefined) return;
    const people = await session.occupants(room).catch(() => []);
    for (const who of people) this.names.present(who, who.show, who.text);
    this.conversation(room).met(people);
    this.#options.events.changed();
  }

  /** Tells that this person has seen everything in a conversation. */
  seen(conversation: Conversation): void {
    conversation.read();
    const latest = conversation.timeline.latest;
    if (latest === undefined || latest.id === conversation.told || latest.isOwn) return;
    conversation.told = latest.id;
    this.session?.signals?.seen(conversation.room, latest.id);
  }

  /** Says something as the program. @param text safe to show */
  note(conversation: Conversation | undefined, text: string): void {
    const place = conversation ?? this.#anywhere();
    place.timeline.note(text, "plain", this.#options.clock.now());
    this.#options.events.changed();
  }

  /** Says what went wrong. */
  fault(conversation: Conversation | undefined, error: unknown): void {
    const place = conversation ?? this.#anywhere();
    place.timeline.note(faultText(error), "fault", this.#options.clock.now());
    this.#options.events.changed();
  }

  /** Where news are told that belong to no conversation. */
  #anywhere(): Conversation {
    for (const first of this.conversations.values()) return first;
    const made = this.conversation(NOWHERE);
    made.describe({ room: NOWHERE, members: 0, name: this.label, kind: "room" });
    made.earlier = "none";
    return made;
  }

  #pendingOf(message: Outgoing, { room }: Conversation): Message | undefined {
    if (!("body" in message)) return undefined;
    this.#pending += 1;
    const made = messageOf({
      ...{ event_id: `pending ${this.#pending}`, room_id: room, sender_id: this.you ?? "" },
      ...{ timestamp_ms: this.#options.clock.now(), type: "m.room.message" },
      ...{ parent_event_id: message.parent ?? null, prev_event_hash: null, signature: null },
      content: { body: message.body, msgtype: message.msgtype ?? "m.text" },
    }, this.you);
    return made === undefined ? undefined : { ...made, isOwn: true, delivery: "sending" };
  }

  #eventOf(id: EventId): ChatEvent | undefined {
    for (const { timeline, room } of this.conversations.values()) {
      const message = timeline.get(id);
      if (message !== undefined) return eventOf(message, room);
    }
    return undefined;
  }
}

/** A message as an event, as it reads now. */
export function eventOf(message: Message, room: RoomId): ChatEvent {
  return {
    ...{ event_id: message.id, room_id: room, timestamp_ms: message.at },
    ...{ sender_id: message.sender, type: "m.room.message" },
    ...{ parent_event_id: message.parent ?? null, prev_event_hash: null, signature: null },
    content: message.content,
  };
}

function notYet(): ChatnodeError {
  return new ChatnodeError("client/connecting", "Cannot do this: the account is still connecting");
}
