/**
 * Requests on the full screen: what is to be seen becomes a list, a note or another conversation.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import type { Asking } from "../asking.ts";
import { inSteps } from "../file_progress.ts";
import { helped } from "../lookups.ts";
import type { RequestAbout } from "../outgoing.ts";
import { outgoingAbout } from "../outgoing.ts";
import type { Floor } from "../perform.ts";
import { RecentEvents } from "../recent.ts";
import type {
  ChatSession,
  Contact,
  JoinOptions,
  Occupant,
  Outgoing,
  RoomSummary,
} from "../session.ts";
import { usableCommands, usageOf } from "../slash_commands.ts";
import { indented, peerOf, roomName } from "../wording.ts";
import {
  contactWords,
  conversationWords,
  hitWords,
  occupantWords,
  oneLine,
  roomWords,
} from "./list_items.ts";
import { type Account, eventOf, NOWHERE } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import { type Item, List } from "./view/list.ts";

/** What the screen does for requests. */
export interface FloorScreen {
  readonly accounts: readonly Account[];
  /** Shows a list over the messages. */
  show(list: List): void;
  /** Looks at a conversation. */
  open(account: Account, conversation: Conversation): void;
  /** Puts one away. */
  close(account: Account, room: RoomId): void;
  /** Goes to a message that was found. */
  reveal(account: Account, event: ChatEvent, words: string): void;
  /** Asks this person something; undefined when they give it up. */
  ask: Asking["ask"];
  /** Something goes on, or nothing any more; safe to show. */
  progress(text: string | undefined): void;
  /** Leaves once everything is sent. */
  quit(): void;
  readonly signal: AbortSignal;
}

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["Enter; Alt-Enter", "say it; begin a new line"],
  ["Tab, Shift-Tab", "complete, the next one, the one before"],
  ["PageUp, PageDown", "look back and forth; Alt-< and Alt-> to the ends"],
  ["Alt-Up, Alt-Down", "the conversation above, below; also Ctrl-P, Ctrl-N"],
  ["Alt-1 to Alt-9", "the Nth conversation"],
  ["Alt-A", "where something is unread"],
  ["Ctrl-R", "look for what you entered before"],
  ["Ctrl-_", "undo"],
  ["Ctrl-Z, Ctrl-L", "suspend; draw the screen again"],
  ["Esc", "close a list, go to the end"],
];

const KEY_ITEMS = KEYS.map(([text, detail]): Item => ({ text, detail }));

/** See the module's description. */
export class ScreenFloor implements Floor {
  readonly session: ChatSession;
  readonly #account: Account;
  readonly #conversation: Conversation | undefined;
  readonly #screen: FloorScreen;

  constructor(
    account: Account,
    session: ChatSession,
    conversation: Conversation | undefined,
    screen: FloorScreen,
  ) {
    this.session = session;
    this.#account = account;
    this.#conversation = conversation;
    this.#screen = screen;
  }

  get room(): RoomId | undefined {
    return this.#conversation?.room === NOWHERE ? undefined : this.#conversation?.room;
  }

  get asking(): Asking {
    return {
      ask: (question) => this.#screen.ask(question),
      tell: (text) => this.note(indented(text)),
    };
  }

