/**
 * What happens in a session, as lines of a chat in line mode.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { ChatEvent } from "../../message/event.ts";
import { FileNews } from "./file_news.ts";
import type { Paint } from "./paint.ts";
import { RecentEvents } from "./recent.ts";
import type { ChatSession, SessionEvent } from "./session.ts";
import { dayOf, lengthOf } from "./times.ts";
import {
  dayLine,
  eventLine,
  faultLine,
  faultText,
  indented,
  isNamed,
  nameOf,
  noteLine,
  peerOf,
  roomName,
  safeName,
  type Viewpoint,
} from "./wording.ts";

/** What telling takes. */
export interface TellerParts {
  readonly session: ChatSession;
  readonly clock: Clock;
  readonly paint: Paint;
  readonly view: Viewpoint;
  /** Shows lines; resolves when there is room for more. */
  show(...lines: readonly string[]): Promise<void>;
  /** Something was said to this person: in a conversation, or by name. */
  called(): void;
  /** The first connection is there, and everything was said about it. */
  began(): Promise<void>;
}

/** Names offered for completion. */
const NAMES_MOST = 200;

/** See the module's description. */
export class Teller {
  /** What was shown lately. */
  readonly recent = new RecentEvents();
  readonly #parts: TellerParts;
  readonly #names = new Set<string>();
  readonly #files = new FileNews();
  #day: string;
  #offlineSince: number | undefined;
  #name: string | undefined;

  constructor(parts: TellerParts) {
    this.#parts = parts;
    this.#day = dayOf(parts.clock.now());
  }

  /** What this person is called; undefined before the first connection. */
  get name(): string | undefined {
    return this.#name;
  }

  /** Names of people, those who spoke last first. */
  names(): readonly string[] {
    return [...this.#names].reverse();
  }

  /** Tells of something that happened. */
  async happened(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case "event":
        return await this.heard(event.event);
      case "online":
        return await this.#online(event.you.name);
      case "offline":
        this.#offlineSince ??= this.#parts.clock.monotonic();
        return;
      case "member":
        return await this.#member(event);
      case "notice":
        return await this.note(indented(event.text));
      case "skipped":
        return await this.note(
          `${event.count} more messages in ${this.#place(event.room)}: /history shows them.`,
        );
      case "lost":
        return await this.#fault(
          `You are not in ${this.#place(event.room)} any more (${event.code})`,
        );
      case "receipt":
        if (event.state !== "failed") return;
        return await this.#fault(`Not delivered: ${event.text ?? "the server refused it"}`);
      case "request": {
        const name = safeName(event.who.address);
        return await this.note(`${name} wants to see your presence: /accept ${name}`);
      }
      case "invitation": {
        const who = safeName(event.who.name);
        return await this.note(`${who} invites you: /join ${this.#place(event.room)}`);
      }
      case "file": {
        const line = this.#files.line(event);
        if (event.direction === "in" && event.state === "offered") this.#parts.called();
        if (line?.kind === "note") await this.note(line.text);
        else if (line !== undefined) await this.#fault(line.text);
        return;
      }
      case "presence":
      case "typing":
      case "seen":
      case "room":
      case "contact":
        return;
    }
  }

  /** Tells what was said, once. */
  async heard(event: ChatEvent): Promise<void> {
    if (!this.recent.add(event)) return;
    const { view } = this.#parts;
    if (event.sender_id !== view.you) this.remember(nameOf(event.sender_id, view, event.room_id));
    await this.#showEvent(event);
    if (event.sender_id !== view.you && this.#isCalled(event)) this.#parts.called();
  }

  /** Tells a page of the history; on entering a room only what was not told yet. */
  async page(page: readonly ChatEvent[], why: "entering" | "asked"): Promise<void> {
    const { view, clock } = this.#parts;
    const fresh = page.filter((event) => this.recent.add(event));
    const shown = why === "asked" ? page : fresh;
    for (const { sender_id: sender, room_id: room } of fresh) {
      if (sender !== view.you) this.remember(nameOf(sender, view, room));
    }
    for (const event of shown) {
      if (!this.recent.isRedacted(event.event_id)) await this.#showEvent(event);
    }
    this.#day = dayOf(clock.now());
    if (shown.length > 0) await this.note("(that was earlier)");
  }

  /** Somebody may be spoken to. */
  remember(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    for (const oldest of this.#names) {
      if (this.#names.size <= NAMES_MOST) return;
      this.#names.delete(oldest);
    }
  }

  /** @param text safe to show */
  async note(text: string): Promise<void> {
    await this.#parts.show(noteLine(text, this.#parts.paint));
  }

  /** Says what went wrong. */
  async fault(error: unknown): Promise<void> {
    await this.#fault(faultText(error));
  }

  async #fault(text: string): Promise<void> {
    await this.#parts.show(faultLine(text, this.#parts.paint));
  }

  async #online(name: string): Promise<void> {
    const { clock, view } = this.#parts;
    const shown = safeName(name);
    const before = this.#name;
    this.#name = name;
    if (before === undefined) {
      await this.note(`You are ${shown} on ${safeName(view.node)}. /help tells what you can do.`);
      return await this.#parts.began();
    }
    const away = clock.monotonic() - (this.#offlineSince ?? 0);
    this.#offlineSince = undefined;
    const renamed = name === before ? "" : `, now as ${shown}`;
    await this.note(`Connected again after ${lengthOf(away)}${renamed}.`);
  }

  async #member({ who, room, state }: Extract<SessionEvent, { kind: "member" }>): Promise<void> {
    const name = safeName(who.name);
    this.remember(who.name);
    const where = room === this.#parts.view.room ? "" : ` ${this.#place(room)}`;
    await this.note(state === "joined" ? `${name} came${where}.` : `${name} left${where}.`);
  }

  /** In a conversation, or by name in a text. */
  #isCalled(event: ChatEvent): boolean {
    if (event.type !== "m.room.message") return false;
    if (peerOf(event.room_id, this.#parts.view) !== undefined) return true;
    return isNamed(event.content.body ?? "", this.#name ?? "");
  }

  async #showEvent(event: ChatEvent): Promise<void> {
    const { view, paint, show } = this.#parts;
    const line = eventLine(event, view, paint);
    if (line === undefined) return;
    const day = dayOf(event.timestamp_ms);
    const before = day === this.#day ? [] : [dayLine(event.timestamp_ms, paint)];
    this.#day = day;
    await show(...before, line);
  }

  #place(room: string): string {
    return roomName(room, this.#parts.view);
  }
}
