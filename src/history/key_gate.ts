/**
 * Lets each message of an author through once: a draft whose key is known leads to the event that
 * is there already, or on its way.
 *
 * @module
 */
import type { Appended, Draft } from "./contract.ts";
import type { KeyWindows } from "./dedupe.ts";
import type { AuthorKey, KeyWindow } from "./key_window.ts";
import type { RoomReader } from "./room_reader.ts";
import type { Rooms } from "./rooms.ts";

/** What a {@linkcode KeyGate} works with. */
export interface KeyGateOptions {
  readonly windows: KeyWindows;
  readonly rooms: Rooms;
  readonly reader: RoomReader;
  /** Stores a draft that is new, and enters its key in the window. */
  readonly store: (draft: Draft, window?: KeyWindow, key?: AuthorKey) => Promise<Appended>;
}

const NONE: ReadonlySet<number> = new Set();

/** See the module's description. */
export class KeyGate {
  readonly #options: KeyGateOptions;

  constructor(options: KeyGateOptions) {
    this.#options = options;
  }

  /**
   * Stores the draft or finds its event. Drafts for one room stay in their order: while the room's
   * keys are loaded, those without a key wait as well.
   *
   * @param others offsets of events that look like this draft's and are not
   */
  take(draft: Draft, others: ReadonlySet<number> = NONE): Promise<Appended> {
    const { windows, store } = this.#options;
    const { key, room, sender } = draft;
    const known = key === undefined ? windows.loading(room) : windows.get(room);
    if (known instanceof Promise) return known.then(() => this.take(draft, others));
    return key === undefined || known === undefined
      ? store(draft)
      : this.#storeOnce(draft, known, known.keyOf(sender, key), others);
  }

  #storeOnce(
    draft: Draft,
    window: KeyWindow,
    key: AuthorKey,
    others: ReadonlySet<number>,
  ): Promise<Appended> {
    const next = this.#options.rooms.get(draft.room)?.next ?? 0;
    for (const offset of window.candidates(key, next)) {
      const entry = window.waitingAt(offset);
      if (entry === undefined) {
        if (!others.has(offset)) return this.#lookUp(draft, offset, others);
      } else if (entry.sender === key.sender && entry.key === key.key) {
        return entry.waiting.then(duplicateOf);
      }
    }
    return this.#options.store(draft, window, key);
  }

  async #lookUp(draft: Draft, offset: number, others: ReadonlySet<number>): Promise<Appended> {
    const [stored] = await this.#options.reader.read(draft.room, offset, 1);
    const isSame = stored?.offset === offset && stored.event.sender_id === draft.sender &&
      stored.event.content.chatnode?.key === draft.key;
    if (isSame) return { stored, duplicate: true };
    // Much may have changed while the event was read, so everything is asked again.
    return await this.take(draft, new Set(others).add(offset));
  }
}

function duplicateOf({ stored }: Appended): Appended {
  return { stored, duplicate: true };
}
