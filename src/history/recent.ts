/**
 * The latest events of the rooms that were written to last, kept for those who follow: a client
 * that comes back after a moment is served without touching the disk.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { type Slice, sliceOf } from "./slice.ts";
import type { Origin } from "./ticket.ts";

/** Bounds of {@linkcode RecentEvents}. */
export interface RecentLimits {
  /** At most this many events of one room. */
  readonly perRoom: number;
  /** At most this many UTF-16 units of lines in all rooms together. */
  readonly units: number;
}

interface Ring {
  events: StoredEvent[];
  units: number;
  /** Whether an event of another writer is or was among them. */
  foreign: boolean;
}

/** See the module's description. */
export class RecentEvents {
  readonly #limits: RecentLimits;
  /** Least recently written first. */
  readonly #rings = new Map<RoomId, Ring>();
  #units = 0;

  constructor(limits: RecentLimits) {
    this.#limits = limits;
  }

  /** Adds a room's next event. */
  add(stored: StoredEvent, origin: Origin): void {
    let ring = this.#rings.get(stored.room);
    if (ring === undefined) {
      ring = { events: [], units: 0, foreign: false };
      this.#rings.set(stored.room, ring);
    }
    ring.events.push(stored);
    ring.units += stored.json.length;
    this.#units += stored.json.length;
    if (origin === "foreign") ring.foreign = true;
    // Twice the bound is let in before the older half goes: no event moves more than once.
    if (ring.events.length >= this.#limits.perRoom * 2) this.#halve(ring);
  }

  /** Marks a room as the last written and forgets others when too much is kept. */
  touch(room: RoomId): void {
    const ring = this.#rings.get(room);
    if (ring === undefined) return;
    if (this.#units > this.#limits.units) this.#shrink(ring);
    this.#rings.delete(room);
    this.#rings.set(room, ring);
  }

  /** The latest events of a room without a hole between them, or undefined when none is kept. */
  of(room: RoomId): Slice | undefined {
    const ring = this.#rings.get(room);
    if (ring === undefined || ring.events.length === 0) return undefined;
    return sliceOf(ring.events, !ring.foreign);
  }

  /** Forgets everything. */
  clear(): void {
    this.#rings.clear();
    this.#units = 0;
  }

  /** Forgets a room. */
  forget(room: RoomId): void {
    const ring = this.#rings.get(room);
    if (ring === undefined) return;
    this.#units -= ring.units;
    this.#rings.delete(room);
  }

  #shrink(keep: Ring): void {
    for (const [room, ring] of this.#rings) {
      if (this.#units <= this.#limits.units) return;
      if (ring !== keep) this.forget(room);
    }
    while (this.#units > this.#limits.units && keep.events.length > 1) this.#halve(keep);
  }

  #halve(ring: Ring): void {
    const kept = ring.events.slice(ring.events.length >> 1);
    const units = kept.reduce((sum, { json }) => sum + json.length, 0);
    this.#units -= ring.units - units;
    ring.units = units;
    ring.events = kept;
  }
}
