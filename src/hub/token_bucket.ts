/**
 * A token bucket: `burst` requests at once, `perSecond` in the long run. Holds two numbers, so
 * every session can afford one; the rates and the time are passed in.
 */
export class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, now: number) {
    this.#tokens = burst;
    this.#at = now;
  }

  /**
   * Takes one token. Returns 0 when there was one, else the milliseconds until there will be.
   *
   * @param now monotonic milliseconds
   * @param perSecond above 0; `Infinity` never refuses
   */
  take(now: number, burst: number, perSecond: number): number {
    if (perSecond === Infinity) return 0;
    const refilled = this.#tokens + (now - this.#at) * perSecond / 1000;
    this.#at = now;
    this.#tokens = Math.min(burst, refilled);
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * 1000 / perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
