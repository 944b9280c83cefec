/**
 * Remembers which author's keys a room's latest events carry, so that a message sent again after a
 * lost ack is not stored twice. A room's keys are read back from its events when they are needed
 * first after a restart; rooms that were not asked about for the longest are forgotten again.
 *
 * @module
 */
import type { Address, RoomId } from "../message/event.ts";
import { KEY_WINDOW } from "./contract.ts";

/** A committed event's author's key, and where the event is. */
export interface KeyedEvent {
  readonly room: RoomId;
  readonly sender: Address;
  readonly key: string;
  readonly offset: number;
}

/** Reads the keys of a room's latest {@linkcode KEY_WINDOW} committed events, in their order. */
export type KeyLoader = (room: RoomId) => Promise<readonly KeyedEvent[]>;

/** All rooms together; a key takes about 150 bytes. */
const MAX_KEYS = 100_000;
/** How many keys beyond the window may gather before they are dropped together. */
const SLACK = 1_000;

/** A room's keys in the order of the offsets, or what was committed while they are loaded. */
interface Window {
  readonly offsets: Map<string, number>;
  trimmed: number;
}
interface Loading {
  readonly done: Promise<void>;
  readonly late: KeyedEvent[];
}

/** See the module's description. */
export class KeyWindows {
  readonly #load: KeyLoader;
  /** Least recently used first. */
  readonly #windows = new Map<RoomId, Window>();
  readonly #loading = new Map<RoomId, Loading>();
  #total = 0;

  constructor(load: KeyLoader) {
    this.#load = load;
  }

  /** What has to be waited for before {@linkcode KeyWindows.find} knows a room's keys. */
  loading(room: RoomId): Promise<void> | undefined {
    return this.#loading.size === 0 ? undefined : this.#loading.get(room)?.done;
  }

  /** As {@linkcode KeyWindows.loading}, but begins to load when that is needed. */
  prepare(room: RoomId): Promise<void> | undefined {
    if (this.#windows.has(room)) return undefined;
    const known = this.#loading.get(room);
    if (known !== undefined) return known.done;
    const late: KeyedEvent[] = [];
    const done = this.#load(room).then((events) => {
      const window: Window = { offsets: new Map(), trimmed: 0 };
      this.#windows.set(room, window);
      for (const event of events) this.#put(window, event);
      for (const event of late) this.#put(window, event);
    }).finally(() => this.#loading.delete(room));
    this.#loading.set(room, { done, late });
    return done;
  }

  /** The offset of the event with this key when it is among the last before offset `next`. */
  find(room: RoomId, sender: Address, key: string, next: number): number | undefined {
    const window = this.#windows.get(room);
    if (window === undefined) return undefined;
    this.#windows.delete(room);
    this.#windows.set(room, window);
    const offset = window.offsets.get(nameOf(sender, key));
    return offset !== undefined && offset >= next - KEY_WINDOW ? offset : undefined;
  }

  /** Adds the key of an event that was committed now. */
  add(event: KeyedEvent): void {
    const window = this.#windows.get(event.room);
    if (window === undefined) {
      this.#loading.get(event.room)?.late.push(event);
      return;
    }
    this.#put(window, event);
    if (this.#total > MAX_KEYS) this.#evict(event.room);
  }

  #put(window: Window, event: KeyedEvent): void {
    const { offsets } = window;
    const name = nameOf(event.sender, event.key);
    const before = offsets.size;
    offsets.delete(name);
    offsets.set(name, event.offset);
    if (event.offset - window.trimmed > KEY_WINDOW + SLACK) {
      window.trimmed = event.offset + 1 - KEY_WINDOW;
      for (const [each, offset] of offsets) {
        if (offset >= window.trimmed) break;
        offsets.delete(each);
      }
    }
    this.#total += offsets.size - before;
  }

  #evict(keep: RoomId): void {
    for (const [room, window] of this.#windows) {
      if (this.#total <= MAX_KEYS) return;
      if (room === keep) continue;
      this.#total -= window.offsets.size;
      this.#windows.delete(room);
    }
  }
}

function nameOf(sender: Address, key: string): string {
  // A sender never holds a line feed.
  return `${sender}\n${key}`;
}
