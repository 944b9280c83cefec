/**
 * What the history knows messages by: whether one of them was there before, in this run or in an
 * earlier one. The names of a conversation's latest messages are read from the history when the
 * first message of it comes.
 *
 * @module
 */
import { type Fingerprint, fingerprint, Fingerprints } from "../../history/fingerprints.ts";
import type { FileHistory } from "../../history/store.ts";
import { getLogger } from "../../log.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { namesOfEvent } from "./message_names.ts";

/** So many of a conversation's latest events are looked at. */
export const NAMES_WINDOW = 10_000;
/** Events read at a time. */
const BATCH = 1_000;
/** All conversations together: the full windows of 20, or any number of small ones. */
const BYTES_MOST = 16 * 1024 * 1024;

const log = getLogger(["xmpp"]);

/** The names of one conversation, in two generations that each hold as many as the window has. */
class Names {
  #young = new Fingerprints();
  #old = new Fingerprints();
  #count = 0;
  used = 0;

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(print: Fingerprint): boolean {
    return this.#young.get(print).length > 0 || this.#old.get(print).length > 0;
  }

  add(print: Fingerprint): void {
    if (this.has(print)) return;
    if (this.#count >= NAMES_WINDOW * 2) {
      this.#old = this.#young;
      this.#young = new Fingerprints();
      this.#count = 0;
    }
    this.#young.add(print, 0);
    this.#count += 1;
  }
}

/** See the module's description. Bounded; the conversation asked about the longest ago goes first. */
export class KnownNames {
  readonly #history: Pick<FileHistory, "room" | "read">;
  readonly #seed: number;
  readonly #rooms = new Map<RoomId, Names>();
  readonly #loading = new Map<RoomId, Promise<void>>();
  #questions = 0;

  /** @param seed 32 random bits, so that nobody can choose names that fall together */
  constructor(history: Pick<FileHistory, "room" | "read">, seed: number) {
    this.#history = history;
    this.#seed = seed;
  }

  /** What has to be waited for before {@linkcode has} knows a room; undefined when nothing is. */
  ready(room: RoomId): Promise<void> | undefined {
    const known = this.#rooms.get(room);
    if (known !== undefined) {
      known.used = ++this.#questions;
      return undefined;
    }
    if (this.#history.room(room).next === 0) {
      this.#enter(room, new Names());
      return undefined;
    }
    const loading = this.#loading.get(room) ??
      this.#load(room).finally(() => this.#loading.delete(room));
    this.#loading.set(room, loading);
    return loading;
  }

  /** Whether a message of one of these names is stored. */
  has(room: RoomId, names: readonly string[]): boolean {
    const known = this.#rooms.get(room);
    return known !== undefined && names.some((name) => known.has(this.#printOf(name)));
  }

  /** The event is stored. */
  add(event: ChatEvent): void {
    const known = this.#rooms.get(event.room_id);
    for (const name of namesOfEvent(event)) known?.add(this.#printOf(name));
  }

  async #load(room: RoomId): Promise<void> {
    const names = new Names();
    try {
      const { next } = this.#history.room(room);
      for (let from = Math.max(0, next - NAMES_WINDOW); from < next;) {
        const events = await this.#history.read(room, from, BATCH);
        for (const { event } of events) {
          for (const name of namesOfEvent(event)) names.add(this.#printOf(name));
        }
        from = (events.at(-1)?.offset ?? next) + 1;
      }
    } catch (error) {
      // Better twice than not at all.
      const code = error instanceof Error ? error.name : "unknown";
      log.error("Cannot read what a conversation's messages are called: {code}", { code });
    }
    this.#enter(room, names);
  }

  #enter(room: RoomId, names: Names): void {
    names.used = ++this.#questions;
    this.#rooms.set(room, names);
    let total = 0;
    for (const { size } of this.#rooms.values()) total += size;
    if (total <= BYTES_MOST) return;
    const oldest = [...this.#rooms].sort(([, a], [, b]) => a.used - b.used);
    for (const [each, { size }] of oldest) {
      if (total <= BYTES_MOST || each === room) return;
      total -= size;
      this.#rooms.delete(each);
    }
  }

  #printOf(name: string): Fingerprint {
    return fingerprint(this.#seed, name, "");
  }
}
