/**
 * What happens in a session, taken into the conversations of its account.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import { ChatnodeError } from "../../../../errors.ts";
import type { ChatEvent, RoomId } from "../../../../message/event.ts";
import { type FileEvent, FileNews } from "../../file_news.ts";
import type { ChatSession, RoomSummary, SessionEvent } from "../../session.ts";
import { lengthOf } from "../../times.ts";
import { indented, isNamed, peerOf, roomName, safeName } from "../../wording.ts";
import type { Account, AccountEvents } from "./account.ts";

/** What taking news needs. */
export interface NewsOptions {
  /** The room to begin in; absent: none. */
  readonly room: RoomId | undefined;
  /** Earlier messages that are loaded at first. */
  readonly backlog: number;
  readonly clock: Clock;
  readonly events: AccountEvents;
}

/** Conversations of earlier times that are shown at first. */
const SHOWN_MOST = 50;
/** Contacts beyond that many conversations are gone to by name. */
const CONVERSATIONS_MOST = 1_000;

/** See the module's description. */
export class News {
  readonly #account: Account;
  readonly #session: ChatSession;
  readonly #options: NewsOptions;
  readonly #files = new FileNews();
  #offlineSince: number | undefined;
  #yourName: string | undefined;

  constructor(account: Account, session: ChatSession, options: NewsOptions) {
    this.#account = account;
    this.#session = session;
    this.#options = options;
  }

  /** Takes what happened. */
  happened(event: SessionEvent): void {
    const account = this.#account;
    const { clock } = this.#options;
    switch (event.kind) {
      case "event":
        return this.#heard(event.event);
      case "online":
        return this.#online(event.you.name);
      case "offline":
        account.connection = "offline";
        this.#offlineSince ??= clock.monotonic();
        return;
      case "member":
        return this.#member(event);
      case "presence":
        return account.names.present(event.who, event.show, event.text);
      case "typing":
        return account.conversation(event.room)
          .heardTyping(event.who, event.state, clock.monotonic());
      case "receipt":
        return this.#receipt(event);
      case "seen":
        return account.conversations.get(event.room)?.read();
      case "room":
        return account.conversation(event.room.room).describe(event.room);
      case "contact":
        return this.#contact(event);
      default:
        return this.#told(event);
    }
  }

