/**
 * What one journal file holds, room by room: kept while it is written, saved beside it when it is
 * closed, so that opening a store need not read closed files.
 *
 * @module
 */
import type { Address, Json, RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { decodeChecked, encodeChecked } from "../checked_json.ts";
import type { Origin } from "./ticket.ts";

/** One room's part of a journal file. */
export interface RoomContents {
  /** The first and the last arrival offset given. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** How many of them came signed: events of other writers. */
  readonly signed: number;
  /** Least and greatest timestamp. */
  readonly start: number;
  readonly end: number;
  /** Whether events of other writers are among them: their times follow no order. */
  readonly foreign: boolean;
  /** The last sequence number in each sender's chain of this device. */
  readonly senders: ReadonlyMap<Address, number>;
}

type Counting = { -readonly [Key in keyof RoomContents]: RoomContents[Key] } & {
  readonly senders: Map<Address, number>;
};

/** See the module's description. */
export class JournalContents {
  readonly #rooms = new Map<RoomId, Counting>();

  #earliest = Number.POSITIVE_INFINITY;
  #latest = 0;

  get rooms(): ReadonlyMap<RoomId, RoomContents> {
    return this.#rooms;
  }

  /** The least timestamp among our own events; infinite when there is none. */
  get earliest(): number {
    return this.#earliest;
  }

  /** The greatest timestamp among our own events; 0 when there is none. */
  get latest(): number {
    return this.#latest;
  }

  /**
   * Counts the next event of its room. `seq`: its number in a chain of this device, undefined when
   * another device signed it.
   */
  add({ room: id, offset, event }: StoredEvent, origin: Origin, seq: number | undefined): void {
    const { timestamp_ms: timestamp, sender_id: sender } = event;
    let room = this.#rooms.get(id);
    if (room === undefined) {
      const range = { first: offset, last: offset, start: timestamp, end: timestamp };
      room = { ...range, count: 0, signed: 0, foreign: false, senders: new Map() };
      this.#rooms.set(id, room);
    }
    room.last = offset;
    room.count++;
    if (event.signature !== null) room.signed++;
    if (timestamp < room.start) room.start = timestamp;
    if (timestamp > room.end) room.end = timestamp;
    if (seq !== undefined && seq > (room.senders.get(sender) ?? 0)) room.senders.set(sender, seq);
    if (origin === "foreign") {
      room.foreign = true;
      return;
    }
    if (timestamp < this.#earliest) this.#earliest = timestamp;
    if (timestamp > this.#latest) this.#latest = timestamp;
  }

  /** Marks an offset of a damaged line as used; false when the room has no sound line here. */
  reserve(room: RoomId, offset: number): boolean {
    const counting = this.#rooms.get(room);
    if (counting === undefined) return false;
    counting.last = Math.max(counting.last, offset);
    return true;
  }

  /** The summary file's first line. */
  encode(): string {
    const rooms: Record<RoomId, Json> = Object.fromEntries(
      Array.from(this.#rooms, ([id, { senders, ...room }]) => {
        return [id, { ...room, senders: Object.fromEntries(senders) }];
      }),
    );
    const own = this.#latest === 0 ? null : [this.#earliest, this.#latest];
    return encodeChecked({ v: 1, own, rooms });
  }

  /** The contents of a summary file, or undefined when the bytes are not one. */
  static decode(bytes: Uint8Array): JournalContents | undefined {
    const line = bytes.subarray(0, Math.max(0, bytes.indexOf(0x0a)));
    const value = decodeChecked(new TextDecoder().decode(line)) as Summary | undefined;
    if (value?.v !== 1) return undefined;
    const contents = new JournalContents();
    for (const [id, { senders, ...room }] of Object.entries(value.rooms)) {
      // Summaries of earlier versions do not say how many were signed.
      contents.#rooms.set(id, { signed: 0, ...room, senders: new Map(Object.entries(senders)) });
    }
    if (value.own !== null) [contents.#earliest, contents.#latest] = value.own;
    return contents;
  }
}

/** The file's value; its checksum says that {@linkcode JournalContents.encode} wrote it. */
interface Summary {
  readonly v: number;
  readonly own: readonly [number, number] | null;
  readonly rooms: Readonly<
    Record<
      RoomId,
      & Omit<RoomContents, "senders" | "signed">
      & { readonly signed?: number; readonly senders: Readonly<Record<Address, number>> }
    >
  >;
}
