/**
 * What one journal file holds, room by room: kept while it is written, saved beside it when it is
 * closed, so that opening a store need not read closed files.
 *
 * @module
 */
import type { Address, Json, RoomId } from "../message/event.ts";
import { decodeChecked, encodeChecked } from "./checked_line.ts";

/** One room's part of a journal file. */
export interface RoomContents {
  /** The first and the last arrival offset given. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Least and greatest timestamp. */
  readonly start: number;
  readonly end: number;
  /** Whether events of other writers are among them: their times follow no order. */
  readonly foreign: boolean;
  /** The last sequence number in each sender's chain of this device. */
  readonly senders: ReadonlyMap<Address, number>;
}

/** One event, as the contents count it. */
export interface CountedEvent {
  readonly room: RoomId;
  readonly offset: number;
  readonly timestamp: number;
  readonly sender: Address;
  /** Whether we took it in from its author, or got it from somewhere with its signature. */
  readonly origin: "own" | "foreign";
  /** Its number in a chain of this device; undefined when another device signed it. */
  readonly seq: number | undefined;
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

  add(event: CountedEvent): void {
    let room = this.#rooms.get(event.room);
    if (room === undefined) {
      room = {
        first: event.offset,
        last: event.offset,
        count: 0,
        start: event.timestamp,
        end: event.timestamp,
        foreign: false,
        senders: new Map(),
      };
      this.#rooms.set(event.room, room);
    }
    room.last = event.offset;
    room.count++;
    if (event.timestamp < room.start) room.start = event.timestamp;
    if (event.timestamp > room.end) room.end = event.timestamp;
    if (event.seq !== undefined && event.seq > (room.senders.get(event.sender) ?? 0)) {
      room.senders.set(event.sender, event.seq);
    }
    if (event.origin === "foreign") {
      room.foreign = true;
      return;
    }
    if (event.timestamp < this.#earliest) this.#earliest = event.timestamp;
    if (event.timestamp > this.#latest) this.#latest = event.timestamp;
  }

  /** Marks an offset of a damaged line as used; false when the room has no sound line here. */
  reserve(room: RoomId, offset: number): boolean {
    const counting = this.#rooms.get(room);
    if (counting === undefined) return false;
    counting.last = Math.max(counting.last, offset);
    return true;
  }

  /** The summary file's text. */
  encode(): string {
    const rooms: Record<RoomId, Json> = Object.fromEntries(
      Array.from(this.#rooms, ([id, { senders, ...room }]) => {
        return [id, { ...room, senders: Object.fromEntries(senders) }];
      }),
    );
    const own = this.#latest === 0 ? null : [this.#earliest, this.#latest];
    return encodeChecked({ v: 1, own, rooms });
  }

  /** The contents of a summary file, or undefined when the text is not one. */
  static decode(text: string): JournalContents | undefined {
    const value = decodeChecked(text.replace(/\n$/, "")) as Summary | undefined;
    if (value?.v !== 1) return undefined;
    const contents = new JournalContents();
    for (const [id, { senders, ...room }] of Object.entries(value.rooms)) {
      contents.#rooms.set(id, { ...room, senders: new Map(Object.entries(senders)) });
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
      Omit<RoomContents, "senders"> & { readonly senders: Readonly<Record<Address, number>> }
    >
  >;
}
