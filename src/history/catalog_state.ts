/**
 * What the catalog says: which segments hold which events, and where every chain ends.
 *
 * @module
 */
import type { Address, RoomId } from "../message/event.ts";
import type { ChainTail } from "../message/chain.ts";
import type { SenderTail } from "./sealing.ts";
import { boundsOfRuns, type SegmentInfo } from "./segments.ts";

/** One line of the catalog. */
export type CatalogRecord =
  /** The first line. `rooms`: how many room lines follow before anything else. */
  | {
    readonly type: "catalog";
    readonly version: 1;
    /** The last journal file that is in segments. */
    readonly sealed: number;
    /** The greatest timestamp of an event of ours in them. */
    readonly latest: number;
    readonly rooms: number;
  }
  /** Everything about one room. */
  | RoomRecord
  /** All of one journal file is in segments now. */
  | {
    readonly type: "sealed";
    readonly journal: number;
    readonly latest: number;
    /** The offset after the last one given, for each room of the file. */
    readonly next: readonly (readonly [room: RoomId, next: number])[];
    readonly tails: readonly SenderTail[];
    readonly segments: readonly SegmentInfo[];
  }
  /** The events of `from` are in `into` now. */
  | {
    readonly type: "merged";
    readonly room: RoomId;
    readonly into: SegmentInfo;
    readonly from: readonly string[];
  }
  /** The device whose chains the tails are, from here on; those of another one are over. */
  | { readonly type: "device"; readonly device: string }
  /** These segments are not kept any longer; events below `first` are gone. */
  | {
    readonly type: "dropped";
    readonly room: RoomId;
    readonly first: number;
    readonly paths: readonly string[];
    readonly anchors: readonly ChainAnchor[];
  };

/**
 * Where a chain was cut: the last event of it that was removed. What is kept of the chain follows
 * from there.
 */
export type ChainAnchor = readonly [
  sender: Address,
  device: string,
  seq: number,
  hash: string | null,
];

/** Everything about one room. */
export interface RoomRecord {
  readonly type: "room";
  readonly room: RoomId;
  readonly first: number;
  readonly next: number;
  readonly lastTimestamp: number;
  /** `[sender, seq, hash]`. */
  readonly tails: readonly (readonly [Address, number, string | null])[];
  readonly segments: readonly SegmentInfo[];
  /** Absent when nothing was ever removed. */
  readonly anchors?: readonly ChainAnchor[];
}

/** A room in the catalog. */
export interface CatalogRoom {
  readonly room: RoomId;
  /** Offset of the oldest event kept. */
  first: number;
  /** Offset after the last one given. */
  next: number;
  /** The greatest timestamp of any event ever sealed. */
  lastTimestamp: number;
  readonly tails: Map<Address, ChainTail>;
  /** By `chainOf`. */
  readonly anchors: Map<string, ChainAnchor>;
  /** By path, in the order of the first offsets. */
  segments: Map<string, SegmentInfo>;
}

/** See the module's description. */
export class CatalogState {
  readonly #rooms = new Map<RoomId, CatalogRoom>();
  /** Files that the last records made superfluous; they may still be there after a crash. */
  readonly #superfluous = new Set<string>();
  #device: string | undefined;
  #sealed = 0;
  #latest = 0;
  #segments = 0;

  /** Whose chains the tails are; undefined where that was not noted yet. */
  get device(): string | undefined {
    return this.#device;
  }

  /** The last journal file that is in segments. */
  get sealed(): number {
    return this.#sealed;
  }

  /** The greatest timestamp of an event of ours in a segment. */
  get latest(): number {
    return this.#latest;
  }

  /** How many segments there are. */
  get segments(): number {
    return this.#segments;
  }

  get rooms(): ReadonlyMap<RoomId, CatalogRoom> {
    return this.#rooms;
  }

  /** Paths of segments that are in use no more and may be removed. */
  get superfluous(): ReadonlySet<string> {
    return this.#superfluous;
  }

  /** Notes that a file is gone. */
  removed(path: string): void {
    this.#superfluous.delete(path);
  }

