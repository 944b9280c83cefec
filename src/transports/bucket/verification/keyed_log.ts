/**
 * Values by key that are kept in a file: what changed is appended as checksummed lines, the last
 * line of a key holds; now and then the file is written anew without its past. For what can be made
 * again when it is lost: a line that is damaged or cut off is left out.
 *
 * @module
 */
import { dirname } from "node:path";
import { makePrivateFolder, replaceFile } from "../../../files.ts";
import { decodeChecked, encodeChecked } from "../../../checked_json.ts";

/** Superfluous lines that are let in before the file is written anew. */
const SLACK = 1_000;
const encoder = new TextEncoder();

/** See the module's description. */
export class KeyedLog<V> {
  readonly #path: string;
  readonly #values: Map<string, V>;
  readonly #changed = new Set<string>();
  #lines: number;
  #damaged: boolean;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, values: Map<string, V>, lines: number, damaged: boolean) {
    this.#path = path;
    this.#values = values;
    this.#lines = lines;
    this.#damaged = damaged;
  }

  /** Opens a file for writing; a missing one is empty. Rejects with what the disk threw. */
  static async open<V>(path: string): Promise<KeyedLog<V>> {
    await makePrivateFolder(dirname(path));
    const { values, lines, damaged } = await readLog<V>(path);
    return new KeyedLog(path, values, lines, damaged);
  }

  /** What a file holds that another process writes, perhaps right now. */
  static async read<V>(path: string): Promise<ReadonlyMap<string, V>> {
    return (await readLog<V>(path)).values;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Oldest change first. */
  entries(): Iterable<[string, V]> {
    return this.#values.entries();
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    this.#changed.add(key);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#changed.add(key);
  }

  /** Makes every change so far durable. Rejects with what the disk threw; nothing is forgotten. */
  save(): Promise<void> {
    const saved = this.#saving.then(() => this.#save());
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #save(): Promise<void> {
    if (this.#changed.size === 0) return;
    const keys = Array.from(this.#changed);
    const lines = this.#lines + keys.length;
    if (this.#damaged || lines > 2 * this.#values.size + SLACK) return await this.#renew();
    this.#changed.clear();
    try {
      await this.#append(keys);
      this.#lines = lines;
    } catch (error) {
      keys.forEach((key) => this.#changed.add(key));
      // Part of a line may be there: nothing may be appended to it.
      this.#damaged = true;
      throw error;
    }
  }

  async #append(keys: readonly string[]): Promise<void> {
    const text = keys.map((key) => encodeChecked([key, this.#values.get(key) ?? null])).join("");
    const options = { append: true, create: true, mode: 0o600 };
    using file = await Deno.open(this.#path, options);
    const bytes = encoder.encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.syncData();
  }

  async #renew(): Promise<void> {
    const changed = Array.from(this.#changed);
    this.#changed.clear();
    const entries = Array.from(this.#values);
    try {
      const text = entries.map((entry) => encodeChecked(entry)).join("");
      await replaceFile(this.#path, encoder.encode(text));
      this.#lines = entries.length;
      this.#damaged = false;
    } catch (error) {
      changed.forEach((key) => this.#changed.add(key));
      throw error;
    }
  }
}

/** The values are trusted: lines are checksummed. */
async function readLog<V>(path: string) {
  const values = new Map<string, V>();
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const lines = text.split("\n");
  let damaged = lines.pop() !== "";
  for (const line of lines) {
    const entry = decodeChecked(line) as readonly [string, V | null] | undefined;
    if (entry === undefined) {
      damaged = true;
      continue;
    }
    const [key, value] = entry;
    // The order is that of the last change.
    values.delete(key);
    if (value !== null) values.set(key, value);
  }
  return { values, lines: lines.length, damaged };
}
