/**
 * A chat in line mode: what happens in the session becomes lines, what the person enters becomes
 * requests to the session. Knows neither keys nor terminals.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import { parseRoom } from "../../message/address.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import type { Position } from "../../protocol/frames.ts";
import { helpLines, roomsText, searchLines, whoText } from "./lookups.ts";
import { outgoingAbout, type RequestAbout } from "./outgoing.ts";
import type { Paint } from "./paint.ts";
import { RecentEvents } from "./recent.ts";
import type { Request } from "./requests.ts";
import type { ChatSession, Outgoing, SessionEvent } from "./session.ts";
import { dayOf, lengthOf } from "./times.ts";
import {
  dayLine,
  eventLine,
  faultLine,
  indented,
  nameOf,
  noteLine,
  peerOf,
  roomName,
  safeName,
  type Viewpoint,
} from "./wording.ts";

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
  /** The label may have changed. */
  changed(): void;
  /** Something was said to this person: in a conversation, or by name. */
  called(): void;
  /** A message could not be sent: it may be wanted again. */
  unsent(text: string): void;
  /** The person leaves. */
  left(): void;
}

/** Requests that change the room that is looked at. */
const MOVES: ReadonlySet<Request["do"]> = new Set(["join", "leave", "message"] as const);

/** Names offered for completion. */
const NAMES_MOST = 200;