  known(name: string): RoomId | undefined {
    for (const conversation of this.#account.conversations.values()) {
      if (this.#account.titleOf(conversation) === name) return conversation.room;
    }
    return undefined;
  }

  say(message: Outgoing): void {
    const isHere = "room" in message && message.room === this.room;
    if (this.#conversation !== undefined && isHere) this.#conversation.scroll = "end";
    this.#account.say(message, isHere ? this.#conversation : undefined);
  }

  outgoing(request: RequestAbout): Outgoing | undefined {
    const recent = new RecentEvents();
    const room = this.room ?? "";
    for (const entry of this.#conversation?.timeline.entries.slice(-2_000) ?? []) {
      const isThere = entry.kind === "message" && entry.redactedBy === undefined;
      if (!isThere || entry.delivery === "sending") continue;
      recent.add(eventOf(entry, room));
      for (const one of this.#conversation?.timeline.reactionsTo(entry.id) ?? []) recent.add(one);
    }
    return outgoingAbout(request, { recent, room, you: this.#account.you ?? "" });
  }

  async go(room: RoomId, options?: JoinOptions): Promise<void> {
    const conversation = await this.#account.enter(room, options);
    conversation.isOpened = true;
    this.#screen.open(this.#account, conversation);
  }

  async leave(room: RoomId): Promise<void> {
    if (peerOf(room, this.#account.view(room)) === undefined) await this.session.leave(room);
    this.#screen.close(this.#account, room);
  }

  async lookBack(count: number): Promise<void> {
    if (this.#conversation === undefined) return;
    // Says why it cannot, where the protocol has no history.
    if (!this.session.abilities.has("history")) await this.session.history(this.room ?? "", count);
    await this.#account.lookBack(this.#conversation, count);
    if (this.#conversation.earlier === "none") await this.note("This is the beginning.");
  }

  note(text: string): Promise<void> {
    this.#account.note(this.#conversation, text);
    return Promise.resolve();
  }

  people(room: RoomId, people: readonly Occupant[]): Promise<void> {
    for (const who of people) this.#account.names.present(who, who.show, who.text);
    this.#account.conversations.get(room)?.met(people);
    const items = people.map((who): Item => ({
      ...occupantWords(who),
      choose: () => this.#talkTo(who.address),
    }));
    return this.#show(`In ${roomName(room, this.#account.view(room))}`, items);
  }

  rooms(rooms: readonly RoomSummary[]): Promise<void> {
    const items = rooms.map((summary): Item => ({
      ...roomWords(summary, this.#account.view(summary.room)),
      choose: () => this.#enter(summary.room),
    }));
    return this.#show("Rooms", items);
  }

  conversations(): Promise<void> {
    const all = this.#screen.accounts.flatMap((account) =>
      [...account.conversations.values()].map((conversation) => ({ account, conversation }))
    ).sort((a, b) => b.conversation.lastMs - a.conversation.lastMs);
    const items = all.map(({ account, conversation }): Item => ({
      ...conversationWords(account, conversation),
      choose: () => this.#screen.open(account, conversation),
    }));
    return this.#show("Conversations", items);
  }

  contacts(contacts: readonly Contact[]): Promise<void> {
    const items = contacts.map((contact): Item => ({
      ...contactWords(contact),
      choose: () => this.#talkTo(contact.address),
    }));
    return this.#show("Contacts", items);
  }

  found(events: readonly ChatEvent[], text: string): Promise<void> {
    const hit = { account: this.#account, words: text, here: this.room };
    const items = [...events].reverse().map((event): Item => ({
      ...hitWords(event, hit),
      choose: () => this.#screen.reveal(this.#account, event, text),
    }));
    this.#screen.show(new List(`Found: ${oneLine(text)}`, items, "last"));
    return Promise.resolve();
  }

  help(about: string): Promise<void> {
    const all = about === "" ? [{ title: "Keys", items: KEY_ITEMS }] : [];
    const groups = helped(usableCommands(this.session), about).map(({ title, commands }) => ({
      title,
      items: commands.map((one): Item => ({ text: usageOf(one), detail: one.does })),
    }));
    const items = [...all, ...groups].flatMap(({ title, items }, at): readonly Item[] =>
      about === "" ? [...at === 0 ? [] : [{ text: "" }], { text: title }, ...items] : items
    );
    return this.#show("Help", items);
  }

  account(name: string): Promise<void> {
    const { accounts } = this.#screen;
    const wanted = accounts.find(({ label }) => label === name) ??
      accounts.find(({ label }) => label.startsWith(name));
    if (name !== "" && wanted !== undefined) this.#visit(wanted);
    else if (name !== "") return this.note(`There is no account ${oneLine(name)}.`);
    else {
      const items = accounts.map((account): Item => ({
        text: account.label,
        detail: account.connection,
        choose: () => this.#visit(account),
      }));
      return this.#show("Accounts", items);
    }
    return Promise.resolve();
  }

  async file(path: string, way: "usual" | "direct"): Promise<void> {
    const { files } = this.session;
    const conversation = this.#conversation;
    if (files === undefined || conversation === undefined) return;
    const { signal } = this.#screen;
    const name = oneLine(path.slice(path.lastIndexOf("/") + 1));
    const progress = inSteps(
      100,
      (done) => this.#screen.progress(`${name} ${Math.floor(100 * done)} %`),
    );
    progress(0);
    try {
      const event = await files.send(conversation.room, path, { way, signal, progress });
      conversation.timeline.add(event, this.#account.you);
    } finally {
      this.#screen.progress(undefined);
    }
  }

  clear(): Promise<void> {
    this.#conversation?.timeline.clear();
    if (this.#conversation !== undefined) {
      this.#conversation.scroll = "end";
      this.#conversation.earlier = "unknown";
      this.#conversation.isCleared = true;
    }
    return Promise.resolve();
  }

  quit(): Promise<void> {
    this.#screen.quit();
    return Promise.resolve();
  }

  #show(title: string, items: readonly Item[]): Promise<void> {
    this.#screen.show(new List(title, items));
    return Promise.resolve();
  }

  #visit(account: Account): void {
    const [first] = account.conversations.values();
    if (first !== undefined) this.#screen.open(account, first);
  }

  #talkTo(address: string): void {
    void this.session.find(address, "person").then((room) => this.go(room))
      .catch((error) => this.#account.fault(this.#conversation, error));
  }

  #enter(room: RoomId): void {
    void this.go(room).catch((error) => this.#account.fault(this.#conversation, error));
  }
}
