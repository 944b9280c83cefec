/**
 * Remembers which author's keys a room's latest events carry, so that a message sent again after a
 * lost ack is not stored twice. A room's keys are read back from its events when they are needed
 * first after a restart; rooms that were not asked about for the longest are forgotten again.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { type KeyedEvent, KeyWindow } from "./key_window.ts";

/** Reads the keys of a room's latest {@linkcode KEY_WINDOW} committed events, in their order. */
export type KeyLoader = (room: RoomId) => Promise<readonly KeyedEvent[]>;

/** All rooms together: the full windows of 170 rooms, or any number of small ones. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Questions between two looks at how much is held. */
const LOOK_EVERY = 1_024;

/** The windows of the rooms that were asked about last. */
export class KeyWindows {
  readonly #load: KeyLoader;
  readonly #seed: number;
  readonly #windows = new Map<RoomId, KeyWindow>();
  readonly #loading = new Map<RoomId, Promise<void>>();
  #questions = 0;

  /** @param seed 32 random bits */
  constructor(load: KeyLoader, seed: number) {
    this.#load = load;
    this.#seed = seed;
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
      const window = new KeyWindow(this.#seed);
      for (const event of events) window.add(event);
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
    for (const { size } of this.#windows.values()) total += size;
    if (total <= MAX_BYTES) return;
    const oldest = Array.from(this.#windows).sort(([, a], [, b]) => a.used - b.used);
    for (const [room, window] of oldest) {
      if (total <= MAX_BYTES) return;
      if (!window.settled || window.used === this.#questions) continue;
      total -= window.size;
      this.#windows.delete(room);
    }
  }
}
