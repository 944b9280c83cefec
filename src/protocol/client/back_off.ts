/**
 * Full-jitter back-off: each wait is random between nothing and a bound that doubles with every
 * failure, so that a thousand clients of a restarted server do not come back at once.
 */
export class BackOff {
  readonly #random: () => number;
  readonly #firstMs: number;
  readonly #mostMs: number;
  #failures = 0;

  /**
   * @param random as `Math.random`
   * @param firstMs the bound after the first failure
   * @param mostMs the bound in the end
   */
  constructor(random: () => number, firstMs: number, mostMs: number) {
    this.#random = random;
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** How long to wait after another failure, milliseconds. */
  next(): number {
    const bound = Math.min(this.#mostMs, this.#firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return Math.floor(this.#random() * bound);
  }

  /** It worked. */
  reset(): void {
    this.#failures = 0;
  }
}
