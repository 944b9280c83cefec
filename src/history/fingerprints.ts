/**
 * A compact multimap from pairs of texts to numbers: 12 bytes a slot, no text kept. It answers with
 * every number that was added for the pair, and hardly ever (once in 10^14) with one of another.
 *
 * @module
 */

/** What is kept of a pair of texts: 64 bits of hash. */
export interface Fingerprint {
  /** 32 bits, not 0. */
  readonly high: number;
  /** 32 bits. */
  readonly low: number;
}

const SMALLEST = 64;
/** Share of the slots that may be taken. */
const LOAD = 0.7;
const WORDS = 3;
const NOTHING: readonly number[] = [];

/**
 * The fingerprint of two texts: two running products with different factors, mixed at the end.
 *
 * @param seed 32 random bits, so that nobody can choose texts that fall together
 */
export function fingerprint(seed: number, text: string, other: string): Fingerprint {
  let high = seed | 0;
  let low = ~seed ^ text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  for (let at = 0; at < other.length; at++) {
    const unit = other.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  return { high: mix(high ^ (low >>> 16)) || 1, low: mix(low ^ (high >>> 16)) };
}

/** Spreads a hash over all its bits. */
function mix(state: number): number {
  let hash = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** See the module's description. Numbers are 0 to 2^31 - 1. */
export class Fingerprints {
  /** Three words a slot: the fingerprint, whose first word is 0 in a free slot, and the number. */
  #slots = new Int32Array(SMALLEST * WORDS);
  #mask = SMALLEST - 1;
  #count = 0;

  /** Bytes of memory held. */
  get size(): number {
    return this.#slots.byteLength;
  }

  add({ high, low }: Fingerprint, number: number): void {
    if (this.#count > this.#mask * LOAD) this.#grow();
    this.#put(high, low, number);
    this.#count++;
  }

  /** The numbers added for a pair, in no order. */
  get({ high, low }: Fingerprint): readonly number[] {
    let found: readonly number[] = NOTHING;
    const slots = this.#slots;
    for (let slot = high & this.#mask;; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      if (slots[at] === 0) return found;
      if (slots[at] === high && slots[at + 1] === low) found = [...found, slots[at + 2] ?? 0];
    }
  }

  #put(high: number, low: number, number: number): void {
    const slots = this.#slots;
    let slot = high & this.#mask;
    while (slots[slot * WORDS] !== 0) slot = (slot + 1) & this.#mask;
    slots[slot * WORDS] = high;
    slots[slot * WORDS + 1] = low;
    slots[slot * WORDS + 2] = number;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let at = 0; at < old.length; at += WORDS) {
      const high = old[at] ?? 0;
      if (high !== 0) this.#put(high, old[at + 1] ?? 0, old[at + 2] ?? 0);
    }
  }
}
