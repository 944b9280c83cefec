/**
 * What waits for one account's polls: a bounded queue on one side, waiting polls on the other, and
 * never something in both.
 *
 * @module
 */
import type { Identity } from "../../accounts/contract.ts";
import type { Clock } from "../../clock.ts";
import type { RoomId } from "../../message/event.ts";
import type { AloneMessage } from "./message.ts";

/** A message for a poll; shared by every queue that it stands in. */
export interface Item {
  readonly message: AloneMessage;
  /** Where it stands in the history; absent for what is not stored. */
  readonly place?: { readonly room: RoomId; readonly offset: number };
}

/** An item in one queue. */
export interface Entry {
  readonly item: Item;
  /** Its place in this queue's order. */
  readonly serial: number;
}

/** How a poll ends. `nothing`: the time is over. `revoked`: its token no longer holds. */
export type Polled =
  | { readonly kind: "message"; readonly entry: Entry }
  | { readonly kind: "nothing" }
  | { readonly kind: "revoked" };

/** A poll that waits for a message. */
interface Poll {
  readonly who: Identity;
  readonly end: (result: Polled) => void;
}

/** What one queue may use. */
export interface ReceiveLimits {
  /** Messages that wait; the oldest give way. */
  readonly messages: number;
  /** Polls that wait; the longest waiting one is answered early. */
  readonly polls: number;
  /** How long a poll waits for a message, milliseconds. */
  readonly pollMs: number;
}

/** AloneChat's own bounds. */
export const RECEIVE_LIMITS: ReceiveLimits = { messages: 500, polls: 32, pollMs: 30_000 };

const NOTHING: Polled = { kind: "nothing" };

/** See the module's description. */
export class ReceiveQueue {
  readonly #limits: ReceiveLimits;
  readonly #clock: Clock;
  /** In order of serial. */
  readonly #waiting: Entry[] = [];
  /** Handed to a poll whose answer is not written yet. */
  readonly #out = new Set<Entry>();
  readonly #polls: Poll[] = [];
  /** Per room, the offset after the last event that was put in. */
  readonly #reached = new Map<RoomId, number>();
  #serial = 0;

  constructor(limits: ReceiveLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Polls that wait for a message. */
  get polls(): number {
    return this.#polls.length;
  }

  /** Everything of the room before `offset` is received or stands in the queue. */
  reach(room: RoomId, offset: number): void {
    this.#reached.set(room, Math.max(offset, this.#reached.get(room) ?? 0));
  }

  /** Puts an item at the end, or into the hands of the poll that has waited longest. */
  push(item: Item): void {
    const { place } = item;
    if (place !== undefined) this.reach(place.room, place.offset + 1);
    this.#offer({ item, serial: this.#serial++ });
  }

  /** The next message; waits for one until the time is over, or until the client has `gone`. */
  poll(who: Identity, gone: AbortSignal): Promise<Polled> {
    if (gone.aborted) return Promise.resolve(NOTHING);
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#out.add(next);
      return Promise.resolve({ kind: "message", entry: next });
    }
    if (this.#polls.length >= this.#limits.polls) this.#polls[0]?.end(NOTHING);
    return this.#wait(who, gone);
  }

  /** The answer with this entry was written. */
  delivered(entry: Entry): void {
    this.#out.delete(entry);
  }

  /** The answer with this entry did not reach its client: it is the next one again. */
  returned(entry: Entry): void {
    this.#out.delete(entry);
    this.#offer(entry);
  }

  /** Ends the polls that `matches` says yes to; returns how many there were. */
  end(kind: "nothing" | "revoked", matches: (who: Identity) => boolean = () => true): number {
    const ended = this.#polls.filter(({ who }) => matches(who));
    for (const poll of ended) poll.end({ kind });
    return ended.length;
  }

  /** Per room, the first offset that no answer has delivered. */
  cursors(): ReadonlyMap<RoomId, number> {
    const cursors = new Map(this.#reached);
    for (const { item: { place } } of [...this.#waiting, ...this.#out]) {
      if (place === undefined) continue;
      cursors.set(place.room, Math.min(place.offset, cursors.get(place.room) ?? Infinity));
    }
    return cursors;
  }

  #offer(entry: Entry): void {
    const poll = this.#polls[0];
    if (poll !== undefined) {
      this.#out.add(entry);
      poll.end({ kind: "message", entry });
      return;
    }
    // Nearly always at the end: only what is returned goes further to the front.
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1]?.serial ?? 0) > entry.serial) at--;
    this.#waiting.splice(at, 0, entry);
    if (this.#waiting.length > this.#limits.messages) this.#waiting.shift();
  }

  #wait(who: Identity, gone: AbortSignal): Promise<Polled> {
    return new Promise((resolve) => {
      const end = (result: Polled) => {
        timer.cancel();
        gone.removeEventListener("abort", left);
        this.#polls.splice(this.#polls.indexOf(poll), 1);
        resolve(result);
      };
      const left = () => end(NOTHING);
      const poll: Poll = { who, end };
      const timer = this.#clock.after(this.#limits.pollMs, left);
      gone.addEventListener("abort", left);
      this.#polls.push(poll);
    });
  }
}
