import { Buffer } from "node:buffer";

/** The scratch buffer is kept up to this size; longer batches get one of their own. */
const KEPT = 1024 * 1024;

/** Where an encoder writes before it knows how long the result is. */
export class Scratch {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);

  /** At least so many bytes, to be written and copied out before the next call. */
  room(bytes: number): Buffer {
    if (bytes <= this.#buffer.length) return this.#buffer;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2));
    if (larger.length <= KEPT) this.#buffer = larger;
    return larger;
  }
}
