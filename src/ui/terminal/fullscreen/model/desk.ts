/**
 * Everything that is open: the accounts, and the conversation that is looked at.
 *
 * @module
 */
import type { RoomId } from "../../../../message/event.ts";
import { type Place, placesOf } from "../view/side.ts";
import type { Account } from "./account.ts";
import type { Conversation } from "./conversation.ts";

const VISITED_MOST = 50;

/** See the module's description. */
export class Desk {
  readonly accounts: readonly Account[];
  #current: Place | undefined;
  /** What was looked at before, the latest last. */
  #visited: readonly Place[] = [];

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts;
  }

  /** What is looked at; undefined when there is nothing. */
  get current(): Place | undefined {
    this.#current ??= this.places[0];
    return this.#current;
  }

  /** What the conversations of the account that is looked at are called; safe to show. */
  titles(): readonly string[] {
    const { account } = this;
    if (account === undefined) return [];
    return [...account.conversations.values()].map((one) => account.titleOf(one));
  }

  /** Everything that can be gone to, in the order of the list at the side. */
  get places(): readonly Place[] {
    return placesOf(this.accounts);
  }

  /** The account whose conversation is looked at, else the first. */
  get account(): Account | undefined {
    return this.#current?.account ?? this.accounts[0];
  }

  /** Looks at a conversation. */
  open(account: Account, conversation: Conversation): void {
    const before = this.#current;
    if (before !== undefined && before.conversation !== conversation) {
      before.conversation.newAfter = undefined;
      this.#visited = [...this.#visited, before].slice(-VISITED_MOST);
    }
    this.#current = { account, conversation };
  }

  /** Puts a conversation away and looks at the one that was looked at before it. */
  close(account: Account, room: RoomId): void {
    const closed = account.conversations.get(room);
    account.conversations.delete(room);
    this.#visited = this.#visited.filter(({ conversation }) => conversation !== closed);
    if (this.#current?.conversation === closed) {
      this.#current = this.#visited.at(-1) ?? this.places[0];
      this.#visited = this.#visited.slice(0, -1);
    }
  }

  /** The place so many further down the list, around its ends. */
  beside(by: number): Place | undefined {
    const { places } = this;
    const at = places.findIndex(({ conversation }) => conversation === this.#current?.conversation);
    return places[((at + by) % places.length + places.length) % places.length];
  }

  /** The next place where something waits: first what was said to this person. */
  nextUnread(): Place | undefined {
    const { places } = this;
    return places.find(({ conversation }) => conversation.calls > 0) ??
      places.find(({ conversation }) => conversation.unread > 0);
  }

  /** What waits outside what is looked at. */
  elsewhere(): { readonly unread: number; readonly calls: number } {
    let [unread, calls] = [0, 0];
    for (const { conversation } of this.places) {
      if (conversation === this.#current?.conversation) continue;
      unread += conversation.unread;
      calls += conversation.calls;
    }
    return { unread, calls };
  }
}
