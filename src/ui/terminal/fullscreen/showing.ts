/**
 * What requests have shown: lists, conversations, a message that was found.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import type { Question } from "../asking.ts";
import type { FloorScreen } from "./floor.ts";
import { fill, lookBackTo } from "./looking_back.ts";
import type { Account } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import type { Desk } from "./model/desk.ts";
import type { List } from "./view/list.ts";
import type { Place } from "./view/side.ts";
import type { Viewing } from "./viewing.ts";
import type { Writing } from "./writing.ts";

/** What it works with. */
export interface ShowingParts {
  readonly desk: Desk;
  readonly viewing: Viewing;
  readonly writing: Writing;
  readonly clock: Clock;
  /** Earlier messages that are loaded at first. */
  readonly backlog: number;
  /** Ends what goes on when the screen is left. */
  readonly signal: AbortSignal;
  /** Something looks different. */
  changed(): void;
  /** Leaves once everything is sent. */
  quit(): void;
}

/** See the module's description. */
export class Showing implements FloorScreen {
  readonly accounts: readonly Account[];
  readonly signal: AbortSignal;
  readonly #parts: ShowingParts;

  constructor(parts: ShowingParts) {
    this.#parts = parts;
    this.accounts = parts.desk.accounts;
    this.signal = parts.signal;
  }

  show(list: List): void {
    this.#parts.viewing.list = list;
    this.#parts.changed();
  }

  open(account: Account, conversation: Conversation): void {
    const before = this.#parts.desk.current?.conversation;
    if (before !== conversation) this.#parts.writing.follow(before, conversation);
    this.#look(account, conversation);
  }

  /** Looks at a conversation, by a key: what is being written stays where it is written. */
  visit({ account, conversation }: Place): void {
    const before = this.#parts.desk.current?.conversation;
    if (before !== conversation) this.#parts.writing.turn(before, conversation);
    this.#look(account, conversation);
  }

  #look(account: Account, conversation: Conversation): void {
    const { desk, viewing, backlog, changed } = this.#parts;
    viewing.list = undefined;
    if (desk.current?.conversation !== conversation) viewing.marked = [];
    desk.open(account, conversation);
    void fill(account, conversation, backlog).then(() => viewing.forget());
    changed();
  }

  close(account: Account, room: RoomId): void {
    const { desk, writing, changed } = this.#parts;
    const before = desk.current?.conversation;
    desk.close(account, room);
    const { current } = desk;
    if (current?.conversation !== before) writing.follow(undefined, current?.conversation);
    changed();
  }

  reveal(account: Account, event: ChatEvent, words: string): void {
    const { viewing, clock } = this.#parts;
    const conversation = account.conversation(event.room_id);
    this.open(account, conversation);
    viewing.marked = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    this.progress("Looking back\u2026");
    void lookBackTo(event.event_id, account, conversation, clock).then((message) => {
      this.progress(message === undefined ? "That message is too far back" : undefined);
      if (message !== undefined) viewing.reveal(message);
    });
  }

  ask(question: Question): Promise<string | undefined> {
    return this.#parts.writing.ask(question);
  }

  progress(text: string | undefined): void {
    this.#parts.viewing.progress = text;
    this.#parts.changed();
  }

  quit(): void {
    this.#parts.quit();
  }
}
