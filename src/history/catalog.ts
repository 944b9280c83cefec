/**
 * The catalog file: one checksummed line a change, so that a change is there wholly or not at all.
 * Now and then it is written anew, without its past.
 *
 * @module
 */
import { dirname } from "node:path";
import { type CatalogRecord, CatalogState } from "./catalog_state.ts";
import { decodeChecked, encodeChecked } from "../checked_json.ts";
import { writeError } from "./errors.ts";
import { replaceFile, syncFolder } from "../files.ts";
import { readIfThere } from "./layout.ts";

/** Lines beyond those of a fresh catalog that are let in before it is written anew. */
const SLACK_BYTES = 1024 * 1024;
const encoder = new TextEncoder();

/** Why a catalog cannot be used and has to be made again from the segments. */
export type CatalogFault = "missing" | "damaged";

/** What {@linkcode readCatalog} found. */
export type CatalogReading =
  | { readonly state: CatalogState; readonly length: number }
  | { readonly fault: CatalogFault };

/** Reads a catalog. A torn last line is left out: what it would have committed is done again. */
export async function readCatalog(path: string): Promise<CatalogReading> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return { fault: "missing" };
  const state = new CatalogState();
  const length = bytes.lastIndexOf(0x0a) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, length)).split("\n").slice(0, -1);
  let rooms = -1;
  for (const line of lines) {
    const record = decodeChecked(line) as CatalogRecord | undefined;
    if (record === undefined) return { fault: "damaged" };
    if (record.type === "catalog") rooms = record.rooms;
    else if (record.type === "room") rooms--;
    else if (rooms !== 0) return { fault: "damaged" };
    state.apply(record);
  }
  return rooms === 0 ? { state, length } : { fault: "damaged" };
}

/** A catalog that is being written; see the module's description. */
export class Catalog {
  readonly #path: string;
  readonly #state: CatalogState;
  #length: number;
  /** Length of the file when it was last written anew. */
  #fresh: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, state: CatalogState, length: number) {
    this.#path = path;
    this.#state = state;
    this.#length = length;
    this.#fresh = length;
  }

  /** Goes on with a catalog that was read. */
  static continue(path: string, state: CatalogState, length: number): Catalog {
    return new Catalog(path, state, length);
  }

  /** Writes a whole catalog. */
  static async create(path: string, state: CatalogState): Promise<Catalog> {
    const bytes = encodeAll(state);
    await replaceFile(path, bytes);
    return new Catalog(path, state, bytes.length);
  }

  get state(): CatalogState {
    return this.#state;
  }

  /**
   * Commits a change: once this resolves it is durable and {@linkcode Catalog.state} knows it.
   * Changes are committed in the order of the calls.
   *
   * @param applied called in the same instant in which the state changes
   * @throws {HistoryError} `history/full`, `history/io`; nothing has changed then
   */
  append(record: CatalogRecord, applied: () => void = () => undefined): Promise<void> {
    const done = this.#writing.then(() => this.#append(record, applied));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #append(record: CatalogRecord, applied: () => void): Promise<void> {
    try {
      await this.#write(encoder.encode(encodeChecked(record)));
    } catch (error) {
      throw writeError(error);
    }
    this.#state.apply(record);
    applied();
    const grown = this.#length > this.#fresh * 2 + SLACK_BYTES;
    // A fresh catalog would not know any more which files are left to be removed.
    if (grown && this.#state.superfluous.size === 0) await this.#renew();
  }

  async #write(line: Uint8Array): Promise<void> {
    const file = await Deno.open(this.#path, { write: true });
    try {
      // Cuts what a write that failed may have left.
      await file.truncate(this.#length);
      await file.seek(this.#length, Deno.SeekMode.Start);
      for (let done = 0; done < line.length;) done += await file.write(line.subarray(done));
      await file.syncData();
      this.#length += line.length;
    } finally {
      file.close();
    }
  }

  /** Without space for a second copy the first one simply grows on. */
  async #renew(): Promise<void> {
    try {
      const bytes = encodeAll(this.#state);
      await replaceFile(this.#path, bytes);
      this.#length = bytes.length;
    } catch {
      await syncFolder(dirname(this.#path)).catch(() => undefined);
    }
    this.#fresh = this.#length;
  }
}

function encodeAll(state: CatalogState): Uint8Array {
  const lines = Array.from(state.snapshot(), (each) => encodeChecked(each));
  return encoder.encode(lines.join(""));
}
