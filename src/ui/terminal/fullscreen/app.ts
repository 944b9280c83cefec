/**
 * The full screen: what its keys do, what it shows, and how it begins and ends.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import { Completion } from "../completion.ts";
import { HistorySearch } from "../history_search.ts";
import type { Key, KeyName } from "../keys.ts";
import { LineEditor } from "../line_editor.ts";
import { MOVES, perform } from "../perform.ts";
import { readRequest, type Request } from "../requests.ts";
import { usableCommands } from "../slash_commands.ts";
import { Display, type FullScreenOutput } from "./display.ts";
import { type FloorScreen, ScreenFloor } from "./floor.ts";
import { Account } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import { Desk } from "./model/desk.ts";
import type { Message } from "./model/entry.ts";
import { Notifier, type Notify } from "./notify.ts";
import type { Frame } from "./paint/painter.ts";
import { type ColourDepth, type Ground, groundIn, type Theme, themeFor } from "./paint/theme.ts";
import { compose, layoutFor, type Size } from "./view/compose.ts";
import { EntryRows } from "./view/entry_rows.ts";
import type { InputState } from "./view/input.ts";
import type { List } from "./view/list.ts";
import type { RowContext } from "./view/message_rows.ts";
import { Pane } from "./view/pane.ts";
import { TypingNews } from "./typing_news.ts";

/** What an account of the screen is made from. */
export interface AccountLook {
  /** What it is called before anybody knows better; safe to show. */
  readonly label: string;
  /** The room to begin in; absent: none. */
  readonly room: RoomId | undefined;
  /** Stands beside its name for as long as the screen is there; safe to show. */
  readonly warning: string | undefined;
}

/** What the screen works with. */
export interface AppParts {
  readonly accounts: readonly AccountLook[];
  readonly output: FullScreenOutput;
  readonly clock: Clock;
  readonly depth: ColourDepth;
  readonly ground: Ground;
  /** Earlier messages that are loaded at first. */
  readonly backlog: number;
  readonly notify: Notify;
  /** Typed alone, they leave as /quit does. */
  readonly farewells: () => readonly string[];
  /** The person leaves. */
  left(): void;
  /** Ctrl-Z. */
  suspended(): void;
  /** The terminal is gone, or the program is at fault. */
  failed(error: unknown): void;
  /** Ends what goes on when the screen is left. */
  readonly signal: AbortSignal;
}

/** How far back a message that was found is looked for: pages, and messages of each. */
const PAGES_MOST = 60;
const PAGE = 200;
/** How often what changes with time alone is looked at, milliseconds. */
const TICK_MS = 2_000;

/** See the module's description. */
export class App implements FloorScreen {
  readonly accounts: readonly Account[];
  readonly signal: AbortSignal;
  readonly display: Display;
  readonly #parts: AppParts;
  readonly #desk: Desk;
  readonly #editor = new LineEditor();
  readonly #completion: Completion;
  readonly #rows = new EntryRows();
  readonly #pane = new Pane(this.#rows);
  readonly #notifier: Notifier;
  readonly #typing: TypingNews;
  #theme: Theme;
  #list: List | undefined;
  #search: HistorySearch | undefined;
  #marked: readonly string[] = [];
  #progress: string | undefined;
  #height = 10;
  #isFocused = true;
  /** Ctrl-C leaves the next time. */
  #isWarned = false;
  #isQuitting = false;
  #wantsToLeave = false;
  #tick: Timer | undefined;
  /** What is entered behind `/join` belongs into that room. */
  #moved: Promise<void> = Promise.resolve();

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.signal = parts.signal;
    this.#theme = themeFor(parts.depth, parts.ground);
    this.#notifier = new Notifier(parts.notify, parts.clock);
    this.#typing = new TypingNews(parts.clock);
    this.display = new Display({ ...parts, compose: (size) => this.#compose(size) });
    const events = {
      changed: () => this.display.changed(),
      heard: (...heard: readonly [Account, Conversation, Message, boolean]) =>
        this.#heard(...heard),
      unsent: (text: string) => this.#editor.remember(text),
      settled: () => this.#settled(),
    };
    this.accounts = parts.accounts.map((look) =>
      new Account({ ...look, backlog: parts.backlog, clock: parts.clock, events })
    );
    this.#desk = new Desk(this.accounts);
    this.#completion = new Completion({
      names: () => this.#desk.account?.names.list() ?? [],
      rooms: () => this.#titles(),
      commands: () => usableCommands(this.#desk.account?.session),
      accounts: () => this.accounts.map(({ label }) => label),
    });
  }

