/**
 * How far a bridge has got in its room, kept on disk.
 *
 * @module
 */
import { dirname } from "node:path";
import { makePrivateFolder, replaceFile } from "../../../files.ts";
import type { History } from "../../../history/contract.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";

const log = getLogger(["bridge"]);

/** See the module's description. */
export class BridgeCursor {
  readonly #path: string;
  readonly #epoch: string;
  readonly #room: RoomId;
  #offset: number;
  #written: number;

  private constructor(path: string, epoch: string, room: RoomId, offset: number, known: boolean) {
    this.#path = path;
    this.#epoch = epoch;
    this.#room = room;
    this.#offset = offset;
    this.#written = known ? offset : -1;
  }

  /**
   * Reads the cursor. One that is not there, that is damaged, or that is of another numbering begins
   * at the room's present end: nobody wants to be told everything that was ever said.
   *
   * @throws {Error} when the file is there and cannot be read, or its folder cannot be made
   */
  static async open(path: string, history: History, room: RoomId): Promise<BridgeCursor> {
    await makePrivateFolder(dirname(path));
    const { first, next } = history.room(room);
    const kept = await read(path, history.epoch, room);
    if (kept === undefined) return new BridgeCursor(path, history.epoch, room, next, false);
    if (kept < first) {
      log.warn("{count} messages of {room} are gone before they were passed on", {
        count: first - kept,
        room,
      });
    }
    const offset = Math.min(Math.max(kept, first), next);
    return new BridgeCursor(path, history.epoch, room, offset, true);
  }

  /** The first offset that was not passed on yet. */
  get offset(): number {
    return this.#offset;
  }

  /** Everything before `offset` was passed on. */
  advance(offset: number): void {
    this.#offset = Math.max(this.#offset, offset);
  }

  /** Writes it down, if it has changed. Never rejects: what cannot be written is logged. */
  async save(): Promise<void> {
    const offset = this.#offset;
    if (offset === this.#written) return;
    const text = JSON.stringify({ epoch: this.#epoch, room: this.#room, offset });
    try {
      await replaceFile(this.#path, new TextEncoder().encode(`${text}\n`));
      this.#written = offset;
    } catch (error) {
      log.error("Cannot write {path}: {error}", { path: this.#path, error });
    }
  }
}

/** Undefined when there is none of this numbering. */
async function read(path: string, epoch: string, room: RoomId): Promise<number | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const kept = parse(text);
  if (kept !== undefined && kept.epoch === epoch && kept.room === room) return kept.offset;
  log.warn("{path} is of another history, or damaged: the bridge begins with what is said now", {
    path,
  });
  return undefined;
}

function parse(text: string): { epoch: unknown; room: unknown; offset: number } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { epoch, room, offset } = value as Record<string, unknown>;
    const fits = typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0;
    return fits ? { epoch, room, offset } : undefined;
  } catch {
    return undefined;
  }
}