  /** Takes over one record, whose values are trusted: the catalog's lines are checksummed. */
  apply(record: CatalogRecord): void {
    switch (record.type) {
      case "catalog":
        this.#sealed = record.sealed;
        this.#latest = record.latest;
        return;
      case "room":
        return this.#applyRoom(record);
      case "sealed":
        return this.#applySealed(record);
      case "merged": {
        const room = this.#room(record.room);
        this.#drop(room, record.from);
        return this.#add(room, [record.into]);
      }
      case "device":
        return this.#applyDevice(record.device);
      case "dropped": {
        const room = this.#room(record.room);
        this.#drop(room, record.paths);
        room.first = record.first;
        this.#anchor(room, record.anchors);
        return;
      }
    }
  }

  /** The records that lead to this state from nothing. */
  *snapshot(): Generator<CatalogRecord> {
    const [sealed, latest, rooms] = [this.#sealed, this.#latest, this.#rooms.size];
    yield { type: "catalog", version: 1, sealed, latest, rooms };
    for (const { tails, anchors, segments, ...numbers } of this.#rooms.values()) {
      const { room, first, next, lastTimestamp } = numbers;
      yield {
        type: "room",
        room,
        first,
        next,
        lastTimestamp,
        tails: Array.from(tails, ([sender, { seq, hash }]) => [sender, seq, hash]),
        segments: Array.from(segments.values()),
        ...(anchors.size === 0 ? {} : { anchors: Array.from(anchors.values()) }),
      };
    }
    if (this.#device !== undefined) yield { type: "device", device: this.#device };
  }

  #applyDevice(device: string): void {
    if (this.#device !== undefined && this.#device !== device) {
      for (const { tails } of this.#rooms.values()) tails.clear();
    }
    this.#device = device;
  }

  #applyRoom(record: RoomRecord): void {
    const room = this.#room(record.room);
    const { first, next, lastTimestamp } = record;
    Object.assign(room, { first, next, lastTimestamp });
    for (const [sender, seq, hash] of record.tails) room.tails.set(sender, { seq, hash });
    this.#add(room, record.segments);
    this.#anchor(room, record.anchors ?? []);
  }

  #anchor(room: CatalogRoom, anchors: readonly ChainAnchor[]): void {
    for (const anchor of anchors) {
      const [sender, device] = anchor;
      room.anchors.set(`${room.room}\n${sender}\n${device}`, anchor);
    }
  }

  #applySealed(record: CatalogRecord & { readonly type: "sealed" }): void {
    this.#sealed = record.journal;
    this.#latest = Math.max(this.#latest, record.latest);
    for (const segment of record.segments) this.#add(this.#room(segment.room), [segment]);
    for (const [id, next] of record.next) {
      const room = this.#room(id);
      room.next = Math.max(room.next, next);
    }
    for (const [id, sender, seq, hash] of record.tails) {
      this.#room(id).tails.set(sender, { seq, hash });
    }
  }

  #room(id: RoomId): CatalogRoom {
    let room = this.#rooms.get(id);
    if (room === undefined) {
      room = {
        room: id,
        first: -1,
        next: 0,
        lastTimestamp: 0,
        tails: new Map(),
        anchors: new Map(),
        segments: new Map(),
      };
      this.#rooms.set(id, room);
    }
    return room;
  }

  #add(room: CatalogRoom, segments: readonly SegmentInfo[]): void {
    for (const segment of segments) {
      const [first, last] = boundsOfRuns(segment.runs);
      if (room.first < 0) room.first = first;
      room.next = Math.max(room.next, last + 1);
      room.lastTimestamp = Math.max(room.lastTimestamp, segment.end);
      this.#segments += room.segments.has(segment.path) ? 0 : 1;
      room.segments.set(segment.path, segment);
      this.#superfluous.delete(segment.path);
    }
    const byOffset = (a: SegmentInfo, b: SegmentInfo) => (a.runs[0] ?? 0) - (b.runs[0] ?? 0);
    const ordered = Array.from(room.segments.values()).sort(byOffset);
    room.segments = new Map(ordered.map((segment) => [segment.path, segment]));
  }

  #drop(room: CatalogRoom, paths: readonly string[]): void {
    for (const path of paths) {
      if (room.segments.delete(path)) this.#segments--;
      this.#superfluous.add(path);
    }
  }
}