  /** What is told in a line. */
  #told(
    event: Extract<
      SessionEvent,
      { kind: "request" | "invitation" | "notice" | "skipped" | "lost" | "file" }
    >,
  ): void {
    const account = this.#account;
    switch (event.kind) {
      case "request": {
        const name = safeName(event.who.address);
        const answer = `/accept ${name}`;
        return account.note(
          undefined,
          `${name} wants to see your presence: ${answer}.${saying(event.text)}`,
        );
      }
      case "invitation": {
        const where = roomName(event.room, account.view(event.room));
        const name = safeName(event.who.name);
        return account.note(
          undefined,
          `${name} invites you: /join ${where}.${saying(event.text)}`,
        );
      }
      case "notice": {
        const place = event.room === undefined ? undefined : account.conversation(event.room);
        return account.note(place, indented(event.text));
      }
      case "file":
        return this.#file(event);
      case "skipped": {
        const place = account.conversation(event.room);
        return account.note(place, `${event.count} messages are only in the history.`);
      }
      case "lost": {
        const place = account.conversation(event.room);
        place.describe({ ...place.summary, isFollowed: false });
        const state = `You are not in this room any more (${event.code})`;
        return account.fault(place, new ChatnodeError(event.code, state));
      }
    }
  }

  #file(event: FileEvent): void {
    const account = this.#account;
    const place = account.conversation(event.room);
    if (event.direction === "in" && event.state === "offered") {
      this.#options.events.called(place, safeName(event.who.name));
      place.lastMs = this.#options.clock.now();
    }
    const line = this.#files.line(event);
    if (line?.kind === "note") account.note(place, line.text);
    else if (line !== undefined) {
      account.fault(place, new ChatnodeError("client/file", line.text));
    }
  }

  #online(name: string): void {
    const account = this.#account;
    const before = this.#yourName;
    this.#yourName = name;
    account.connection = "online";
    if (before === undefined) {
      void this.#begin();
      return;
    }
    const away = this.#options.clock.monotonic() - (this.#offlineSince ?? 0);
    this.#offlineSince = undefined;
    const renamed = name === before ? "" : `, now as ${safeName(name)}`;
    for (const one of account.conversations.values()) {
      if (one.timeline.entries.length === 0) continue;
      account.note(one, `Connected again after ${lengthOf(away)}${renamed}.`);
    }
  }

  /** A contact has a conversation to go to, though nothing was said there yet. */
  #contact({ contact, state }: Extract<SessionEvent, { kind: "contact" }>): void {
    const account = this.#account;
    if (state === "kept") account.names.contact(contact);
    else account.names.forget(contact.address);
    if (account.conversations.size >= CONVERSATIONS_MOST) return;
    void this.#session.find(contact.address, "person").then((room) => {
      const known = account.conversations.get(room);
      if (state === "kept") {
        const { name } = contact;
        account.conversation(room).describe({ room, members: 2, kind: "person", name });
      } else if (known !== undefined && account.isQuiet(known)) account.conversations.delete(room);
      this.#options.events.changed();
    }).catch(() => {
      // What is no address of anybody is on the list all the same, and cannot be talked to.
    });
  }

  /** The first connection: what was said in the room, and which conversations there are. */
  async #begin(): Promise<void> {
    const account = this.#account;
    const session = this.#session;
    const { room, backlog, events } = this.#options;
    if (room !== undefined) {
      const first = account.conversation(room);
      if (backlog > 0) await account.lookBack(first, backlog);
      else first.earlier = session.abilities.has("history") ? "more" : "none";
      void account.meet(room);
    }
    if (!session.abilities.has("rooms")) return;
    // Whoever has no list of rooms yet learns of them as they speak.
    const rooms = await session.rooms().catch((): readonly RoomSummary[] => []);
    const own = rooms.filter((one) => this.#isOwn(one))
      .sort((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0)).slice(0, SHOWN_MOST);
    for (const summary of own) account.conversation(summary.room).describe(summary);
    for (const summary of rooms) account.conversations.get(summary.room)?.describe(summary);
    events.changed();
  }

  #isOwn({ room, kind, isFollowed }: RoomSummary): boolean {
    if (isFollowed !== undefined) return isFollowed;
    return kind === "person" || peerOf(room, this.#account.view(room)) !== undefined;
  }

  #heard(event: ChatEvent): void {
    const account = this.#account;
    const conversation = account.conversation(event.room_id);
    const isNew = conversation.timeline.entries.length === 0;
    const added = account.place(event, conversation);
    if (added === undefined || added === "changed") return;
    conversation.lastMs = Math.max(conversation.lastMs, added.at);
    // A conversation that somebody begins: what was said before comes when it is opened.
    if (isNew && account.isPersonal(conversation)) conversation.earlier = "unknown";
    if (added.isOwn) return;
    const { clock, events } = this.#options;
    const author = { address: added.sender, name: "" };
    conversation.heardTyping(author, "idle", clock.monotonic());
    const isCall = account.isPersonal(conversation) ||
      isNamed(event.content.body ?? "", this.#yourName ?? "");
    events.heard(account, conversation, added, isCall);
  }

  #member({ room, who, state }: Extract<SessionEvent, { kind: "member" }>): void {
    const conversation = this.#account.conversation(room);
    this.#account.names.seen(who);
    conversation.moved(who.address, safeName(who.name), state, this.#options.clock.now());
  }

  #receipt({ room, id, state, who, text }: Extract<SessionEvent, { kind: "receipt" }>): void {
    const conversation = this.#account.conversation(room);
    conversation.receipt(id, state, who?.name);
    if (state !== "failed") return;
    const why = text === undefined ? "the server refused it" : indented(text);
    const error = new ChatnodeError("client/refused", `Cannot deliver: ${why}`);
    this.#account.fault(conversation, error);
  }
}

/** What somebody adds to a request; not safe to show when given. */
function saying(text: string | undefined): string {
  return text === undefined ? "" : ` They say: ${indented(text)}`;
}
