/**
 * A chat in line mode: what the person enters becomes requests to the session, what happens there
 * becomes lines. Knows neither keys nor terminals.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import type { Position } from "../../protocol/frames.ts";
import type { Asking } from "./asking.ts";
import type { Vocabulary } from "./completion.ts";
import { inSteps } from "./file_progress.ts";
import { accountText, contactsText, conversationLines, helpLines } from "./lookups.ts";
import { foundLines, roomsText, whoText } from "./lookups.ts";
import { outgoingAbout, type RequestAbout } from "./outgoing.ts";
import type { Paint } from "./paint.ts";
import { type Floor, MOVES, perform } from "./perform.ts";
import type { Request } from "./requests.ts";
import type {
  ChatSession,
  Contact,
  JoinOptions,
  Occupant,
  Outgoing,
  RoomSummary,
} from "./session.ts";
import { usableCommands } from "./slash_commands.ts";
import { Teller } from "./teller.ts";
import { indented, isToEnter, peerOf, roomName, type Viewpoint } from "./wording.ts";

/** What a chat works with. */
export interface ChatParts {
  readonly session: ChatSession;
  readonly clock: Clock;
  readonly paint: Paint;
  /** The room to begin in. */
  readonly room: RoomId;
  /** How many earlier messages are shown on entering a room. */
  readonly backlog: number;
  /** Shows lines; resolves when there is room for more. */
  show(...lines: readonly string[]): Promise<void>;
  /** Asks this person something; undefined when they give it up. */
  ask: Asking["ask"];
  /** Empties the screen. */
  clear(): Promise<void>;
  /** The label may have changed. */
  changed(): void;
  /** Something was said to this person: in a conversation, or by name. */
  called(): void;
  /** A message could not be sent: it may be wanted again. */
  unsent(text: string): void;
  /** Paths that begin as `typed` does, for completion. */
  files(typed: string): readonly string[];
  /** The person leaves. */
  left(): void;
}

