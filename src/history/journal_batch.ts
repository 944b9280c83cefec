/**
 * The lines that will share one commit, encoded where they will be written from.
 *
 * @module
 */
import { encodeLine, maxLineBytes } from "./journal_line.ts";

/** Many histories may be open at once, most of them at rest; a busy one grows soon. */
const SMALLEST = 4 * 1024;
/** A buffer that grew beyond this in a burst is given back afterwards. */
const KEPT = 4 * 1024 * 1024;

/** A growing buffer of lines and the ticket of each. `T` is whatever the caller waits with. */
export class Batch<T> {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(SMALLEST);
  #length = 0;
  #tickets: T[] = [];
  #starts: number[] = [];

  /** Bytes gathered. */
  get length(): number {
    return this.#length;
  }

  /** In the order of {@linkcode Batch.add}. */
  get tickets(): readonly T[] {
    return this.#tickets;
  }

  /** Where each ticket's line begins. */
  get starts(): readonly number[] {
    return this.#starts;
  }

  /** The gathered lines; valid until {@linkcode Batch.clear}. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a line; see {@linkcode encodeLine}. */
  add(offset: number, json: string, writer: string | undefined, ticket: T): void {
    this.#reserve(maxLineBytes(json, writer));
    this.#starts.push(this.#length);
    this.#length = encodeLine(this.#bytes, this.#length, offset, json, writer);
    this.#tickets.push(ticket);
  }

  /** Empties the batch for reuse. The tickets handed out before stay as they were. */
  clear(): void {
    this.#length = 0;
    this.#tickets = [];
    this.#starts = [];
    if (this.#bytes.length > KEPT) this.#bytes = new Uint8Array(SMALLEST);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
