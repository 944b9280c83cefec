/**
 * Everything that is open: the accounts, and the conversation that is looked at.
 *
 * @module
 */
import type { RoomId } from "../../../../message/event.ts";
import { type Place, placesOf } from "../view/side.ts";
import type { Account } from "./account.ts";
import type { Conversation } from "./conversation.ts";

/** See the module's description. */
export class Desk {
  readonly accounts: readonly Account[];
  #current: Place | undefined;

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts;
    this.#current = this.places[0];
  }

  /** What is looked at; undefined when there is nothing. */
  get current(): Place | undefined {
    return this.#current;
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
    if (this.#current !== undefined && this.#current.conversation !== conversation) {
      this.#current.conversation.newAfter = undefined;
    }
    this.#current = { account, conversation };
  }

  /** Puts a conversation away and looks at another one. */
  close(account: Account, room: RoomId): void {
    const { places } = this;
    const at = places.findIndex((one) => one.conversation.room === room && one.account === account);
    account.conversations.delete(room);
    if (this.#current?.conversation.room !== room) return;
    const left = this.places;
    this.#current = left[Math.min(Math.max(0, at - 1), left.length - 1)];
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