/** See the module's description. */
export class Chat implements Viewpoint, Floor {
  readonly session: ChatSession;
  readonly #parts: ChatParts;
  readonly #teller: Teller;
  readonly #joined = new Set<RoomId>();
  readonly #summaries = new Map<RoomId, RoomSummary>();
  /** How far /history has looked back in the room. */
  #looked: Position | undefined;
  #room: RoomId;
  #waiting = 0;
  /** How far a file is. */
  #sending = "";
  /** Ends what goes on. */
  readonly #leaving = new AbortController();
  #wantsToLeave = false;
  /** Wants to leave once everything is sent. */
  #isQuitting = false;
  /** What is typed behind `/join` belongs into that room: it waits until the person is there. */
  #moved: Promise<void> = Promise.resolve();

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.#room = parts.room;
    this.#joined.add(parts.room);
    const began = () => this.#lookBack(parts.backlog, "entering");
    this.#teller = new Teller({ ...parts, view: this, began });
  }

  get you(): Address | undefined {
    return this.session.you?.address;
  }

  get node(): string {
    return this.session.node;
  }

  /** The room that is looked at. */
  get room(): RoomId {
    return this.#room;
  }

  /** True once the person has asked to leave. */
  get wantsToLeave(): boolean {
    return this.#wantsToLeave;
  }

  /** What stands before the line being written; safe to show. */
  get label(): string {
    const name = roomName(this.#room, this);
    const place = peerOf(this.#room, this) === undefined ? name : `@${name}`;
    if (this.#teller.name === undefined) return `${place} (connecting)> `;
    const unsent = this.#waiting > 0 && !this.session.isOnline ? `, ${this.#waiting} unsent` : "";
    const sending = this.#sending;
    if (!this.session.isOnline) return `${place} (offline${unsent}${sending})> `;
    return sending === "" ? `${place}> ` : `${place} (${sending.slice(", ".length)})> `;
  }

  recall(id: string): ChatEvent | undefined {
    return this.#teller.recent.get(id);
  }

  about(room: RoomId): RoomSummary | undefined {
    return this.session.about?.(room) ?? this.#summaries.get(room);
  }

  nameIn(address: Address, room: RoomId): string | undefined {
    return this.session.nameOf?.(address, room);
  }

  get asking(): Asking {
    return {
      ask: (question) => this.#parts.ask(question),
      tell: (text) => this.note(indented(text)),
    };
  }

  /** Names of people, those who spoke last first. */
  names(): readonly string[] {
    return this.#teller.names();
  }

  /** What completion offers. */
  get vocabulary(): Vocabulary {
    return {
      names: () => this.#teller.names(),
      rooms: () => [...this.#joined],
      commands: () => usableCommands(this.session),
      accounts: () => [],
      files: (typed) => this.#parts.files(typed),
    };
  }

  known(name: string): RoomId | undefined {
    return [...this.#joined].find((room) => roomName(room, this) === name);
  }

  /** Shows what happens until the session ends. */
  async run(): Promise<void> {
    for await (const event of this.session.events()) {
      if (event.kind === "room") this.#summaries.set(event.room.room, event.room);
      if (event.kind === "lost") this.#joined.delete(event.room);
      await this.#teller.happened(event);
      if (event.kind === "online" || event.kind === "offline") this.#parts.changed();
    }
  }

  /** The person leaves. */
  depart(): void {
    this.#wantsToLeave = true;
    this.#leaving.abort(new ChatnodeError("client/left", "Cannot go on: this person has left"));
    this.#parts.left();
  }

  /** Does what was entered. Rejects only when nothing can be shown any more. */
  async perform(request: Request): Promise<void> {
    const performed = this.#moved.then(() => this.#attempt(request));
    if (MOVES.has(request.do)) this.#moved = performed.catch(() => {});
    await performed;
  }

  async #attempt(request: Request): Promise<void> {
    if (request.do !== "quit" && request.do !== "nothing") this.#isQuitting = false;
    try {
      await perform(request, this);
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      if (!this.#wantsToLeave) await this.#teller.fault(error);
    }
  }

  outgoing(request: RequestAbout): Outgoing | undefined {
    const seen = { recent: this.#teller.recent, room: this.#room, you: this.you ?? "" };
    return outgoingAbout(request, seen);
  }

  /** Sends without waiting; what was sent is shown once it is stored. */
  say(message: Outgoing): void {
    this.#waiting += 1;
    this.#parts.changed();
    void this.session.send(message).then(
      async (event) => {
        this.#waiting -= 1;
        this.#parts.changed();
        await this.#teller.heard(event);
        if (this.#isQuitting && this.#waiting === 0) this.depart();
      },
      async (error: unknown) => {
        this.#waiting -= 1;
        this.#parts.changed();
        if (this.#wantsToLeave) return;
        if ("body" in message) this.#parts.unsent(message.body);
        await this.#teller.fault(error);
      },
    ).catch(() => {
      // Nothing can be shown any more: `run` says so.
    });
  }

  async go(room: RoomId, options?: JoinOptions): Promise<void> {
    if (isToEnter(room, this, options) && !this.#joined.has(room)) {
      await this.session.join(room, options);
      this.#joined.add(room);
    }
    await this.#look(room);
  }

  async leave(room: RoomId): Promise<void> {
    if (this.#joined.has(room)) {
      await this.session.leave(room);
      this.#joined.delete(room);
      await this.note(`You left ${roomName(room, this)}.`);
    } else if (room !== this.#room) {
      return await this.note(`You are not in ${roomName(room, this)}.`);
    }
    if (room !== this.#room) return;
    const [next] = this.#joined;
    if (next === undefined) await this.note("You are in no room: /join ROOM, or /quit.");
    else await this.#look(next);
  }

  async lookBack(count: number): Promise<void> {
    await this.#lookBack(count, "asked");
  }

  async note(text: string): Promise<void> {
    await this.#teller.note(text);
  }

  async people(room: RoomId, people: readonly Occupant[]): Promise<void> {
    for (const { name } of people) this.#teller.remember(name);
    await this.note(`In ${roomName(room, this)}: ${whoText(people)}`);
  }

  async rooms(rooms: readonly RoomSummary[]): Promise<void> {
    for (const one of rooms) this.#summaries.set(one.room, one);
    await this.note(roomsText(rooms, this));
  }

  async conversations(): Promise<void> {
    if (!this.session.abilities.has("rooms")) return await this.note(roomName(this.#room, this));
    const rooms = await this.session.rooms();
    for (const one of rooms) this.#summaries.set(one.room, one);
    const own = rooms.filter(({ room }) => this.#joined.has(room) || peerOf(room, this));
    await this.#parts.show(...conversationLines(own, this, this.#parts.paint));
  }

  async contacts(contacts: readonly Contact[]): Promise<void> {
    await this.note(contactsText(contacts));
  }

  async found(events: readonly ChatEvent[]): Promise<void> {
    await this.#parts.show(...foundLines(events, this, this.#parts.paint));
  }

  async help(about: string): Promise<void> {
    await this.#parts.show(...helpLines(usableCommands(this.session), about, this.#parts.paint));
  }

  async account(): Promise<void> {
    await this.note(accountText(this.session));
  }

  async file(path: string, way: "usual" | "direct"): Promise<void> {
    const { files } = this.session;
    if (files === undefined) return;
    await this.note("Sending the file.");
    const progress = inSteps(100, (done) => {
      this.#sending = `, ${Math.floor(100 * done)} % sent`;
      this.#parts.changed();
    });
    try {
      const sending = { way, signal: this.#leaving.signal, progress };
      await this.#teller.heard(await files.send(this.#room, path, sending));
    } finally {
      this.#sending = "";
      this.#parts.changed();
    }
  }

  async clear(): Promise<void> {
    await this.#parts.clear();
  }

  /** Leaves once everything is sent; asked twice, at once. */
  async quit(): Promise<void> {
    if (this.#waiting === 0 || this.#isQuitting) return this.depart();
    this.#isQuitting = true;
    if (this.session.isOnline) return;
    const what = this.#waiting === 1 ? "A message is" : `${this.#waiting} messages are`;
    await this.note(`${what} not sent yet: leaving then. /quit once more leaves without.`);
  }

  /** Looks at a room from now on. */
  async #look(room: RoomId): Promise<void> {
    if (room === this.#room) return;
    this.#room = room;
    this.#looked = undefined;
    this.#parts.changed();
    await this.note(`In ${this.label.slice(0, -2)} now.`);
    await this.#lookBack(this.#parts.backlog, "entering");
  }

  /** Shows earlier messages: on entering those of late, when asked those before the ones shown. */
  async #lookBack(count: number, why: "entering" | "asked"): Promise<void> {
    if (!this.session.abilities.has("history")) {
      if (why === "asked") await this.session.history(this.#room, count);
      return;
    }
    if (count === 0) return;
    const page = await this.session.history(this.#room, count, this.#looked).catch((error) => {
      if (why === "asked") throw error;
      return [];
    });
    const [oldest] = page;
    if (oldest === undefined) {
      if (why === "asked") await this.note("There is nothing earlier.");
      return;
    }
    this.#looked = { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    await this.#teller.page(page, why);
  }
}