  /** True once the person has asked to leave. */
  get wantsToLeave(): boolean {
    return this.#wantsToLeave;
  }

  /** Looks at what changes with time alone, from now on. */
  begin(): void {
    this.#tick = this.#parts.clock.after(TICK_MS, () => {
      this.display.changed();
      this.begin();
    });
  }

  end(): void {
    this.#tick?.cancel();
  }

  /** Does what a key does. */
  press(key: Key): void {
    if (key.kind === "answer") return this.#answered(key.text);
    if (key.kind !== "key" || !key.name.startsWith("focus")) this.#isFocused = true;
    if (this.#search !== undefined && !this.#pressSearch(this.#search, key)) return;
    if (this.#list !== undefined && this.#pressList(this.#list, key)) return;
    const outcome = this.#editor.press(key);
    if (outcome.kind === "entered") this.#entered(outcome.text);
    else if (outcome.kind === "key") this.#command(outcome.name);
    else if (outcome.kind === "other" && outcome.key.kind === "number") {
      this.#visit(this.#desk.places[(outcome.key.number + 9) % 10]);
    } else if (outcome.kind === "edited") this.#edited();
    this.display.changed();
  }

  show(list: List): void {
    this.#list = list;
    this.display.changed();
  }

  open(account: Account, conversation: Conversation): void {
    const before = this.#desk.current;
    this.#list = undefined;
    if (before?.conversation !== conversation) {
      this.#typing.stop();
      if (before !== undefined) before.conversation.draft = this.#editor.text;
      this.#editor.set(conversation.draft);
      this.#marked = [];
    }
    this.#desk.open(account, conversation);
    void this.#fill(account, conversation);
    this.display.changed();
  }

  close(account: Account, room: RoomId): void {
    this.#desk.close(account, room);
    this.#editor.set(this.#desk.current?.conversation.draft ?? "");
    this.display.changed();
  }

  reveal(account: Account, event: ChatEvent, words: string): void {
    const conversation = account.conversation(event.room_id);
    this.open(account, conversation);
    this.#marked = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    void this.#find(account, conversation, event);
  }

  progress(text: string | undefined): void {
    this.#progress = text;
    this.display.changed();
  }

  quit(): void {
    const waiting = this.accounts.reduce((sum, one) => sum + one.waiting, 0);
    if (waiting === 0 || this.#isQuitting) return this.#leave();
    this.#isQuitting = true;
    const what = waiting === 1 ? "A message is" : `${waiting} messages are`;
    this.progress(`${what} not sent yet; /quit once more leaves without`);
  }

  #leave(): void {
    this.#wantsToLeave = true;
    this.#parts.left();
  }

  #settled(): void {
    const isWaiting = this.accounts.some(({ waiting }) => waiting > 0);
    if (this.#isQuitting && !isWaiting) this.#leave();
  }

  #answered(text: string): void {
    const ground = groundIn(text);
    if (ground === undefined || ground === this.#parts.ground) return;
    this.#theme = themeFor(this.#parts.depth, ground);
    this.#rows.forget();
    this.display.changed();
  }

  /** False when the search has taken the key. */
  #pressSearch(search: HistorySearch, key: Key): boolean {
    const outcome = search.press(key);
    this.display.changed();
    if (outcome === "going-on") return false;
    this.#search = undefined;
    if (outcome === "cancelled") return false;
    if (search.typed !== "" && search.found !== undefined) this.#editor.set(search.found);
    return true;
  }

  /** True when the list has taken the key. */
  #pressList(list: List, key: Key): boolean {
    const moves: Partial<Record<KeyName, number>> = {
      ...{ up: -1, down: 1, "page-up": -this.#height, "page-down": this.#height },
      ...{ top: -Infinity, bottom: Infinity },
    };
    const by = key.kind === "key" ? moves[key.name] : undefined;
    this.display.changed();
    if (by !== undefined) {
      list.move(Number.isFinite(by) ? by : Math.sign(by) * 1e9, this.#height);
      return true;
    }
    const isEnter = key.kind === "key" && key.name === "enter";
    const isWritten = this.#editor.text !== "";
    this.#list = undefined;
    if (isEnter && !isWritten) {
      list.choose();
      return true;
    }
    return key.kind === "key" && (key.name === "cancel" || key.name === "interrupt");
  }

  #command(name: KeyName): void {
    switch (name) {
      case "complete":
        return this.#complete("forwards");
      case "complete-back":
        return this.#complete("backwards");
      case "search-back":
        this.#search = new HistorySearch(this.#editor.entered());
        return;
      case "page-up":
        return this.#scroll(-Math.max(1, this.#height - 2));
      case "page-down":
        return this.#scroll(Math.max(1, this.#height - 2));
      case "top":
        return this.#scroll(-1e9);
      case "bottom":
      case "cancel":
        return this.#toEnd();
      case "previous":
        return this.#visit(this.#desk.beside(-1));
      case "following":
        return this.#visit(this.#desk.beside(1));
      case "next-unread":
        return this.#visit(this.#desk.nextUnread());
      case "help":
        return this.#perform({ do: "help", about: "" });
      case "redraw":
        return this.display.redraw();
      case "suspend":
        return this.#parts.suspended();
      case "interrupt":
        return this.#interrupt();
      case "end-of-input":
        if (this.#editor.text === "") return this.#perform({ do: "quit" });
        this.#editor.press({ kind: "key", name: "delete" });
        return;
      case "focus-in":
        this.#isFocused = true;
        return;
      case "focus-out":
        this.#isFocused = false;
        return;
      default:
        // The editor's own.
    }
  }

  #entered(text: string): void {
    this.#typing.stop();
    const isFarewell = this.#parts.farewells().includes(text.trim());
    this.#perform(isFarewell ? { do: "quit" } : readRequest(text));
  }

  #edited(): void {
    this.#isWarned = false;
    const { current } = this.#desk;
    const { text } = this.#editor;
    const isText = text !== "" && (!text.startsWith("/") || text.startsWith("/me "));
    if (current !== undefined) {
      this.#typing.edited(current.account.session?.signals, current.conversation.room, isText);
    }
  }

  #perform(request: Request): void {
    this.#isWarned = false;
    if (request.do === "nothing") return;
    if (request.do !== "quit") {
      this.#isQuitting = false;
      this.#progress = undefined;
    }
    const performed = this.#moved.then(() => this.#attempt(request));
    if (MOVES.has(request.do)) this.#moved = performed;
  }

  /** Never rejects. */
  async #attempt(request: Request): Promise<void> {
    const { account, current } = this.#desk;
    const conversation = current?.conversation;
    if (account === undefined) return;
    if (account.session === undefined) {
      if (request.do === "quit") return this.#leave();
      const state = "Cannot do this: the account is still connecting";
      return account.fault(conversation, new ChatnodeError("client/connecting", state));
    }
    const floor = new ScreenFloor(account, account.session, conversation, this);
    try {
      await perform(request, floor);
    } catch (error) {
      if (error instanceof ChatnodeError) account.fault(conversation, error);
      else this.#parts.failed(error);
    }
    this.display.changed();
  }

  #interrupt(): void {
    if (this.#editor.text !== "") {
      this.#editor.remember(this.#editor.text);
      this.#editor.set("");
      this.#edited();
      return;
    }
    if (this.#isWarned) return this.#leave();
    this.#isWarned = true;
    this.#progress = "Ctrl-C once more leaves";
  }

  #complete(direction: "forwards" | "backwards"): void {
    const { text, cursor } = this.#editor;
    const completed = this.#completion.next({ text, cursor }, direction);
    if (completed !== undefined) this.#editor.set(completed.text, completed.cursor);
  }

  #visit(
    place: { readonly account: Account; readonly conversation: Conversation } | undefined,
  ): void {
    if (place !== undefined) this.open(place.account, place.conversation);
  }

  #scroll(by: number): void {
    const { current } = this.#desk;
    const context = this.#context(this.display.size);
    if (current === undefined || context === undefined) return;
    this.#pane.scroll(current.conversation, context, this.#height, by);
  }

  #toEnd(): void {
    this.#marked = [];
    this.#progress = undefined;
    const { current } = this.#desk;
    if (current !== undefined) current.conversation.scroll = "end";
  }

  /** What was said in a conversation before it was opened. */
  async #fill(account: Account, conversation: Conversation): Promise<void> {
    if (conversation.earlier !== "unknown" || conversation.isCleared) return;
    const { unread } = conversation;
    await account.lookBack(conversation, Math.max(this.#parts.backlog, 1));
    const { entries } = conversation.timeline;
    if (unread > 0 && unread < entries.length) {
      conversation.newAfter ??= entries.at(-unread - 1)?.id;
    }
    this.#rows.forget();
  }

  /** Looks back until a message is there, and shows it. */
  async #find(account: Account, conversation: Conversation, event: ChatEvent): Promise<void> {
    const isThere = () => conversation.timeline.get(event.event_id);
    for (let page = 0; page < PAGES_MOST && isThere() === undefined; page++) {
      const before = conversation.timeline.entries.length;
      this.progress("Looking back\u2026");
      conversation.isCleared = false;
      if (conversation.earlier === "loading") {
        await new Promise<void>((resolve) => this.#parts.clock.after(20, () => resolve()));
        continue;
      }
      await account.lookBack(conversation, PAGE);
      if (conversation.timeline.entries.length === before) break;
    }
    this.progress(undefined);
    const message = isThere();
    const context = this.#context(this.display.size);
    if (message === undefined || context === undefined) {
      return this.progress("That message is too far back to be shown here");
    }
    this.#pane.reveal(conversation, message, context, this.#height);
    this.display.changed();
  }

  #heard(account: Account, conversation: Conversation, message: Message, isCall: boolean): void {
    if (this.#isSeen(conversation)) return;
    if (conversation.unread === 0) {
      const { entries } = conversation.timeline;
      conversation.newAfter = entries[entries.indexOf(message) - 1]?.id;
    }
    conversation.unread += 1;
    if (!isCall) return;
    conversation.calls += 1;
    const who = account.view(conversation.room);
    const from = account.isPersonal(conversation) ? "" : ` in ${account.titleOf(conversation)}`;
    const name = who.nameIn?.(message.sender, conversation.room) ?? message.sender.split("@")[0];
    this.display.write(this.#notifier.notification(`${name ?? ""}${from}`));
  }

  #isSeen(conversation: Conversation): boolean {
    return this.#isFocused && this.#list === undefined &&
      this.#desk.current?.conversation === conversation && conversation.scroll === "end";
  }

  #titles(): readonly string[] {
    const { account } = this.#desk;
    if (account === undefined) return [];
    return [...account.conversations.values()].map((one) => account.titleOf(one));
  }

  #context({ columns, rows }: Size): RowContext | undefined {
    const { current } = this.#desk;
    if (current === undefined) return undefined;
    const { account, conversation } = current;
    return {
      columns: layoutFor({ columns, rows }).main,
      theme: this.#theme,
      view: account.view(conversation.room),
      yourName: account.session?.you?.name,
      marked: this.#marked,
    };
  }

  #input(): InputState {
    const search = this.#search;
    if (search === undefined) {
      return { label: "> ", text: this.#editor.text, cursor: this.#editor.cursor };
    }
    const found = search.typed === "" ? "" : search.found ?? "";
    const text = `${search.typed}: ${found}`;
    return { label: "(search) ", text, cursor: search.typed.length };
  }

  #compose(size: Size): Frame {
    const { current } = this.#desk;
    if (current !== undefined && this.#isSeen(current.conversation)) {
      current.account.seen(current.conversation);
    }
    const scene = {
      desk: this.#desk,
      list: this.#list,
      input: this.#input(),
      candidates: this.#completion.candidates(this.#editor),
      news: {
        now: this.#parts.clock.monotonic(),
        progress: this.#progress,
        elsewhere: this.#desk.elsewhere(),
      },
      context: this.#context(size),
      theme: this.#theme,
    };
    const { frame, seen, height } = compose(scene, layoutFor(size), this.#pane);
    this.#height = height;
    const isAtTop = seen?.isAtTop === true && current?.conversation.earlier === "more";
    if (isAtTop) void current.account.lookBack(current.conversation);
    return frame;
  }
}
