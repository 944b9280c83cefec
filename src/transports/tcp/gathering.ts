/** Shared by all that hold nothing: there is one for each connection, and most are silent. */
const NOTHING = new Uint8Array(0);

/**
 * Bytes that come in pieces. Takes as much memory as has come, not as much as was announced, and
 * does not mind coming byte by byte.
 */
export class Gathering {
  #bytes: Uint8Array = NOTHING;
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 64));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** Everything so far, which is the caller's; begins anew. */
  take(): Uint8Array {
    const all = this.#bytes.subarray(0, this.#length);
    this.#bytes = NOTHING;
    this.#length = 0;
    return all;
  }
}
