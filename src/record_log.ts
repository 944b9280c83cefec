/**
 * A small state that survives crashes: one checksummed line a change, written anew without its past
 * now and then. A line is there wholly or not at all.
 *
 * @module
 */
import { dirname } from "node:path";
import { makePrivateFolder, replaceFile } from "./files.ts";
import { decodeChecked, encodeChecked } from "./checked_json.ts";

/** Lines beyond those of a fresh file that are let in before it is written anew. */
const SLACK_BYTES = 256 * 1024;
const encoder = new TextEncoder();

/** What a {@linkcode RecordLog} keeps the state of. */
export interface Recorded<R> {
  /** Takes over one record. */
  apply(record: R): void;
  /** The records that lead to the present state from nothing. */
  snapshot(): Iterable<R>;
}

/** See the module's description. */
export class RecordLog<R> {
  readonly #path: string;
  readonly #state: Recorded<R>;
  #length: number;
  #fresh: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, state: Recorded<R>, length: number) {
    this.#path = path;
    this.#state = state;
    this.#length = this.#fresh = length;
  }

  /**
   * Applies what a file holds to a state, as far as it is sound; the rest is cut off. Without a file
   * the state stays as it is.
   *
   * @returns the log, and whether lines were lost other than a last one that a crash cut off
   */
  static async open<R>(
    path: string,
    state: Recorded<R>,
  ): Promise<{ readonly log: RecordLog<R>; readonly damaged: boolean }> {
    await makePrivateFolder(dirname(path));
    const { sound, damaged } = await RecordLog.read(path, state);
    return { log: new RecordLog(path, state, sound), damaged };
  }

  /** As {@linkcode RecordLog.open}, for somebody who only looks: `sound` is in bytes. */
  static async read<R>(
    path: string,
    state: Pick<Recorded<R>, "apply">,
  ): Promise<{ readonly sound: number; readonly damaged: boolean }> {
    const bytes = await Deno.readFile(path).catch(unlessMissing);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
    let sound = 0;
    for (const line of lines) {
      const record = decodeChecked(line) as R | undefined;
      if (record === undefined) return { sound, damaged: true };
      state.apply(record);
      sound += encoder.encode(line).length + 1;
    }
    return { sound, damaged: false };
  }

  /**
   * Writes records and then applies them.
   *
   * @param durability `synced`: on disk when it resolves; `written`: a crash of the machine may lose
   *   them
   * @throws what the disk throws; nothing has changed then
   */
  append(records: readonly R[], durability: "synced" | "written"): Promise<void> {
    const done = this.#writing.then(() => this.#append(records, durability));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  /** Writes the state as it is in place of everything before. @throws what the disk throws */
  renew(): Promise<void> {
    const done = this.#writing.then(() => this.#renew());
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #append(records: readonly R[], durability: "synced" | "written"): Promise<void> {
    if (records.length === 0) return;
    const bytes = encoder.encode(records.map((each) => encodeChecked(each)).join(""));
    {
      using file = await Deno.open(this.#path, { write: true, create: true, mode: 0o600 });
      // Cuts what a write that failed may have left.
      await file.truncate(this.#length);
      await file.seek(this.#length, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      if (durability === "synced") await file.syncData();
    }
    this.#length += bytes.length;
    for (const record of records) this.#state.apply(record);
    if (this.#length <= this.#fresh * 2 + SLACK_BYTES) return;
    // Without space for a second copy the first one simply grows on.
    await this.#renew().catch(() => this.#fresh = this.#length);
  }

  async #renew(): Promise<void> {
    const lines = Array.from(this.#state.snapshot(), (each) => encodeChecked(each));
    const bytes = encoder.encode(lines.join(""));
    await replaceFile(this.#path, bytes);
    this.#length = this.#fresh = bytes.length;
  }
}

function unlessMissing(error: unknown): Uint8Array {
  if (error instanceof Deno.errors.NotFound) return new Uint8Array();
  throw error;
}
