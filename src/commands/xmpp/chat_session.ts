/**
 * An XMPP account as a session of the terminal: conversations are rooms, messages are events of the
 * one model.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { roomKind } from "../../message/address.ts";
import { checkContent } from "../../message/content.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";
import { EventQueue } from "../../protocol/client/event_queue.ts";
import type { Position } from "../../protocol/frames.ts";
import { FEATURES } from "../../transports/xmpp/features/all.ts";
import { chatStates } from "../../transports/xmpp/features/chat_states.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import {
  type MessageEvent,
  messages,
  type OutgoingMessage,
  type SentMessage,
} from "../../transports/xmpp/features/messages.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";
import { presence } from "../../transports/xmpp/features/presence.ts";
import { receipts } from "../../transports/xmpp/features/receipts.ts";
import { archive, type ArchivePosition } from "../../transports/xmpp/features/archive.ts";
import { blocking } from "../../transports/xmpp/features/blocking.ts";
import { bookmarks } from "../../transports/xmpp/features/bookmarks.ts";
import { MUC_USER } from "../../transports/xmpp/features/room.ts";
import type { RoomEvent } from "../../transports/xmpp/features/rooms.ts";
import { roster } from "../../transports/xmpp/features/roster.ts";
import { fileElement, type HttpFetch } from "../../transports/xmpp/features/uploads.ts";
import { invisible } from "../../transports/xmpp/features/invisible.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { type Element, xml } from "../../transports/xmpp/xml.ts";
import type { SessionOptions } from "../../transports/xmpp/session/options.ts";
import { type SessionNews, XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Occupant, RoomSummary, SessionEvent } from "../../ui/terminal/session_event.ts";
import type {
  Files,
  OwnStatus,
  SessionCommand,
  Signals,
  Status,
} from "../../ui/terminal/session_extras.ts";
import type {
  Ability,
  ChatSession,
  JoinOptions,
  Outgoing,
  SessionPerson,
} from "../../ui/terminal/session.ts";
import { Changes } from "./changes.ts";
import { ContactList, showOf } from "./contact_list.ts";
import { Conversations, type Said, type SaidText } from "./conversations.ts";
import type { AccountDesk } from "./desk.ts";
import { HeardChanges } from "./heard_changes.ts";
import { XmppFiles } from "./files.ts";
import type { Keeping } from "./keeping.ts";
import { readNames } from "./names.ts";
import { RoomCommands } from "./room_commands.ts";
import { nickOf, notThere, RoomList } from "./room_list.ts";
import { Translation } from "./translation.ts";

const QUEUE_MOST = 20_000;
const REACTED_MOST = 5_000;
const FOUND_MOST = 50;
/** So much the clocks of this machine and of an archive may differ. */
const CLOCKS_APART_MS = 5 * 60_000;

