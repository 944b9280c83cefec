/**
 * An XMPP account as a session of the terminal: conversations are rooms, messages are events of the
 * one model.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { roomKind } from "../../message/address.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";
import { EventQueue } from "../../protocol/client/event_queue.ts";
import type { Position } from "../../protocol/frames.ts";
import { FEATURES } from "../../transports/xmpp/features/all.ts";
import { chatStates } from "../../transports/xmpp/features/chat_states.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import { type MessageEvent, messages } from "../../transports/xmpp/features/messages.ts";
import { presence } from "../../transports/xmpp/features/presence.ts";
import { receipts } from "../../transports/xmpp/features/receipts.ts";
import { roster } from "../../transports/xmpp/features/roster.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { SessionOptions } from "../../transports/xmpp/session/options.ts";
import { type SessionNews, XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Occupant, RoomSummary, SessionEvent } from "../../ui/terminal/session_event.ts";
import type {
  OwnStatus,
  SessionCommand,
  Signals,
  Status,
} from "../../ui/terminal/session_extras.ts";
import {
  type Ability,
  type ChatSession,
  type JoinOptions,
  type Outgoing,
  type SessionPerson,
  Unable,
} from "../../ui/terminal/session.ts";
import { ContactList, showOf } from "./contact_list.ts";
import { Conversations, type Said } from "./conversations.ts";
import type { AccountDesk } from "./desk.ts";
import type { Keeping } from "./keeping.ts";
import { Translation } from "./translation.ts";

const QUEUE_MOST = 20_000;
const FOUND_MOST = 50;
const PROTOCOL = "this XMPP client";

/** See the module's description. */
export class XmppChatSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability> = new Set<Ability>([
    "rooms",
    "direct",
    "history",
    "search",
    "acks",
  ]);
  readonly node: string;
  readonly contacts: ContactList;
  readonly status: OwnStatus;
  readonly signals: Signals;
  /** Everything else that the account can do. */
  readonly xmpp: XmppSession;
  readonly #conversations: Conversations;
  readonly #queue: EventQueue<SessionEvent>;
  readonly #translation: Translation;
  readonly #listeners: ((event: SessionNews | FeatureEvent) => void)[] = [];
  readonly #begun = Promise.withResolvers<void>();
  #worked: () => void;
  #keeping: Keeping | undefined;
  #desk: AccountDesk | undefined;

  /**
   * Does nothing until {@linkcode start}.
   *
   * @param worked called once, when the first attempt has not failed
   */
  constructor(options: SessionOptions, worked: () => void = () => {}) {
    this.#worked = worked;
    const { clock, domain, uuid } = options;
    this.node = domain;
    // Nothing is dropped: what a server sends is bounded by what it may send at once.
    this.#queue = new EventQueue(QUEUE_MOST, () => {});
    this.xmpp = new XmppSession(
      { ...options, features: options.features ?? FEATURES },
      (event) => this.#hear(event),
    );
    const { account } = this.xmpp;
    this.#conversations = new Conversations(account, () => clock.now(), uuid);
    this.contacts = new ContactList(this.xmpp.use(roster), this.xmpp.use(presence));
    this.status = ownStatus(this.xmpp);
    this.signals = this.#ownSignals();
    this.#translation = new Translation(account, this.#conversations, this.contacts);
  }

  /** Resolves when the first attempt is over, however it ended. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Begins to connect. A first attempt that fails ends the session: what was given may be wrong. */
  start(): void {
    this.xmpp.start();
  }

  /** From now on everything that is said is kept, and what was said before is there again. */
  async keepIn(keeping: Keeping): Promise<void> {
    this.#keeping = keeping;
    for (const events of await keeping.latest()) {
      const [first] = events;
      if (first !== undefined) this.#conversations.restore(peerOf(first.room_id), events);
    }
  }

  /** A support desk for the contacts of this account. */
  serveWith(desk: AccountDesk): void {
    this.#desk = desk;
    this.#listeners.push((event) => desk.hear(event));
  }

  /** Commands of the desk, when there is one. */
  get commands(): readonly SessionCommand[] | undefined {
    return this.#desk?.commands;
  }

  /** Tells this account's person something about a conversation; nothing is sent. */
  show(peer: string, text: string): void {
    this.#queue.push({ kind: "notice", text, room: this.#conversations.roomOf(peer) });
  }

  /** Says something as a program of the account, and shows it to the account's person too. */
  async answer(peer: string, body: string): Promise<void> {
    this.#queue.push({ kind: "event", event: await this.#say(peer, body, "m.notice") });
  }

  get you(): SessionPerson | undefined {
    const { jid } = this.xmpp;
    return jid === undefined ? undefined : { address: jid.bare, name: jid.local };
  }

  get isOnline(): boolean {
    return this.xmpp.isOnline;
  }

  get failure(): Error | undefined {
    return this.xmpp.failure;
  }

  events(): AsyncIterableIterator<SessionEvent> {
    return this.#queue;
  }

  async send(message: Outgoing): Promise<ChatEvent> {
    if ("event_type" in message) throw new Unable("send that kind of event", PROTOCOL);
    const { body, msgtype = "m.text" } = message;
    if (body.trim() === "") {
      throw new ChatnodeError("client/empty", "Cannot send: there is nothing in the message");
    }
    const peer = "to" in message ? this.#personOf(message.to) : peerOf(message.room);
    return await this.#say(peer, body, msgtype);
  }

  async #say(peer: string, body: string, msgtype: Said["msgtype"]): Promise<ChatEvent> {
    // Refuses what could not be told apart in a history before anybody has it.
    this.#conversations.roomOf(peer);
    const isAction = msgtype === "m.emote";
    const { id, accepted } = this.xmpp.use(messages).send({ to: peer, body, isAction });
    const sender = this.xmpp.account;
    const event = this.#conversations.keepSaid({ peer, sender, id, body, msgtype });
    this.#keeping?.keep(event, "live");
    await accepted;
    return event;
  }

  find(name: string, as: "room" | "person"): Promise<RoomId> {
    return attempt(() => {
      if (name.startsWith("xmpp:") && name.includes("/")) return roomOfName(name);
      return this.#conversations.roomOf(
        as === "person" ? this.#personOf(name) : parseJid(name).bare,
      );
    });
  }

  nameOf(address: Address): string | undefined {
    return this.contacts.nameOf(address);
  }

  join(room: RoomId, _options?: JoinOptions): Promise<void> {
    // A conversation is there as soon as somebody says something.
    return attempt(() => void peerOf(room));
  }

  leave(room: RoomId): Promise<void> {
    return attempt(() => void peerOf(room));
  }

  occupants(room: RoomId): Promise<readonly Occupant[]> {
    return attempt(() => {
      const peer = peerOf(room);
      const [best] = this.xmpp.use(presence).of(peer);
      const other: Occupant = {
        address: peer,
        name: this.contacts.nameOf(peer) ?? peer,
        show: showOf(best),
        ...(best?.status === undefined ? {} : { text: best.status }),
      };
      const { you } = this;
      return you === undefined ? [other] : [{ ...you, show: "online" }, other];
    });
  }

  rooms(): Promise<readonly RoomSummary[]> {
    const known = new Map(this.#conversations.all().map((each) => [each.peer, each]));
    for (const { address } of this.contacts.list()) {
      if (known.has(address)) continue;
      const room = this.#conversations.roomOf(address);
      known.set(address, { room, peer: address, events: [], unread: 0 });
    }
    return Promise.resolve([...known.values()].map(({ room, peer, events, unread }) => {
      const lastMs = events.at(-1)?.timestamp_ms;
      return {
        ...{ room, members: 2, kind: "person", name: this.contacts.nameOf(peer) ?? peer, unread },
        ...(lastMs === undefined ? {} : { lastMs }),
      };
    }));
  }

  async history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const known = this.#conversations.page(peerOf(room), limit, before);
    if (this.#keeping === undefined || known.length >= limit) return known;
    const [oldest] = known;
    const place = oldest === undefined
      ? before
      : { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    const older = await this.#keeping.page(room, limit - known.length, place);
    return [...older.filter((event) => !this.#conversations.has(event)), ...known];
  }

  async search(text: string, room?: RoomId): Promise<readonly ChatEvent[]> {
    const peer = room === undefined ? undefined : peerOf(room);
    if (this.#keeping !== undefined) return await this.#keeping.search(text, FOUND_MOST, room);
    return this.#conversations.search(text, FOUND_MOST, peer);
  }

  async command(text: string, room: RoomId): Promise<string | undefined> {
    return await this.#desk?.command(text, peerOf(room));
  }

  async finish(): Promise<void> {
    await this.#desk?.settled();
    await this.xmpp.flush();
    await this.close();
  }

  async close(): Promise<void> {
    await this.xmpp.close();
    this.#queue.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hear(event: SessionNews | FeatureEvent): void {
    if (event.kind === "online" || event.kind === "ended") this.#begun.resolve();
    if (event.kind === "online") {
      this.#worked();
      this.#worked = () => {};
    }
    for (const told of this.#translation.of(event, this.you)) {
      if (told.kind === "event") this.#keep(told.event, event);
      this.#queue.push(told);
    }
    for (const listener of this.#listeners) listener(event);
    if (event.kind === "ended") this.#queue.end();
  }

  #keep(event: ChatEvent, happened: SessionNews | FeatureEvent): void {
    if (happened.kind !== "message") return;
    const { message } = happened as MessageEvent;
    const isLive = message.source !== "archive" && !message.isDelayed;
    this.#keeping?.keep(event, isLive ? "live" : "earlier");
  }

  /** A JID, the local part of one of the own domain, or what a contact is called. */
  #personOf(text: string): string {
    if (text.includes("@")) return parseJid(text).bare;
    const called = [...this.xmpp.use(roster).contacts.values()]
      .filter(({ name }) => name?.toLowerCase() === text.toLowerCase());
    const [only] = called;
    if (called.length === 1 && only !== undefined) return only.jid;
    return parseJid(`${text}@${this.node}`).bare;
  }

  #ownSignals(): Signals {
    const states = { typing: "composing", paused: "paused", idle: "active" } as const;
    return {
      typing: (room, state) => {
        this.xmpp.use(chatStates).tell(peerOf(room), "chat", states[state]);
      },
      seen: (room, id) => this.#seen(peerOf(room), id),
    };
  }

  #seen(peer: string, id: EventId): void {
    const message = this.#conversations.messageOf(id);
    if (message === undefined) return;
    this.#conversations.seen(peer, id);
    this.xmpp.use(receipts).displayed(message);
  }
}

function ownStatus(xmpp: XmppSession): OwnStatus {
  const own = xmpp.use(presence);
  return {
    get current(): Status {
      const { show } = own.own;
      return show === "chat" ? "available" : show;
    },
    set(status, text) {
      if (status === "invisible") return Promise.reject(new Unable("be invisible", PROTOCOL));
      own.set({ show: status, ...(text === undefined ? {} : { status: text }) });
      return Promise.resolve();
    },
  };
}

/** With whom a room is. @throws {ChatnodeError} `xmpp/address` when it is none of an account */
function peerOf(room: RoomId): string {
  const kind = roomKind(room);
  if (kind.kind === "xmpp") return kind.peer;
  throw new ChatnodeError("xmpp/address", "Cannot use the room: it is no XMPP conversation", {
    hint: "Name somebody: alice@example.org.",
  });
}

function roomOfName(name: string): RoomId {
  peerOf(name);
  return name;
}

/** What throws, as a promise. */
function attempt<T>(action: () => T): Promise<T> {
  try {
    return Promise.resolve(action());
  } catch (error) {
    return Promise.reject(error);
  }
}