/** See the module's description. */
export class Chat implements Viewpoint {
  readonly #parts: ChatParts;
  readonly #session: ChatSession;
  readonly #recent = new RecentEvents();
  readonly #names = new Set<string>();
  readonly #joined = new Set<RoomId>();
  /** How far /history has looked back in the room. */
  #looked: Position | undefined;
  #room: RoomId;
  #day: string;
  #waiting = 0;
  #offlineSince: number | undefined;
  #name: string | undefined;
  #wantsToLeave = false;
  /** Wants to leave once everything is sent. */
  #isQuitting = false;
  /** What is typed behind `/join` belongs into that room: it waits until the person is there. */
  #moved: Promise<void> = Promise.resolve();

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.#session = parts.session;
    this.#room = parts.room;
    this.#joined.add(parts.room);
    this.#day = dayOf(parts.clock.now());
  }

  get you(): string | undefined {
    return this.#session.you?.address;
  }

  get node(): string {
    return this.#session.node;
  }

  /** The room that is looked at. */
  get room(): RoomId {
    return this.#room;
  }

  /** True once the person has asked to leave. */
  get wantsToLeave(): boolean {
    return this.#wantsToLeave;
  }

  /** Messages that are not stored yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** What stands before the line being written; safe to show. */
  get label(): string {
    const peer = peerOf(this.#room, this.you);
    const place = peer === undefined
      ? roomName(this.#room, this)
      : `@${roomName(this.#room, this)}`;
    if (this.#name === undefined) return `${place} (connecting)> `;
    const unsent = this.#waiting > 0 && !this.#session.isOnline ? `, ${this.#waiting} unsent` : "";
    return this.#session.isOnline ? `${place}> ` : `${place} (offline${unsent})> `;
  }

  recall(id: string): ChatEvent | undefined {
    return this.#recent.get(id);
  }

  /** Names of people, those who spoke last first. */
  names(): readonly string[] {
    return [...this.#names].reverse();
  }

  /** Rooms entered. */
  rooms(): readonly string[] {
    return [...this.#joined];
  }

  /** Shows what happens until the session ends. */
  async run(): Promise<void> {
    for await (const event of this.#session.events()) await this.#happened(event);
  }

  /** The person leaves. */
  leave(): void {
    this.#wantsToLeave = true;
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
      await this.#perform(request);
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      await this.#fault(error);
    }
  }

  async #happened(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case "event":
        return await this.#heard(event.event);
      case "online":
        return await this.#online(event.you.name);
      case "offline":
        this.#offlineSince ??= this.#parts.clock.monotonic();
        return this.#parts.changed();
      case "member":
        return await this.#member(event);
      case "notice":
        return await this.#note(indented(event.text));
      case "skipped": {
        const where = roomName(event.room, this);
        return await this.#note(`${event.count} more messages in ${where}: /history shows them.`);
      }
      case "lost": {
        const where = roomName(event.room, this);
        this.#joined.delete(event.room);
        return await this.#show(
          faultLine(`You are not in ${where} any more (${event.code})`, this.#parts.paint),
        );
      }
      case "request": {
        const name = safeName(event.who.name);
        return await this.#note(`${name} wants to see your presence.`);
      }
      case "invitation": {
        const where = roomName(event.room, this);
        return await this.#note(`${safeName(event.who.name)} invites you to ${where}.`);
      }
      case "presence":
      case "typing":
      case "receipt":
      case "seen":
      case "room":
      case "contact":
        return;
    }
  }

  async #online(name: string): Promise<void> {
    const shown = safeName(name);
    const before = this.#name;
    this.#name = name;
    this.#parts.changed();
    if (before === undefined) {
      await this.#note(`You are ${shown} on ${safeName(this.node)}. /help tells what you can do.`);
      return await this.#lookBack(this.#parts.backlog, "entering");
    }
    const away = this.#parts.clock.monotonic() - (this.#offlineSince ?? 0);
    this.#offlineSince = undefined;
    const renamed = name === before ? "" : `, now as ${shown}`;
    await this.#note(`Connected again after ${lengthOf(away)}${renamed}.`);
  }

  async #member(event: Extract<SessionEvent, { kind: "member" }>): Promise<void> {
    const name = safeName(event.who.name);
    this.#remember(event.who.name);
    const where = event.room === this.#room ? "" : ` ${roomName(event.room, this)}`;
    await this.#note(event.state === "joined" ? `${name} came${where}.` : `${name} left${where}.`);
  }

  async #heard(event: ChatEvent): Promise<void> {
    if (!this.#recent.add(event)) return;
    const name = nameOf(event.sender_id, this.node);
    if (event.sender_id !== this.you) this.#remember(name);
    await this.#showEvent(event);
    if (event.sender_id !== this.you && this.#isCalled(event)) this.#parts.called();
  }

  /** In a conversation, or by name in a text. */
  #isCalled(event: ChatEvent): boolean {
    if (event.type !== "m.room.message") return false;
    if (peerOf(event.room_id, this.you) !== undefined) return true;
    const name = this.#name?.toLowerCase() ?? "";
    const words = (event.content.body ?? "").toLowerCase();
    return name !== "" && words.includes(name);
  }

  async #showEvent(event: ChatEvent): Promise<void> {
    const line = eventLine(event, this, this.#parts.paint);
    if (line === undefined) return;
    const day = dayOf(event.timestamp_ms);
    const lines = day === this.#day
      ? [line]
      : [dayLine(event.timestamp_ms, this.#parts.paint), line];
    this.#day = day;
    await this.#show(...lines);
  }

  async #perform(request: Request): Promise<void> {
    switch (request.do) {
      case "nothing":
        return;
      case "say":
        return this.#say({ room: this.#room, body: request.body, msgtype: request.msgtype });
      case "message":
        return await this.#message(request.to, request.body);
      case "reply":
      case "react":
      case "edit":
      case "redact":
        return await this.#about(request);
      case "join":
        return await this.#go(await this.#session.find(request.room, "room"));
      case "leave":
        return await this.#leave(request.room);
      case "who":
        return await this.#who(request.room === "" ? this.#room : parseRoom(request.room));
      case "rooms":
        return await this.#note(await roomsText(this.#session, this));
      case "history":
        return await this.#lookBack(request.count, "asked");
      case "search":
        return await this.#show(
          ...await searchLines(request.text, this.#session, this, this.#parts.paint),
        );
      case "ask":
        return await this.#ask(request.text);
      case "usage":
        return await this.#note(`It is ${request.usage}`);
      case "help":
        return await this.#show(...helpLines(this.#session.abilities, this.#parts.paint));
      case "quit":
        return await this.#quit();
    }
  }

  /** Leaves once everything is sent; asked twice, at once. */
  async #quit(): Promise<void> {
    if (this.#waiting === 0 || this.#isQuitting) return this.leave();
    this.#isQuitting = true;
    if (this.#session.isOnline) return;
    const what = this.#waiting === 1 ? "A message is" : `${this.#waiting} messages are`;
    await this.#note(`${what} not sent yet: leaving then. /quit once more leaves without.`);
  }

  /** Sends without waiting; what was sent is shown once it is stored. */
  #say(message: Outgoing): void {
    this.#waiting += 1;
    this.#parts.changed();
    void this.#session.send(message).then(
      async (event) => {
        this.#waiting -= 1;
        this.#parts.changed();
        await this.#heard(event);
        if (this.#isQuitting && this.#waiting === 0) this.leave();
      },
      async (error: unknown) => {
        this.#waiting -= 1;
        this.#parts.changed();
        if (this.#wantsToLeave) return;
        if ("body" in message) this.#parts.unsent(message.body);
        await this.#fault(error);
      },
    ).catch(() => {
      // Nothing can be shown any more: `run` says so.
    });
  }

  async #message(to: string, body: string): Promise<void> {
    if (body !== "") return this.#say({ to, body });
    await this.#look(await this.#session.find(to, "person"));
  }

  async #about(request: RequestAbout): Promise<void> {
    const seen = { recent: this.#recent, room: this.#room, you: this.you ?? "" };
    const message = outgoingAbout(request, seen);
    if (message !== undefined) return this.#say(message);
    await this.#note("There is no such message that was seen lately.");
  }

  async #go(room: RoomId): Promise<void> {
    if (peerOf(room, this.you) === undefined && !this.#joined.has(room)) {
      await this.#session.join(room);
      this.#joined.add(room);
    }
    await this.#look(room);
  }

  /** Looks at a room from now on. */
  async #look(room: RoomId): Promise<void> {
    if (room === this.#room) return;
    this.#room = room;
    this.#looked = undefined;
    this.#parts.changed();
    await this.#note(`In ${this.label.slice(0, -2)} now.`);
    await this.#lookBack(this.#parts.backlog, "entering");
  }

  async #leave(text: string): Promise<void> {
    const room = text === "" ? this.#room : parseRoom(text);
    if (this.#joined.has(room)) {
      await this.#session.leave(room);
      this.#joined.delete(room);
      await this.#note(`You left ${roomName(room, this)}.`);
    } else if (room !== this.#room) {
      return await this.#note(`You are not in ${roomName(room, this)}.`);
    }
    if (room !== this.#room) return;
    const [next] = this.#joined;
    if (next === undefined) await this.#note("You are in no room: /join ROOM, or /quit.");
    else await this.#look(next);
  }

  async #who(room: RoomId): Promise<void> {
    const people = await this.#session.occupants(room);
    for (const { name } of people) this.#remember(name);
    await this.#note(`In ${roomName(room, this)}: ${whoText(people)}`);
  }

  /** Shows earlier messages: on entering those of late, when asked those before the ones shown. */
  async #lookBack(count: number, why: "entering" | "asked"): Promise<void> {
    if (!this.#session.abilities.has("history")) {
      if (why === "asked") await this.#session.history(this.#room, count);
      return;
    }
    if (count === 0) return;
    const page = await this.#session.history(this.#room, count, this.#looked).catch((error) => {
      if (why === "asked") throw error;
      return [];
    });
    const [oldest] = page;
    if (oldest === undefined) {
      if (why === "asked") await this.#note("There is nothing earlier.");
      return;
    }
    this.#looked = { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    await this.#showPage(page, why);
  }

  async #showPage(page: readonly ChatEvent[], why: "entering" | "asked"): Promise<void> {
    const fresh = page.filter((event) => this.#recent.add(event));
    const shown = why === "asked" ? page : fresh;
    for (const event of fresh) {
      if (event.sender_id !== this.you) this.#remember(nameOf(event.sender_id, this.node));
    }
    for (const event of shown) {
      if (!this.#recent.isRedacted(event.event_id)) await this.#showEvent(event);
    }
    this.#day = dayOf(this.#parts.clock.now());
    if (shown.length > 0) await this.#note("(that was earlier)");
  }

  async #ask(text: string): Promise<void> {
    const answer = await this.#session.command(text, this.#room);
    await this.#note(
      answer === undefined
        ? "There is no such command; /help tells which there are. // begins a text with a slash."
        : indented(answer),
    );
  }

  #remember(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    for (const oldest of this.#names) {
      if (this.#names.size <= NAMES_MOST) return;
      this.#names.delete(oldest);
    }
  }

  async #note(text: string): Promise<void> {
    await this.#show(noteLine(text, this.#parts.paint));
  }

  async #fault(error: unknown): Promise<void> {
    const { message, hint } = error instanceof ChatnodeError
      ? error
      : { message: "Cannot do this: the client failed", hint: undefined };
    const words = hint === undefined ? message : `${message.replace(/\.$/, "")}. ${hint}`;
    await this.#show(faultLine(words, this.#parts.paint));
  }

  async #show(...lines: readonly string[]): Promise<void> {
    await this.#parts.show(...lines);
  }
}
