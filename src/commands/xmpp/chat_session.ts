/**
 * An XMPP account as a session of the terminal: conversations are rooms, messages are events of the
 * one model.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import { EventQueue } from "../../protocol/client/event_queue.ts";
import type { Position } from "../../protocol/frames.ts";
import { FEATURES } from "../../transports/xmpp/features/all.ts";
import { avatars } from "../../transports/xmpp/features/avatars.ts";
import { blocking } from "../../transports/xmpp/features/blocking.ts";
import { bookmarks } from "../../transports/xmpp/features/bookmarks.ts";
import { presence } from "../../transports/xmpp/features/presence.ts";
import type { RoomEvent } from "../../transports/xmpp/features/rooms.ts";
import { roster } from "../../transports/xmpp/features/roster.ts";
import type { HttpPut } from "../../transports/xmpp/https_put.ts";
import type { FileTransferEvent } from "../../transports/xmpp/features/file_transfer.ts";
import type { SessionOptions } from "../../transports/xmpp/session/options.ts";
import { XmppSession } from "../../transports/xmpp/session/session.ts";
import { type Asking, NOBODY } from "../../ui/terminal/asking.ts";
import type { Occupant, RoomSummary, SessionEvent } from "../../ui/terminal/session_event.ts";
import type {
  Attendance,
  Files,
  OwnStatus,
  SessionCommand,
  Signals,
} from "../../ui/terminal/session_extras.ts";
import type {
  Ability,
  ChatSession,
  JoinOptions,
  Outgoing,
  SessionPerson,
} from "../../ui/terminal/session.ts";
import type { AccountCommands } from "./account_commands.ts";
import { allCommands } from "./all_commands.ts";
import { OwnAttendance } from "./attendance.ts";
import { Beginning } from "./beginning.ts";
import { Changes } from "./changes.ts";
import { ContactList } from "./contact_list.ts";
import { Conversations } from "./conversations.ts";
import type { AccountDesk } from "./desk.ts";
import { DirectFiles, type Downloads } from "./direct_files.ts";
import { XmppFiles } from "./files.ts";
import { HeardChanges } from "./heard_changes.ts";
import { type Heard, Intake } from "./intake.ts";
import type { Keeping } from "./keeping.ts";
import type { PasswordChanged } from "./own_account.ts";
import { ownSignals, ownStatus } from "./own_state.ts";
import { Past } from "./past.ts";
import { peerOf, Peers } from "./peers.ts";
import { Places } from "./places.ts";
import { RoomList } from "./room_list.ts";
import { Speaking } from "./speaking.ts";
import { Translation } from "./translation.ts";

const QUEUE_MOST = 20_000;

/** What an account has around it besides its session. */
export interface Surroundings {
  readonly put: HttpPut;
  /** The folder for what this person wants to keep. */
  readonly savesIn: string;
  /** What `~` in a path means. */
  readonly home?: string | undefined;
  /** Where files go that others send directly; without it none can be taken. */
  readonly downloads?: Downloads;
  readonly passwordChanged: PasswordChanged;
}

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
  readonly attendance: Attendance;
  readonly files: Files;
  /** Everything else that the account can do. */
  readonly xmpp: XmppSession;
  readonly #beginning: Beginning;
  readonly #rooms: RoomList;
  readonly #commands: AccountCommands;
  readonly #conversations: Conversations;
  readonly #direct: DirectFiles;
  readonly #intake: Intake;
  readonly #past: Past;
  readonly #peers: Peers;
  readonly #places: Places;
  readonly #speaking: Speaking;
  readonly #queue: EventQueue<SessionEvent>;
  readonly #translation: Translation;
  readonly #listeners: ((event: Heard) => void)[] = [];
  #worked: () => void;
  #desk: AccountDesk | undefined;

  /**
   * Does nothing until {@linkcode start}.
   *
   * @param worked called once, when the first attempt has not failed
   */
  constructor(
    options: SessionOptions & Surroundings,
    worked: () => void = () => {},
  ) {
    this.#worked = worked;
    const { clock, domain, uuid, put, savesIn, passwordChanged } = options;
    this.node = domain;
    // Nothing is dropped: who has too much waiting reads nothing more from the server.
    this.#queue = new EventQueue(QUEUE_MOST, () => this.#intake.weigh());
    const xmpp = new XmppSession(
      { ...options, features: options.features ?? FEATURES },
      (event) => this.#intake.hear(event),
    );
    this.xmpp = xmpp;
    const conversations = new Conversations(xmpp.account, () => clock.now(), uuid);
    this.#conversations = conversations;
    const rooms = new RoomList(xmpp);
    this.#rooms = rooms;
    const contacts = new ContactList({
      roster: xmpp.use(roster),
      presence: xmpp.use(presence),
      blocking: xmpp.use(blocking),
      avatars: xmpp.use(avatars),
      rooms,
    });
    this.contacts = contacts;
    const parts = { xmpp, conversations, rooms };
    this.#beginning = new Beginning((peer) => this.#enter(peer));
    this.#past = new Past({
      ...parts,
      gather: (room, tell) => this.#intake.gather(room, tell),
    });
    this.#peers = new Peers(parts);
    this.#places = new Places({ ...parts, contacts });
    const about = { xmpp, rooms, peers: this.#peers, contacts, clock, savesIn };
    this.#commands = allCommands(about, passwordChanged);
    this.status = ownStatus(xmpp);
    this.signals = ownSignals(parts);
    this.attendance = new OwnAttendance(xmpp);
    const changes = new Changes(parts);
    this.#intake = new Intake({
      ...{ xmpp, conversations, clock, queue: this.#queue },
      take: (heard) => this.#take(heard),
      nameOf: ({ sender_id: sender, room_id: room }) => this.nameOf(sender, room) ?? sender,
    });
    this.#speaking = new Speaking({
      ...{ ...parts, changes, clock, uuid },
      stored: (event) => this.#intake.stored(event),
    });
    this.#direct = new DirectFiles({
      ...{ ...parts, contacts, speaking: this.#speaking, downloads: options.downloads, uuid },
      now: () => clock.now(),
    });
    this.files = new XmppFiles({
      ...{ xmpp, put, direct: this.#direct, home: options.home },
      say: (room, url) => this.#speaking.sayFile(peerOf(room), url),
    });
    this.#translation = new Translation(xmpp.account, conversations, {
      ...{ contacts, rooms, changes: new HeardChanges(parts) },
    });
  }

  /** Comes into this room, if it is one, and into those of the bookmarks with each login. */
  beginIn(room: RoomId): void {
    const peer = peerOf(room);
    // The notes to oneself are no room.
    if (peer !== this.xmpp.account) this.#beginning.first = peer;
    this.xmpp.use(bookmarks).enterMarked();
  }

  /** Resolves when the first attempt is over, however it ended, and one is in the first room. */
  get begun(): Promise<void> {
    return this.#beginning.over;
  }

  /** Begins to connect. A first attempt that fails ends the session: what was given may be wrong. */
  start(): void {
    this.xmpp.start();
  }

  /** Keeps what is said, and has what was said before; before {@linkcode start}. */
  async keepIn(keeping: Keeping): Promise<void> {
    this.#intake.keepIn(keeping);
    await this.#past.keepIn(keeping);
  }

  /** A support desk for the contacts of this account. */
  serveWith(desk: AccountDesk): void {
    this.#desk = desk;
    this.#listeners.push((event) => desk.hear(event));
  }

  get commands(): readonly SessionCommand[] {
    return [...this.#commands.commands, ...this.#desk?.commands ?? []];
  }

  /** Tells this account's person something about a conversation; nothing is sent. */
  show(peer: string, text: string): void {
    this.#intake.push({ kind: "notice", text, room: this.#conversations.roomOf(peer) });
  }

  /** Says something as a program of the account, and shows it to the account's person too. */
  async answer(peer: string, body: string): Promise<void> {
    const event = await this.#speaking.say(peer, { body, msgtype: "m.notice" });
    this.#intake.push({ kind: "event", event });
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
    const peer = "to" in message ? this.#peers.person(message.to) : peerOf(message.room);
    // Behind what waits already; what need not wait goes out before this call is over.
    if (this.#beginning.isAwaited(peer)) await this.#beginning.wait(peer);
    return await this.#speaking.send(peer, message);
  }

  find(name: string, as: "room" | "person"): Promise<RoomId> {
    return attempt(() => this.#peers.find(name, as));
  }

  nameOf(address: Address, room?: RoomId): string | undefined {
    return this.#peers.nameOf(address, room, (bare) => this.contacts.nameOf(bare));
  }

  about(room: RoomId): RoomSummary | undefined {
    return this.#places.about(room);
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
    await this.#beginning.wait(peer);
    return this.#places.occupants(peer, this.you);
  }

  rooms(): Promise<readonly RoomSummary[]> {
    return attempt(() => this.#places.all());
  }

  async history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    return await this.#past.history(room, limit, before);
  }

  async search(text: string, room?: RoomId): Promise<readonly ChatEvent[]> {
    return await this.#past.search(text, room);
  }

  async command(
    text: string,
    room: RoomId,
    asking: Asking = NOBODY,
  ): Promise<string | undefined> {
    const peer = peerOf(room);
    await this.#beginning.wait(peer);
    return await this.#commands.command(text, { peer, asking }) ??
      await this.#desk?.command(text, peer);
  }

  async finish(): Promise<void> {
    await this.#beginning.settled();
    await this.#desk?.settled();
    await this.#direct.settled();
    await this.#speaking.settled();
    await this.xmpp.flush();
    await this.close();
  }

  async close(): Promise<void> {
    await this.#speaking.settled();
    await this.xmpp.close();
    this.#beginning.settle();
    await this.#intake.close();
    this.#queue.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(event: Heard): readonly SessionEvent[] {
    if (event.kind === "ended") this.#beginning.settle();
    if (event.kind === "room") this.#rooms.happened(event as RoomEvent);
    if (event.kind === "online") {
      void this.#beginning.begin();
      this.#worked();
      this.#worked = () => {};
    }
    const told = event.kind === "file-transfer"
      ? this.#direct.of(event as FileTransferEvent)
      : this.#translation.of(event, this.you);
    for (const listener of this.#listeners) listener(event);
    if (event.kind === "ended") void this.#intake.settled().then(() => this.#queue.end());
    return told;
  }

  /** Comes into the room to begin in; who is not let in learns why. */
  async #enter(peer: string): Promise<void> {
    try {
      await this.#rooms.join(peer, {});
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      const room = this.#conversations.roomOf(peer);
      this.show(peer, error.message);
      this.#intake.push({ kind: "lost", room, code: error.code });
    }
  }
}

/** What throws, as a promise. */
function attempt<T>(action: () => T): Promise<T> {
  try {
    return Promise.resolve(action());
  } catch (error) {
    return Promise.reject(error);
  }
}
