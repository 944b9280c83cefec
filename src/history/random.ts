/**
 * Randomness as a dependency, so that tests decide what is drawn.
 *
 * @module
 */

/** A source of randomness. */
export interface Random {
  /** A fresh random UUID. */
  uuid(): string;
  /** Fills the array with random bytes fit for keys. */
  fill(bytes: Uint8Array<ArrayBuffer>): void;
  /** 0 <= fraction() < 1, for jitter. */
  fraction(): number;
}

/** The machine's randomness. */
export const systemRandom: Random = {
  uuid: () => crypto.randomUUID(),
  fill: (bytes) => {
    crypto.getRandomValues(bytes);
  },
  fraction: () => Math.random(),
};
