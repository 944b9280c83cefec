/**
 * The full screen: what its keys do, what it shows, and how it begins and ends.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import type { Vocabulary } from "../completion.ts";
import type { Key, KeyName } from "../keys.ts";
import { MOVES, perform } from "../perform.ts";
import { readRequest, type Request } from "../requests.ts";
import { usableCommands } from "../slash_commands.ts";
import { nameOf } from "../wording.ts";
import { Display, type FullScreenOutput } from "./display.ts";
import { type FloorScreen, ScreenFloor } from "./floor.ts";
import { fill, lookBackTo } from "./looking_back.ts";
import { Account, type AccountEvents } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import { Desk } from "./model/desk.ts";
import type { Message } from "./model/entry.ts";
import { Notifier, type Notify } from "./notify.ts";
import type { Frame } from "./paint/painter.ts";
import type { ColourDepth, Ground } from "./paint/theme.ts";
import type { Size } from "./view/compose.ts";
import type { List } from "./view/list.ts";
import type { Place } from "./view/side.ts";
import { Viewing } from "./viewing.ts";
import { type Addressee, Writing } from "./writing.ts";

/** What an account of the screen is made from. */
export interface AccountLook {
  /** What it is called before anybody knows better; safe to show. */
  readonly label: string;
  /** The room to begin in; absent: none. */
  readonly room: RoomId | undefined;
  /** Stands beside its name for as long as the screen is there; safe to show. */
  readonly warning: string | undefined;
  /** Typed alone, they leave as /quit does. */
  farewells(): readonly string[];
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
  /** The person leaves. */
  left(): void;
  /** Ctrl-Z. */
  suspended(): void;
  /** The terminal is gone, or the program is at fault. */
  failed(error: unknown): void;
  /** Ends what goes on when the screen is left. */
  readonly signal: AbortSignal;
}

/** How often what changes with time alone is looked at, milliseconds. */
const TICK_MS = 2_000;

/** See the module's description. */
export class App implements FloorScreen {
  readonly accounts: readonly Account[];
  readonly signal: AbortSignal;
  readonly display: Display;
  readonly #parts: AppParts;
  readonly #desk: Desk;
  readonly #writing: Writing;
  readonly #viewing: Viewing;
  readonly #notifier: Notifier;
  #isFocused = true;
  /** Ctrl-C leaves the next time. */
  #isWarned = false;
  #isQuitting = false;
  #wantsToLeave = false;
  #tick: Timer | undefined;
  /** What is entered behind `/join` belongs into that room. */
  #moved: Promise<void> = Promise.resolve();

