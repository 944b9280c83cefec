/**
 * The numbers of every room: what is committed, what is accepted and not committed yet, and each
 * sender's place in their chain.
 *
 * @module
 */
import { nameFault } from "../message/name.ts";
import type { Address, RoomId } from "../message/event.ts";
import type { CatalogRoom } from "./catalog_state.ts";
import type { RoomSummary } from "./contract.ts";
import { HistoryError } from "./errors.ts";
import type { RoomContents } from "./journal_contents.ts";

/** One room's numbers. */
export interface RoomNumbers {
  readonly room: RoomId;
  /** Offset of the oldest event kept. */
  first: number;
  /** Offset after the last committed event. */
  next: number;
  /** Offset that the next accepted event gets. */
  accepted: number;
  /** The newest committed timestamp, 0 when there is none. */
  lastTimestamp: number;
  /** The last timestamp given to an event of ours; never falls. */
  givenTimestamp: number;
  /** The last sequence number given to each sender. */
  readonly senders: Map<Address, number>;
}

/** See the module's description. */
export class Rooms {
  readonly #rooms = new Map<RoomId, RoomNumbers>();

  /** The rooms that were ever written to. */
  all(): Iterable<RoomNumbers> {
    return this.#rooms.values();
  }

  /** The numbers of a room that exists. */
  get(room: RoomId): RoomNumbers | undefined {
    return this.#rooms.get(room);
  }

  /**
   * The numbers of a room, begun at 0 when it is new.
   *
   * @throws {HistoryError} `history/invalid` when the name cannot be that of a room
   */
  of(room: RoomId): RoomNumbers {
    return this.#rooms.get(room) ?? this.#begin(room);
  }

  #begin(room: RoomId): RoomNumbers {
    checkName(room, "room");
    const numbers: RoomNumbers = {
      room,
      first: 0,
      next: 0,
      accepted: 0,
      lastTimestamp: 0,
      givenTimestamp: 0,
      senders: new Map(),
    };
    this.#rooms.set(room, numbers);
    return numbers;
  }

  /** Forgets a room that nothing was ever accepted for. */
  forgetUnused(room: RoomId): void {
    if (this.#rooms.get(room)?.accepted === 0) this.#rooms.delete(room);
  }

  /** Takes over what the catalog says of a room. */
  seal(sealed: CatalogRoom, latestOwn: number): void {
    const numbers = this.of(sealed.room);
    numbers.first = Math.max(0, sealed.first);
    numbers.next = numbers.accepted = sealed.next;
    numbers.lastTimestamp = sealed.lastTimestamp;
    numbers.givenTimestamp = Math.min(sealed.lastTimestamp, latestOwn);
    for (const [sender, { seq }] of sealed.tails) numbers.senders.set(sender, seq);
  }

  /** Takes over what a journal file holds of a room; files come in ascending order. */
  load(room: RoomId, contents: RoomContents, latestOwn: number): void {
    const known = this.#rooms.has(room);
    const numbers = this.of(room);
    if (!known) numbers.first = contents.first;
    numbers.next = Math.max(numbers.next, contents.last + 1);
    numbers.accepted = numbers.next;
    numbers.lastTimestamp = Math.max(numbers.lastTimestamp, contents.end);
    numbers.givenTimestamp = Math.max(numbers.givenTimestamp, Math.min(contents.end, latestOwn));
    for (const [sender, seq] of contents.senders) numbers.senders.set(sender, seq);
  }

  /** What the contract tells about a room. */
  summary(room: RoomId): RoomSummary {
    const numbers = this.#rooms.get(room);
    if (numbers === undefined) return { room, first: 0, next: 0, lastTimestamp: undefined };
    return summaryOf(numbers);
  }

  /** Every room that holds committed events. */
  summaries(): RoomSummary[] {
    const summaries: RoomSummary[] = [];
    for (const numbers of this.#rooms.values()) {
      if (numbers.next > numbers.first) summaries.push(summaryOf(numbers));
    }
    return summaries;
  }
}

function summaryOf({ room, first, next, lastTimestamp }: RoomNumbers): RoomSummary {
  return { room, first, next, lastTimestamp: lastTimestamp === 0 ? undefined : lastTimestamp };
}

/**
 * Refuses a name that other nodes could not read.
 *
 * @throws {HistoryError} `history/invalid`
 */
export function checkName(name: string, what: "room" | "sender"): void {
  if (nameFault(name) === undefined) return;
  throw new HistoryError(
    "history/invalid",
    `Cannot store the event: its ${what} is no usable name`,
  );
}
