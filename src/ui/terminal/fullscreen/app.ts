/**
 * The full screen: what its keys do, what it shows, and how it begins and ends.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Vocabulary } from "../completion.ts";
import type { Key, KeyName } from "../keys.ts";
import { Idleness } from "../idleness.ts";
import { readRequest, type Request } from "../requests.ts";
import type { Attendance } from "../session_extras.ts";
import { usableCommands } from "../slash_commands.ts";
import { Attention } from "./attention.ts";
import { Display, type FullScreenOutput } from "./display.ts";
import { Leaving } from "./leaving.ts";
import { Account, type AccountEvents } from "./model/account.ts";
import { Desk } from "./model/desk.ts";
import type { Notify } from "./notify.ts";
import type { Frame } from "./paint/painter.ts";
import type { ColourDepth, Ground } from "./paint/theme.ts";
import { Performing } from "./performing.ts";
import { Showing } from "./showing.ts";
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
  /** As `Idleness` has it. */
  readonly awayAfterMs: number;
  /** Paths that begin as `typed` does, for completion. */
  files(typed: string): readonly string[];
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
export class App {
  readonly accounts: readonly Account[];
  readonly display: Display;
  readonly #parts: AppParts;
  readonly #desk: Desk;
  readonly #writing: Writing;
  readonly #viewing: Viewing;
  readonly #attention: Attention;
  readonly #leaving: Leaving;
  readonly #performing: Performing;
  readonly #showing: Showing;
  readonly #idleness: Idleness;
  #tick: Timer | undefined;

  constructor(parts: AppParts) {
    const { clock, backlog } = parts;
    this.#parts = parts;
    this.#leaving = new Leaving({
      waiting: () => this.accounts.reduce((sum, one) => sum + one.waiting, 0),
      tell: (text) => this.#showing.progress(text),
      left: () => parts.left(),
    });
    this.display = new Display({ ...parts, compose: (size) => this.#compose(size) });
    const events: AccountEvents = {
      changed: () => this.display.changed(),
      heard: (...heard) => this.#attention.heard(...heard),
      called: (conversation, who) => this.#attention.called(conversation, who),
      unsent: (text) => this.#writing.remember(text),
      settled: () => this.#leaving.settled(),
    };
    this.accounts = parts.accounts.map((look) => new Account({ ...look, backlog, clock, events }));
    this.#desk = new Desk(this.accounts);
    this.#viewing = new Viewing(this.#desk, parts.depth, parts.ground);
    this.#attention = new Attention({
      ...{ desk: this.#desk, viewing: this.#viewing, notify: parts.notify, clock },
      write: (text) => this.display.write(text),
    });
    this.#idleness = new Idleness({
      ...{ clock, afterMs: parts.awayAfterMs },
      present: () => this.#attend((attendance) => attendance.present()),
      absent: () => this.#attend((attendance) => attendance.absent()),
    });
    this.#writing = new Writing({
      clock,
      vocabulary: this.#vocabulary(),
      addressee: () => this.#addressee(),
      changed: () => this.display.changed(),
    });
    this.#showing = new Showing({
      ...{ desk: this.#desk, viewing: this.#viewing, writing: this.#writing, clock, backlog },
      signal: parts.signal,
      changed: () => this.display.changed(),
      quit: () => this.#leaving.quit(),
    });
    this.#performing = new Performing({
      ...{ desk: this.#desk, screen: this.#showing },
      leave: () => this.#leaving.leave(),
      changed: () => this.display.changed(),
      failed: (error) => parts.failed(error),
    });
  }

  /** True once the person has asked to leave. */
  get wantsToLeave(): boolean {
    return this.#leaving.isAsked;
  }

  /** Looks at what changes with time alone, from now on. */
  begin(): void {
    this.#tick = this.#parts.clock.after(TICK_MS, () => {
      this.display.changed();
      this.begin();
    });
  }

  end(): void {
    this.#idleness.end();
    this.#tick?.cancel();
  }

  /** Does what a key does. */
  press(key: Key): void {
    this.display.changed();
    if (key.kind === "answer") return this.#viewing.answered(key.text);
    if (key.kind !== "key" || !key.name.startsWith("focus")) this.#attention.isFocused = true;
    if (key.kind !== "key" || key.name !== "focus-out") this.#idleness.touched();
    const { list } = this.#viewing;
    const isForList = list !== undefined && !this.#writing.isSearching && !this.#writing.isAsked;
    if (isForList && this.#pressList(list, key)) return;
    const outcome = this.#writing.press(key);
    if (outcome.kind === "edited") this.#leaving.relent();
    else if (outcome.kind === "entered") this.#entered(outcome.text);
    else if (outcome.kind === "key") this.#command(outcome.name);
    else if (outcome.key.kind === "number") {
      this.#visit(this.#desk.places[(outcome.key.number + 9) % 10]);
    }
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
        return this.#visitUnread();
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
        this.#attention.isFocused = name === "focus-in";
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
    this.#leaving.relent();
    if (request.do === "nothing") return;
    if (request.do !== "quit") {
      this.#leaving.stay();
      this.#viewing.progress = undefined;
    }
    this.#performing.perform(request);
  }

  #interrupt(): void {
    if (this.#writing.text !== "") return this.#writing.giveUp();
    this.#leaving.interrupt();
  }

  #visitUnread(): void {
    const place = this.#desk.nextUnread();
    if (place === undefined) this.#showing.progress("Everything is read");
    else this.#visit(place);
  }

  #attend(tell: (attendance: Attendance) => void): void {
    for (const { session } of this.accounts) {
      if (session?.attendance !== undefined) tell(session.attendance);
    }
    this.display.changed();
  }

  #visit(place: Place | undefined): void {
    if (place !== undefined) this.#showing.visit(place);
  }

  #vocabulary(): Vocabulary {
    return {
      names: () => this.#desk.account?.names.list() ?? [],
      rooms: () => this.#desk.titles(),
      commands: () => usableCommands(this.#desk.account?.session),
      accounts: () => this.accounts.map(({ label }) => label),
      files: (typed) => this.#parts.files(typed),
    };
  }

  #addressee(): Addressee | undefined {
    const { current } = this.#desk;
    if (current === undefined) return undefined;
    return { signals: current.account.session?.signals, room: current.conversation.room };
  }

  #compose(size: Size): Frame {
    const { current } = this.#desk;
    if (current !== undefined && this.#attention.sees(current.conversation)) {
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
    ...{ up: -1, down: 1, previous: -1, following: 1, top: -all, bottom: all },
    ...{ "page-up": -height, "page-down": height },
  };
}