  constructor(parts: AppParts) {
    const { clock, backlog } = parts;
    this.#parts = parts;
    this.signal = parts.signal;
    this.#notifier = new Notifier(parts.notify, clock);
    this.display = new Display({ ...parts, compose: (size) => this.#compose(size) });
    const events: AccountEvents = {
      changed: () => this.display.changed(),
      heard: (...heard) => this.#heard(...heard),
      unsent: (text) => this.#writing.remember(text),
      settled: () => this.#settled(),
    };
    this.accounts = parts.accounts.map((look) => new Account({ ...look, backlog, clock, events }));
    this.#desk = new Desk(this.accounts);
    this.#viewing = new Viewing(this.#desk, parts.depth, parts.ground);
    this.#writing = new Writing({
      clock,
      vocabulary: this.#vocabulary(),
      addressee: () => this.#addressee(),
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
    this.display.changed();
    if (key.kind === "answer") return this.#viewing.answered(key.text);
    if (key.kind !== "key" || !key.name.startsWith("focus")) this.#isFocused = true;
    const { list } = this.#viewing;
    const isForList = list !== undefined && !this.#writing.isSearching;
    if (isForList && this.#pressList(list, key)) return;
    const outcome = this.#writing.press(key);
    if (outcome.kind === "edited") this.#isWarned = false;
    else if (outcome.kind === "entered") this.#entered(outcome.text);
    else if (outcome.kind === "key") this.#command(outcome.name);
    else if (outcome.key.kind === "number") {
      this.#visit(this.#desk.places[(outcome.key.number + 9) % 10]);
    }
  }

  show(list: List): void {
    this.#viewing.list = list;
    this.display.changed();
  }

  open(account: Account, conversation: Conversation): void {
    const before = this.#desk.current;
    this.#viewing.list = undefined;
    if (before?.conversation !== conversation) {
      this.#writing.turn(before?.conversation, conversation);
      this.#viewing.marked = [];
    }
    this.#desk.open(account, conversation);
    void fill(account, conversation, this.#parts.backlog).then(() => this.#viewing.forget());
    this.display.changed();
  }

  close(account: Account, room: RoomId): void {
    const before = this.#desk.current?.conversation;
    this.#desk.close(account, room);
    const { current } = this.#desk;
    if (current?.conversation !== before) this.#writing.turn(undefined, current?.conversation);
    this.display.changed();
  }

  reveal(account: Account, event: ChatEvent, words: string): void {
    const conversation = account.conversation(event.room_id);
    this.open(account, conversation);
    this.#viewing.marked = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    this.progress("Looking back\u2026");
    void lookBackTo(event.event_id, account, conversation, this.#parts.clock).then((message) => {
      this.progress(message === undefined ? "That message is too far back" : undefined);
      if (message !== undefined) this.#viewing.reveal(message);
    });
  }

  progress(text: string | undefined): void {
    this.#viewing.progress = text;
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

  /** True when the list has taken the key. */
  #pressList(list: List, key: Key): boolean {
    const { height } = this.#viewing;
    const name = key.kind === "key" ? key.name : undefined;
    const by = name === undefined ? undefined : listMoves(height)[name];
    if (by !== undefined) {
      list.move(by, height);
      return true;
    }
    if (name?.startsWith("focus")) return false;
    this.#viewing.list = undefined;
    if (name === "enter" && this.#writing.text === "") {
      list.choose();
      return true;
    }
    return name === "cancel" || name === "interrupt";
  }

  #command(name: KeyName): void {
    const { height } = this.#viewing;
    switch (name) {
      case "complete":
        return this.#writing.complete("forwards");
      case "complete-back":
        return this.#writing.complete("backwards");
      case "search-back":
        return this.#writing.search();
      case "page-up":
        return this.#viewing.scroll(-Math.max(1, height - 2));
      case "page-down":
        return this.#viewing.scroll(Math.max(1, height - 2));
      case "top":
        return this.#viewing.toTop();
      case "bottom":
      case "cancel":
        return this.#viewing.toEnd();
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
        if (this.#writing.text === "") return this.#perform({ do: "quit" });
        this.#writing.press({ kind: "key", name: "delete" });
        return;
      case "focus-in":
      case "focus-out":
        this.#isFocused = name === "focus-in";
        return;
      default:
        // The editor's own.
    }
  }

  #entered(text: string): void {
    const { account } = this.#desk;
    const look = this.#parts.accounts.find((_, at) => this.accounts[at] === account);
    const isFarewell = look?.farewells().includes(text.trim()) ?? false;
    this.#perform(isFarewell ? { do: "quit" } : readRequest(text));
  }

  #perform(request: Request): void {
    this.#isWarned = false;
    if (request.do === "nothing") return;
    if (request.do !== "quit") {
      this.#isQuitting = false;
      this.#viewing.progress = undefined;
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
    if (this.#writing.text !== "") return this.#writing.giveUp();
    if (this.#isWarned) return this.#leave();
    this.#isWarned = true;
    this.progress("Ctrl-C once more leaves");
  }

  #visit(place: Place | undefined): void {
    if (place !== undefined) this.open(place.account, place.conversation);
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
    const view = account.view(conversation.room);
    const where = account.isPersonal(conversation) ? "" : ` in ${account.titleOf(conversation)}`;
    this.display.write(this.#notifier.notification(`${nameOf(message.sender, view)}${where}`));
  }

  #isSeen(conversation: Conversation): boolean {
    return this.#isFocused && this.#viewing.list === undefined &&
      this.#desk.current?.conversation === conversation && conversation.scroll === "end";
  }

  #vocabulary(): Vocabulary {
    return {
      names: () => this.#desk.account?.names.list() ?? [],
      rooms: () => this.#desk.titles(),
      commands: () => usableCommands(this.#desk.account?.session),
      accounts: () => this.accounts.map(({ label }) => label),
    };
  }

  #addressee(): Addressee | undefined {
    const { current } = this.#desk;
    if (current === undefined) return undefined;
    return { signals: current.account.session?.signals, room: current.conversation.room };
  }

  #compose(size: Size): Frame {
    const { current } = this.#desk;
    if (current !== undefined && this.#isSeen(current.conversation)) {
      current.account.seen(current.conversation);
    }
    const now = this.#parts.clock.monotonic();
    return this.#viewing.frame(size, this.#writing, now, ({ isAtTop }) => {
      if (!isAtTop || current?.conversation.earlier !== "more") return;
      void current.account.lookBack(current.conversation);
    });
  }
}

/** Lines that keys move a list by; more than there are goes to its ends. */
function listMoves(height: number): Partial<Record<KeyName, number>> {
  const all = Number.MAX_SAFE_INTEGER;
  return {
    ...{ up: -1, down: 1, top: -all, bottom: all },
    ...{ "page-up": -height, "page-down": height },
  };
}
