/**
 * How far each room's log is written: arrival offsets, good for one epoch of the history.
 *
 * @module
 */
import { dirname } from "node:path";
import { decodeChecked, encodeChecked } from "../../checked_json.ts";
import type { RoomId } from "../../message/event.ts";
import type { History } from "../contract.ts";
import { replaceFile } from "../../files.ts";
import { readIfThere } from "../layout.ts";

interface Saved {
  readonly v: number;
  readonly epoch: string;
  readonly rooms: Readonly<Record<RoomId, number>>;
}

/** See the module's description. */
export class LogCursors {
  readonly #path: string;
  readonly #epoch: string;
  readonly #rooms: Map<RoomId, number>;

  private constructor(path: string, epoch: string, rooms: Map<RoomId, number>) {
    this.#path = path;
    this.#epoch = epoch;
    this.#rooms = rooms;
  }

  /**
   * The cursors of a file. Without one, with a damaged one, and when the history was numbered anew,
   * everything that is there counts as written: logs would hold it twice otherwise.
   */
  static async open(path: string, history: History): Promise<LogCursors> {
    const bytes = await readIfThere(path);
    const saved = bytes && decodeChecked(new TextDecoder().decode(bytes).trimEnd()) as Saved;
    if (saved?.v === 1 && saved.epoch === history.epoch) {
      return new LogCursors(path, history.epoch, new Map(Object.entries(saved.rooms)));
    }
    const rooms = new Map(history.rooms().map(({ room, next }) => [room, next]));
    const cursors = new LogCursors(path, history.epoch, rooms);
    await cursors.#save();
    return cursors;
  }

  /** The offset of the next event to write. */
  of(room: RoomId): number {
    return this.#rooms.get(room) ?? 0;
  }

  /** Keeps a room's cursor. */
  async set(room: RoomId, offset: number): Promise<void> {
    this.#rooms.set(room, offset);
    await this.#save();
  }

  async #save(): Promise<void> {
    const rooms = Object.fromEntries(this.#rooms);
    const line = encodeChecked({ v: 1, epoch: this.#epoch, rooms } satisfies Saved);
    await Deno.mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await replaceFile(this.#path, new TextEncoder().encode(line));
  }
}