/** See the module's description. */
export class XmppChatSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability> = new Set<Ability>([
    "rooms",
    "direct",
    "history",
    "search",
    "events",
    "acks",
  ]);
  readonly node: string;
  readonly contacts: ContactList;
  readonly status: OwnStatus;
  readonly signals: Signals;
  readonly files: Files;
  /** Everything else that the account can do. */
  readonly xmpp: XmppSession;
  readonly #rooms: RoomList;
  readonly #roomCommands: RoomCommands;
  readonly #changes: Changes;
  readonly #conversations: Conversations;
  readonly #queue: EventQueue<SessionEvent>;
  readonly #translation: Translation;
  readonly #listeners: ((event: SessionNews | FeatureEvent) => void)[] = [];
  readonly #begun = Promise.withResolvers<void>();
  #worked: () => void;
  /** The conversation to begin in. */
  #first: string | undefined;
  #awaiting = 0;
  #stage: "new" | "beginning" | "begun" = "new";
  #keeping: Keeping | undefined;
  #desk: AccountDesk | undefined;

  /**
   * Does nothing until {@linkcode start}.
   *
   * @param worked called once, when the first attempt has not failed
   */
  constructor(
    options: SessionOptions & { readonly fetch: HttpFetch },
    worked: () => void = () => {},
  ) {
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
    this.contacts = new ContactList({
      roster: this.xmpp.use(roster),
      presence: this.xmpp.use(presence),
      blocking: this.xmpp.use(blocking),
    });
    this.files = new XmppFiles({
      ...{ xmpp: this.xmpp, fetch: options.fetch },
      say: (room, url) => this.#tellFile(peerOf(room), url),
    });
    this.status = ownStatus(this.xmpp);
    this.signals = this.#ownSignals();
    this.#rooms = new RoomList(this.xmpp);
    this.#roomCommands = new RoomCommands(this.xmpp, this.#rooms);
    const { contacts, xmpp } = this;
    const parts = { xmpp, conversations: this.#conversations, rooms: this.#rooms };
    const reacted = new Remembered<string, readonly string[]>(REACTED_MOST);
    this.#changes = new Changes({ ...parts, reacted });
    this.#translation = new Translation(account, this.#conversations, {
      ...{ contacts, rooms: this.#rooms, changes: new HeardChanges({ ...parts, reacted }) },
    });
  }

  /** Comes into this room, if it is one, and into those of the bookmarks with each login. */
  beginIn(room: RoomId): void {
    const peer = peerOf(room);
    // The notes to oneself are no room.
    if (peer !== this.xmpp.account) this.#first = peer;
    this.xmpp.use(bookmarks).enterMarked();
  }

  /** Resolves when the first attempt is over, however it ended, and one is in the first room. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Begins to connect. A first attempt that fails ends the session: what was given may be wrong. */
  start(): void {
    this.xmpp.start();
  }

  /**
   * From now on everything that is said is kept, and what was said before is there again; what was
   * said since then comes out of the archives. Before {@linkcode start}.
   */
  async keepIn(keeping: Keeping): Promise<void> {
    this.#keeping = keeping;
    let latest: ArchivePosition | undefined;
    for (const events of await keeping.latest()) {
      const [first] = events;
      if (first === undefined) continue;
      const peer = peerOf(first.room_id);
      this.#conversations.restore(peer, events);
      const isRoom = events.some(({ sender_id: sender }) => nickOf(sender, peer) !== undefined);
      const position = positionOf(events);
      if (isRoom) {
        this.#rooms.note(peer);
        if (position !== undefined) this.xmpp.use(archive).resumeFrom(peer, position);
      } else if ((position?.timestamp ?? 0) > (latest?.timestamp ?? 0)) latest = position;
    }
    if (latest !== undefined) this.xmpp.use(archive).resumeFrom(this.xmpp.account, latest);
  }

  /** A support desk for the contacts of this account. */
  serveWith(desk: AccountDesk): void {
    this.#desk = desk;
    this.#listeners.push((event) => desk.hear(event));
  }

  get commands(): readonly SessionCommand[] {
    return [...this.#roomCommands.commands, ...this.#desk?.commands ?? []];
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
    const peer = "to" in message ? this.#personOf(message.to) : peerOf(message.room);
    if (this.#isAwaited(peer)) await this.#begins();
    if ("event_type" in message) return await this.#change(peer, message);
    const { body, msgtype = "m.text", parent } = message;
    if (body.trim() === "") {
      throw new ChatnodeError("client/empty", "Cannot send: there is nothing in the message");
    }
    if (parent !== undefined) return await this.#reply(peer, parent, { body, msgtype });
    return await this.#say(peer, body, msgtype);
  }

  /** What is meant for the first room waits until one is in it, or is not let in. */
  #isAwaited(peer: string): boolean {
    return peer === this.#first && (this.#stage !== "begun" || this.#awaiting > 0);
  }

  /** Nothing overtakes what waits already. */
  async #begins(): Promise<void> {
    this.#awaiting += 1;
    await this.#begun.promise;
    this.#awaiting -= 1;
  }

  async #reply(
    peer: string,
    parent: EventId,
    { body, msgtype }: { readonly body: string; readonly msgtype: SaidText["msgtype"] },
  ): Promise<ChatEvent> {
    this.#conversations.roomOf(peer);
    const sent = this.#changes.reply({ peer, way: this.#wayTo(peer) }, parent, body);
    const sender = this.xmpp.account;
    return await this.#stored(sent, { peer, sender, id: sent.id, parent, body, msgtype });
  }

  async #change(
    peer: string,
    { event_type: type, content }: Extract<Outgoing, { event_type: unknown }>,
  ): Promise<ChatEvent> {
    this.#conversations.roomOf(peer);
    const error = checkContent(type, content);
    if (error !== undefined) throw error;
    const sent = await this.#changes.say({ peer, way: this.#wayTo(peer) }, type, content);
    const sender = this.xmpp.account;
    // What a room takes away is told by the room.
    if (sent === undefined) return this.#conversations.draft(peer, sender, { type, content });
    return await this.#stored(sent, { peer, sender, id: sent.id, type, content });
  }

  async #stored({ accepted }: SentMessage, said: Said): Promise<ChatEvent> {
    const event = this.#conversations.keepSaid(said);
    this.#keeping?.keep(event, "live");
    await accepted;
    return event;
  }

  async #tellFile(peer: string, url: URL): Promise<ChatEvent> {
    return await this.#say(peer, url.href, "m.text", [fileElement(url)]);
  }

  async #say(
    peer: string,
    body: string,
    msgtype: SaidText["msgtype"],
    more: readonly Element[] = [],
  ): Promise<ChatEvent> {
    // Refuses what could not be told apart in a history before anybody has it.
    this.#conversations.roomOf(peer);
    const isAction = msgtype === "m.emote";
    const { extra = [], ...way } = this.#wayTo(peer);
    const sent = this.xmpp.use(messages).send({
      ...way,
      ...{ body, isAction, extra: [...extra, ...more] },
    });
    const sender = this.xmpp.account;
    return await this.#stored(sent, { peer, sender, id: sent.id, body, msgtype });
  }

  /** How something is said to somebody. @throws {ChatnodeError} `client/not-there` */
  #wayTo(peer: string): Pick<OutgoingMessage, "to" | "type" | "extra"> {
    if (this.#rooms.has(peer)) {
      if (!this.#rooms.isFollowed(peer)) throw notThere();
      return { to: peer, type: "groupchat" };
    }
    if (this.#rooms.isOccupant(peer)) return { to: peer, extra: [xml("x", MUC_USER)] };
    // A person who was in a room is nobody without it.
    if (parseJid(peer).resource !== "") throw notThere();
    return { to: peer };
  }

  find(name: string, as: "room" | "person"): Promise<RoomId> {
    return attempt(() => {
      if (name.startsWith("xmpp:") && name.includes("/")) return roomOfName(name);
      return this.#conversations.roomOf(
        as === "person" ? this.#personOf(name) : this.#rooms.named(name) ?? parseJid(name).bare,
      );
    });
  }

  nameOf(address: Address, room?: RoomId): string | undefined {
    const peer = room === undefined ? undefined : knownPeerOf(room);
    if (peer !== undefined && nickOf(address, peer) !== undefined) return nickOf(address, peer);
    if (peer !== undefined && address === this.xmpp.account && this.#rooms.isFollowed(peer)) {
      return this.#rooms.nickIn(peer);
    }
    return this.contacts.nameOf(address);
  }

  about(room: RoomId): RoomSummary | undefined {
    const peer = knownPeerOf(room);
    if (peer === undefined || !this.#rooms.has(peer)) return undefined;
    return { room, ...this.#rooms.about(peer) };
  }

  /** A conversation with one person is there as soon as somebody says something. */
  async join(room: RoomId, options: JoinOptions = {}): Promise<void> {
    await this.#rooms.join(peerOf(room), options);
  }

  leave(room: RoomId): Promise<void> {
    return attempt(() => this.#rooms.leave(peerOf(room)));
  }

  async occupants(room: RoomId): Promise<readonly Occupant[]> {
    const peer = peerOf(room);
    if (this.#isAwaited(peer)) await this.#begins();
    if (this.#rooms.has(peer)) return this.#rooms.occupants(peer);
    const [best] = this.xmpp.use(presence).of(peer);
    const other: Occupant = {
      address: peer,
      name: this.contacts.nameOf(peer) ?? peer,
      show: showOf(best),
      ...(best?.status === undefined ? {} : { text: best.status }),
    };
    const { you } = this;
    return you === undefined ? [other] : [{ ...you, show: "online" }, other];
  }

  rooms(): Promise<readonly RoomSummary[]> {
    const known = new Map(this.#conversations.all().map((each) => [each.peer, each]));
    for (const { address } of this.contacts.list()) {
      if (known.has(address)) continue;
      const room = this.#conversations.roomOf(address);
      known.set(address, { room, peer: address, events: [], unread: 0 });
    }
    for (const peer of this.#rooms.all()) {
      const room = this.#conversations.roomOf(peer);
      if (!known.has(peer)) known.set(peer, { room, peer, events: [], unread: 0 });
    }
    return Promise.resolve([...known.values()].map(({ room, peer, events, unread }) => {
      const lastMs = events.at(-1)?.timestamp_ms;
      const person = {
        members: 2,
        kind: "person",
        name: this.contacts.nameOf(peer) ?? peer,
      } as const;
      return {
        ...{ room, unread, ...this.#rooms.has(peer) ? this.#rooms.about(peer) : person },
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
    const peer = peerOf(room);
    if (this.#isAwaited(peer)) await this.#begins();
    return await this.#roomCommands.command(text, peer) ?? await this.#desk?.command(text, peer);
  }

  async finish(): Promise<void> {
    if (this.#first !== undefined) await this.#begun.promise;
    await this.#desk?.settled();
    await this.xmpp.flush();
    await this.close();
  }

  async close(): Promise<void> {
    await this.xmpp.close();
    this.#settle();
    this.#queue.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hear(event: SessionNews | FeatureEvent): void {
    if (event.kind === "ended") this.#settle();
    if (event.kind === "room") this.#rooms.happened(event as RoomEvent);
    if (event.kind === "online") {
      void this.#begin();
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

  #settle(): void {
    this.#stage = "begun";
    this.#begun.resolve();
  }

  /** Comes into the first room, once: later on rooms are come back into by themselves. */
  async #begin(): Promise<void> {
    const peer = this.#first;
    if (this.#stage !== "new") return;
    this.#stage = "beginning";
    try {
      if (peer !== undefined) await this.#rooms.join(peer, {});
    } catch (error) {
      if (!(error instanceof ChatnodeError) || peer === undefined) throw error;
      const room = this.#conversations.roomOf(peer);
      this.show(peer, error.message);
      this.#queue.push({ kind: "lost", room, code: error.code });
    } finally {
      this.#settle();
    }
  }

  #keep(event: ChatEvent, happened: SessionNews | FeatureEvent): void {
    if (event.type !== "m.room.message") return this.#keeping?.keep(event, "live");
    const { message } = happened as MessageEvent;
    const isLive = message.source !== "archive" && !message.isDelayed;
    this.#keeping?.keep(event, isLive ? "live" : "earlier");
  }

  /** A JID, the local part of one of the own domain, or what a contact is called. */
  #personOf(text: string): string {
    if (text.includes("@")) {
      const { bare, full } = parseJid(text);
      // Somebody in a room is known by the room and a nickname alone.
      return this.#rooms.has(bare) && full !== bare ? full : bare;
    }
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
        const peer = peerOf(room);
        const type = this.#rooms.has(peer) ? "groupchat" : "chat";
        if (type === "groupchat" && !this.#rooms.isFollowed(peer)) return;
        this.xmpp.use(chatStates).tell(peer, type, states[state]);
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
  const hiding = xmpp.use(invisible);
  return {
    get current(): Status {
      if (hiding.way !== undefined) return "invisible";
      const { show } = own.own;
      return show === "chat" ? "available" : show;
    },
    async set(status, text) {
      if (status === "invisible") return await hiding.hide();
      // Where a list keeps presence back: seen again, as what one wants to be seen.
      await hiding.show();
      own.set({ show: status, ...(text === undefined ? {} : { status: text }) });
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

/** The same; undefined for what is no room of an account, as for one that only an interface has. */
function knownPeerOf(room: RoomId): string | undefined {
  return room.startsWith("xmpp:") ? peerOf(room) : undefined;
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

/** How far the archive was read, by what is kept of it. */
function positionOf(events: readonly ChatEvent[]): Required<ArchivePosition> | undefined {
  const last = events.findLast(({ content }) => readNames(content).archived !== undefined);
  const id = last === undefined ? undefined : readNames(last.content).archived;
  if (last === undefined || id === undefined) return undefined;
  return { id, timestamp: last.timestamp_ms - CLOCKS_APART_MS };
}
