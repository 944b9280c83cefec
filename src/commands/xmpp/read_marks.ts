/**
 * How far archives were read, by what is stored: a small file in the account's folder. It may lag
 * behind, then some is read twice; it is never ahead.
 *
 * @module
 */
import { join } from "node:path";
import { decodeChecked, encodeChecked } from "../../checked_json.ts";
import { replaceFile } from "../../files.ts";
import { getLogger } from "../../log.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";
import type { ArchivePosition } from "../../transports/xmpp/features/archive.ts";

const FILE = "archives.json";
/** Archives that are remembered: the account's and those of rooms. */
const MOST = 2_000;
const BYTES_MOST = 4 * 1024 * 1024;

const log = getLogger(["xmpp"]);

/** See the module's description. */
export class ReadMarks {
  readonly #path: string;
  readonly #places = new Remembered<string, ArchivePosition>(MOST);
  #hasChanged = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /** What a file that cannot be read knew is found by what the history has. */
  static async open(folder: string): Promise<ReadMarks> {
    const marks = new ReadMarks(join(folder, FILE));
    for (const [archive, place] of await read(marks.#path)) marks.#places.set(archive, place);
    return marks;
  }

  /** The archives that are known. */
  get archives(): readonly string[] {
    return [...this.#places.entries()].map(([archive]) => archive);
  }

  get(archive: string): ArchivePosition | undefined {
    return this.#places.get(archive);
  }

  /** Everything up to here is stored. */
  set(archive: string, position: ArchivePosition): void {
    if (this.#places.get(archive)?.id === position.id) return;
    this.#places.set(archive, position);
    this.#hasChanged = true;
  }

  /** Puts on disk what is new. What cannot be written is written the next time. */
  async save(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    const text = encodeChecked([...this.#places.entries()]);
    try {
      await replaceFile(this.#path, new TextEncoder().encode(text));
    } catch (error) {
      this.#hasChanged = true;
      const code = error instanceof Error ? error.name : "unknown";
      log.warn("how far archives were read cannot be kept: {code}", { code });
    }
  }
}

async function read(path: string): Promise<readonly [string, ArchivePosition][]> {
  try {
    if ((await Deno.stat(path)).size > BYTES_MOST) return [];
    const value = decodeChecked((await Deno.readTextFile(path)).trimEnd());
    return Array.isArray(value) ? value.filter(isMark) : [];
  } catch {
    return [];
  }
}

function isMark(value: unknown): value is [string, ArchivePosition] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [archive, place] = value;
  if (typeof archive !== "string" || typeof place !== "object" || place === null) return false;
  const { id, timestamp } = place as { readonly id?: unknown; readonly timestamp?: unknown };
  return typeof id === "string" && (timestamp === undefined || Number.isFinite(timestamp));
}
