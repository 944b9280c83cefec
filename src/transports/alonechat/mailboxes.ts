/**
 * The mailboxes of all accounts that poll. A mailbox is awake while somebody polls it: the account
 * is then connected to the hub like any other. Between times only its cursors are kept, and what
 * it misses is read from the history when it wakes.
 *
 * @module
 */
import type { Identity } from "../../accounts/contract.ts";
import type { Timer } from "../../clock.ts";
import type { Hub, Origin } from "../../hub/contract.ts";
import type { Address, RoomId } from "../../message/event.ts";
import type { CursorStore } from "./cursors.ts";
import { Mailbox, type MailboxParts } from "./mailbox.ts";
import type { AloneMessage } from "./message.ts";
import type { Entry } from "./receive_queue.ts";
import { LOBBY } from "./render.ts";

/** How long a mailbox stays awake without a poll, milliseconds: clients poll again at once. */
const AWAKE = 45_000;

/** A message on its way to a client. */
export interface Delivery {
  readonly message: AloneMessage;
  /** The answer was written. */
  delivered(): void;
  /** The client never got it, as far as can be known; may follow on `delivered`. */
  returned(): void;
}

/** How a poll ends, see `Polled`. */
export type Received =
  | { readonly kind: "message"; readonly delivery: Delivery }
  | { readonly kind: "nothing" }
  | { readonly kind: "revoked" };

interface Awake {
  readonly mailbox: Mailbox;
  /** Runs while nobody polls. */
  sleep: Timer | undefined;
  polls: number;
}

/** What the mailboxes work with. */
export interface MailboxesParts extends MailboxParts {
  readonly hub: Hub;
  readonly cursors: CursorStore;
}

/** See the module's description. */
export class Mailboxes {
  readonly #parts: MailboxesParts;
  readonly #awake = new Map<Address, Awake>();
  readonly #forget: () => void;
  #closed = false;

  constructor(parts: MailboxesParts) {
    this.#parts = parts;
    this.#forget = parts.cursors.onWrite(() => {
      for (const [address, { mailbox }] of this.#awake) this.#keep(address, mailbox);
    });
  }

  /** Polls that wait for a message. */
  get polls(): number {
    let polls = 0;
    for (const { mailbox } of this.#awake.values()) polls += mailbox.queue.polls;
    return polls;
  }

  /**
   * Makes sure that the account has a mailbox. It begins now: what the lobby says from here on is
   * kept for it.
   */
  ensure(who: Identity): void {
    const { cursors, history } = this.#parts;
    if (cursors.get(who.address) !== undefined) return;
    cursors.set(who.address, new Map([[LOBBY, history.room(LOBBY).next]]));
  }

  /**
   * Waits for the account's next message, as long as the client is not `gone`.
   *
   * @throws {HubError} as `Hub.connect`; {HistoryError} when the backlog cannot be read
   */
  async receive(who: Identity, origin: Origin, gone: AbortSignal): Promise<Received> {
    if (this.#closed) return { kind: "nothing" };
    const awake = this.#wake(who, origin);
    awake.polls++;
    awake.sleep?.cancel();
    try {
      await awake.mailbox.ready;
      if (!awake.mailbox.open) return { kind: "nothing" };
      const polled = await awake.mailbox.queue.poll(who, gone);
      if (polled.kind !== "message") return polled;
      return { kind: "message", delivery: this.#delivery(who.address, awake, polled.entry) };
    } finally {
      awake.polls--;
      if (awake.polls === 0) this.#rest(who.address, awake);
    }
  }

  /** Puts something that is not stored, such as a command's answer, into the account's mailbox. */
  tell(who: Identity, origin: Origin, message: AloneMessage): void {
    const awake = this.#wake(who, origin);
    awake.mailbox.tell({ message });
    if (awake.polls === 0) this.#rest(who.address, awake);
  }

  /**
   * Ends the polls whose identity `matches`. A mailbox that nobody polls after that sleeps at once,
   * so that others see its owner leave; `owner`'s even when nothing was polling it.
   */
  revoke(matches: (who: Identity) => boolean, owner?: Address): void {
    for (const [address, { mailbox }] of [...this.#awake]) {
      const ended = mailbox.queue.end("revoked", matches);
      const left = ended > 0 || address === owner;
      if (left && mailbox.queue.polls === 0) mailbox.close();
    }
  }

  /** Answers every poll; further ones are answered at once. */
  endPolls(): void {
    this.#closed = true;
    for (const { mailbox } of this.#awake.values()) mailbox.queue.end("nothing");
  }

  /** Ends the sessions and writes the cursors. */
  async close(): Promise<void> {
    this.endPolls();
    for (const { mailbox } of [...this.#awake.values()]) mailbox.close();
    this.#forget();
    await this.#parts.cursors.close();
  }

  #wake(who: Identity, origin: Origin): Awake {
    const known = this.#awake.get(who.address);
    if (known !== undefined) return known;
    this.ensure(who);
    const cursors = this.#parts.cursors.get(who.address) ?? new Map();
    const mailbox = new Mailbox(this.#parts, { identity: who, origin, cursors }, () => {
      this.#awake.get(who.address)?.sleep?.cancel();
      this.#keep(who.address, mailbox);
      this.#awake.delete(who.address);
    });
    const awake: Awake = { mailbox, sleep: undefined, polls: 0 };
    this.#awake.set(who.address, awake);
    return awake;
  }

  #rest(address: Address, awake: Awake): void {
    if (this.#awake.get(address) !== awake) return;
    awake.sleep?.cancel();
    awake.sleep = this.#parts.clock.after(AWAKE, () => awake.mailbox.close());
  }

  #keep(address: Address, mailbox: Mailbox): void {
    this.#parts.cursors.set(address, mailbox.queue.cursors());
  }

  #delivery(address: Address, awake: Awake, entry: Entry): Delivery {
    return {
      message: entry.item.message,
      delivered: () => {
        awake.mailbox.queue.delivered(entry);
        this.#parts.cursors.changed();
      },
      returned: () => {
        if (awake.mailbox.open) awake.mailbox.queue.returned(entry);
        else this.#moveBack(address, entry);
        this.#parts.cursors.changed();
      },
    };
  }

  /** For a message that comes back after its mailbox fell asleep. */
  #moveBack(address: Address, { item: { place } }: Entry): void {
    const cursors = this.#parts.cursors.get(address);
    if (place === undefined || cursors === undefined) return;
    const moved = new Map<RoomId, number>(cursors);
    moved.set(place.room, Math.min(place.offset, cursors.get(place.room) ?? Infinity));
    this.#parts.cursors.set(address, moved);
  }
}
