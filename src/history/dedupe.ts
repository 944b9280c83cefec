/**
 * Remembers which author's keys a room's latest events carry, so that a message sent again after a
 * lost ack is not stored twice. A room's keys are read back from its events when they are needed
 * first after a restart; rooms that were not asked about for the longest are forgotten again.
 *
 * @module
 */
import type { Address, RoomId } from "../message/event.ts";
import { type Appended, KEY_WINDOW } from "./contract.ts";

/** An event's author's key, and where the event is. */
export interface KeyedEvent {
  readonly sender: Address;
  readonly key: string;
  readonly offset: number;
}

/** An event in a window. */
export interface KeyEntry extends KeyedEvent {
  /** What its author waits for while it is not committed. */
  waiting: Promise<Appended> | undefined;
  /** The event of another author who chose the same key. */
  next: KeyEntry | undefined;
}

/** Reads the keys of a room's latest {@linkcode KEY_WINDOW} committed events, in their order. */
export type KeyLoader = (room: RoomId) => Promise<readonly KeyedEvent[]>;

/** All rooms together; a key takes about 150 bytes. */
const MAX_KEYS = 100_000;
/** A window counts as at least so many, since every one of them may grow. */
const LEAST_KEYS = 1_000;
/** Questions between two looks at how much is held. */
const LOOK_EVERY = 1_024;

type Generation = Map<string, KeyEntry>;

/**
 * The keys of one room's latest events, in two generations that each span as many events as the
 * window: when the younger one is full the older one is forgotten as a whole.
 */
export class KeyWindow {
  #young: Generation = new Map();
  #old: Generation = new Map();
  /** Offset at which the younger generation began. */
  #began = 0;
  #waiting = 0;
  /** When it was asked last, in questions. */
  used = 0;

  /** How many keys it holds. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Whether all its events are committed. */
  get settled(): boolean {
    return this.#waiting === 0;
  }

  /** The author's event with this key, when it is among the last before offset `next`. */
  find(sender: Address, key: string, next: number): KeyEntry | undefined {
    const entry = ofSender(this.#young.get(key), sender) ?? ofSender(this.#old.get(key), sender);
    return entry !== undefined && entry.offset >= next - KEY_WINDOW ? entry : undefined;
  }

  /** Adds the next event of the room. */
  add({ sender, key, offset }: KeyedEvent, waiting: Promise<Appended> | undefined): KeyEntry {
    if (offset - this.#began >= KEY_WINDOW) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#began = offset;
    }
    const entry = { sender, key, offset, waiting, next: this.#young.get(key) };
    this.#young.set(key, entry);
    if (waiting !== undefined) this.#waiting++;
    return entry;
  }

  /** The event is committed. */
  settle(entry: KeyEntry): void {
    entry.waiting = undefined;
    this.#waiting--;
  }

  /** The event was not stored after all. Entries are removed in the reverse order of their adding. */
  remove(entry: KeyEntry): void {
    this.#waiting--;
    const generation = this.#young.get(entry.key) === entry ? this.#young : this.#old;
    if (entry.next === undefined) generation.delete(entry.key);
    else generation.set(entry.key, entry.next);
  }
}

function ofSender(first: KeyEntry | undefined, sender: Address): KeyEntry | undefined {
  for (let entry = first; entry !== undefined; entry = entry.next) {
    if (entry.sender === sender) return entry;
  }
  return undefined;
}

/** The windows of the rooms that were asked about last. */
export class KeyWindows {
  readonly #load: KeyLoader;
  readonly #windows = new Map<RoomId, KeyWindow>();
  readonly #loading = new Map<RoomId, Promise<void>>();
  #questions = 0;

  constructor(load: KeyLoader) {
    this.#load = load;
  }

  /** What has to be waited for before a room's keys are known; undefined when nothing is. */
  loading(room: RoomId): Promise<void> | undefined {
    return this.#loading.size === 0 ? undefined : this.#loading.get(room);
  }

  /** A room's window, or what has to be waited for before one asks again. */
  get(room: RoomId): KeyWindow | Promise<void> {
    const window = this.#windows.get(room);
    if (window === undefined) return this.#loading.get(room) ?? this.#begin(room);
    window.used = ++this.#questions;
    if (this.#questions % LOOK_EVERY === 0) this.#evict();
    return window;
  }

  #begin(room: RoomId): Promise<void> {
    const loading = this.#load(room).then((events) => {
      const window = new KeyWindow();
      for (const event of events) window.add(event, undefined);
      this.#windows.set(room, window);
      window.used = ++this.#questions;
      this.#evict();
    }).finally(() => this.#loading.delete(room));
    this.#loading.set(room, loading);
    return loading;
  }

  /**
   * Forgets windows. One with events on their way must stay, since those can be read back from
   * nowhere; so must the one that was just asked for.
   */
  #evict(): void {
    let total = 0;
    for (const { size } of this.#windows.values()) total += Math.max(size, LEAST_KEYS);
    const oldest = Array.from(this.#windows).sort(([, a], [, b]) => a.used - b.used);
    for (const [room, window] of oldest) {
      if (total <= MAX_KEYS) return;
      if (!window.settled || window.used === this.#questions) continue;
      total -= Math.max(window.size, LEAST_KEYS);
      this.#windows.delete(room);
    }
  }
}
