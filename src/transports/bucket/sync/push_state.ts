/**
 * How far pushing has got: what is planned, what is stored, what the head says. Durable before
 * anything is sent, so that after a crash the same objects are stored under the same names.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import type { Recorded } from "../../../record_log.ts";
import { type HeadEntry, MOST_LISTED } from "./head.ts";
import { ROOMS } from "./names.ts";
import type { MergedFiles, PlannedObject, PushRecord, Settlement, Told } from "./push_records.ts";

/** See the module's description. */
export class PushState implements Recorded<PushRecord> {
  epoch: string;
  device: string;
  #recent: HeadEntry[] = [];
  readonly #cursors = new Map<RoomId, number>();
  readonly #planned = new Map<number, PlannedObject>();
  readonly #described = new Set<RoomId>();
  readonly #announced = new Set<string>();
  #count = 0;
  #nextId = 1;
  #head: Told = { version: 0, count: 0 };
  #telling: Told = { version: 0, count: 0 };
  #ready = false;
  readonly #merged = new Map<string, MergedFiles & { readonly observed: number }>();
  #observed = 0;

  constructor(epoch = "", device = "") {
    this.epoch = epoch;
    this.device = device;
  }

  /** The first offset of a room that is not planned yet. */
  cursor(room: RoomId): number {
    return this.#cursors.get(room) ?? 0;
  }

  get cursors(): ReadonlyMap<RoomId, number> {
    return this.#cursors;
  }

  /** The first offset of a room that is not stored yet. */
  stored(room: RoomId): number {
    let least = this.cursor(room);
    for (const each of this.#planned.values()) {
      if (each.room === room) least = Math.min(least, each.from);
    }
    return least;
  }

  /** What is to be stored, in its order. */
  get planned(): ReadonlyMap<number, PlannedObject> {
    return this.#planned;
  }

  /** The id of the next object that is planned. */
  get nextId(): number {
    return this.#nextId;
  }

  /** How many objects were stored. */
  get count(): number {
    return this.#count;
  }

  /** The latest of them, ascending; at most {@linkcode MOST_LISTED}. */
  get recent(): readonly HeadEntry[] {
    return this.#recent;
  }

  /** What the head in the bucket says, as far as we know. */
  get head(): Told {
    return this.#head;
  }

  /** What the last head that was begun says; it may have arrived or not. */
  get telling(): Told {
    return this.#telling;
  }

  /** The first offset of a room that neither a file nor the head in the bucket holds. */
  told(room: RoomId): number {
    const open = this.#head.open?.find(([each]) => each === room)?.[1] ?? 0;
    return Math.max(this.cursor(room), open);
  }

  /** Where our events end that may be in the bucket, whatever arrived of them, by room. */
  get ends(): ReadonlyMap<RoomId, number> {
    const ends = new Map(this.#cursors);
    for (const [room, next] of [...this.#head.open ?? [], ...this.#telling.open ?? []]) {
      ends.set(room, Math.max(next, ends.get(room) ?? 0));
    }
    return ends;
  }

  /** Files that became one and whose old ones are still there; `observed` is when that was. */
  get merged(): ReadonlyMap<string, MergedFiles & { readonly observed: number }> {
    return this.#merged;
  }

  /** How much time has passed while somebody looked, milliseconds. */
  get observed(): number {
    return this.#observed;
  }

  /** Whether it is known what the bucket held before this state began. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether the room's description was stored. */
  isDescribed(room: RoomId): boolean {
    return this.#described.has(room);
  }

  /** Whether an object other than a message file was announced. */
  isAnnounced(key: string): boolean {
    return this.#announced.has(key);
  }

  apply(record: PushRecord): void {
    switch (record.type) {
      case "push":
        return this.#begin(record.epoch, record.device);
      case "planned":
        for (const object of record.objects) this.#plan(object);
        return;
      case "settled":
        return this.#settle(record.id, record.as);
      case "announced":
        if (!record.object.key.startsWith(ROOMS)) this.#announced.add(record.object.key);
        return this.#number(record.object);
      case "telling":
        this.#telling = toldOf(record);
        return;
      case "head":
        this.#head = this.#telling = toldOf(record);
        return;
      case "cursors":
        for (const [room, next] of record.rooms) this.#cursors.set(room, next);
        return;
      case "described":
        for (const room of record.rooms) this.#described.add(room);
        return;
      case "stored":
        this.#count = record.count;
        this.#recent = [...record.recent];
        this.#nextId = record.nextId;
        for (const key of record.announced) this.#announced.add(key);
        return;
      case "merged": {
        const { into, old, version } = record;
        if (old.length > 0) {
          this.#merged.set(into, { into, old, version, observed: this.#observed });
        }
        return;
      }
      case "swept":
        this.#merged.delete(record.into);
        return;
      case "observed":
        this.#observed += record.ms;
        return;
      case "ready":
        this.#ready = true;
    }
  }

  *snapshot(): Generator<PushRecord> {
    const { epoch, device } = this;
    yield { type: "push", version: 1, epoch, device };
    const announced = Array.from(this.#announced);
    const recent = this.#recent;
    yield { type: "stored", count: this.#count, recent, announced, nextId: this.#nextId };
    yield { type: "cursors", rooms: Array.from(this.#cursors) };
    yield { type: "described", rooms: Array.from(this.#described) };
    if (this.#planned.size > 0) yield { type: "planned", objects: [...this.#planned.values()] };
    yield { type: "head", ...this.#head };
    yield { type: "telling", ...this.#telling };
    if (this.#ready) yield { type: "ready" };
    let passed = 0;
    for (const { observed, ...merged } of this.#merged.values()) {
      yield { type: "observed", ms: observed - passed };
      passed = observed;
      yield { type: "merged", ...merged };
    }
    yield { type: "observed", ms: this.#observed - passed };
  }

  #begin(epoch: string, device: string): void {
    this.epoch = epoch;
    this.device = device;
    for (const each of [this.#cursors, this.#planned, this.#merged]) each.clear();
    for (const each of [this.#described, this.#announced]) each.clear();
    this.#observed = 0;
    this.#recent = [];
    this.#count = 0;
    this.#head = this.#telling = { version: 0, count: 0 };
    this.#ready = false;
  }

  #plan(object: PlannedObject): void {
    this.#planned.set(object.id, object);
    this.#nextId = Math.max(this.#nextId, object.id + 1);
    this.#cursors.set(object.room, Math.max(this.cursor(object.room), object.to));
  }

  #settle(id: number, as: Settlement): void {
    const object = this.#planned.get(id);
    this.#planned.delete(id);
    if (object !== undefined && as === "stored") this.#number(object);
  }

  #number({ key, size, sha256 }: Omit<HeadEntry, "number">): void {
    this.#count++;
    this.#recent.push({ number: this.#count, key, size, sha256 });
    if (this.#recent.length > 2 * MOST_LISTED) this.#recent = this.#recent.slice(-MOST_LISTED);
  }
}

function toldOf({ version, count, seen, open }: Told): Told {
  return {
    ...{ version, count },
    ...(seen === undefined ? {} : { seen }),
    ...(open === undefined ? {} : { open }),
  };
}
