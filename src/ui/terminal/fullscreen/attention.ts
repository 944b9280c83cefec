/**
 * What this person has seen of what others say: what they have not is counted, and told where they
 * want that.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { nameOf } from "../wording.ts";
import type { Account } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import type { Desk } from "./model/desk.ts";
import type { Message } from "./model/entry.ts";
import { Notifier, type Notify } from "./notify.ts";
import type { Viewing } from "./viewing.ts";

/** What it works with. */
export interface AttentionParts {
  readonly desk: Desk;
  readonly viewing: Pick<Viewing, "list">;
  readonly notify: Notify;
  readonly clock: Clock;
  /** Writes to the terminal, besides the frames. */
  write(text: string): void;
}

/** See the module's description. */
export class Attention {
  /** Whether the window is the one in front, as far as the terminal tells. */
  isFocused = true;
  readonly #parts: AttentionParts;
  readonly #notifier: Notifier;

  constructor(parts: AttentionParts) {
    this.#parts = parts;
    this.#notifier = new Notifier(parts.notify, parts.clock);
  }

  /** Whether the end of a conversation is looked at. */
  sees(conversation: Conversation): boolean {
    const { desk, viewing } = this.#parts;
    return this.isFocused && viewing.list === undefined &&
      desk.current?.conversation === conversation && conversation.scroll === "end";
  }

  /** Somebody wants something of this person there, told next; `who` is safe to show. */
  called(conversation: Conversation, who: string): void {
    if (this.sees(conversation)) return;
    if (conversation.unread === 0) {
      conversation.newAfter = conversation.timeline.entries.at(-1)?.id;
    }
    conversation.unread += 1;
    conversation.calls += 1;
    this.#parts.write(this.#notifier.notification(who));
  }

  /** Somebody said something; `isCall`: to this person. */
  heard(account: Account, conversation: Conversation, message: Message, isCall: boolean): void {
    if (this.sees(conversation)) return;
    if (conversation.unread === 0) {
      const { entries } = conversation.timeline;
      conversation.newAfter = entries[entries.indexOf(message) - 1]?.id;
    }
    conversation.unread += 1;
    if (!isCall) return;
    conversation.calls += 1;
    const view = account.view(conversation.room);
    const where = account.isPersonal(conversation) ? "" : ` in ${account.titleOf(conversation)}`;
    this.#parts.write(this.#notifier.notification(`${nameOf(message.sender, view)}${where}`));
  }
}
