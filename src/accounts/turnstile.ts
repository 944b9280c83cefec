/**
 * Lets a few pieces of heavy work run at once and a bounded number wait for their turn.
 *
 * @module
 */

/** See the module's description. First come, first served. */
export class Turnstile {
  readonly #running: number;
  readonly #waiting: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  /** @param limits how many run at once (at least 1) and how many may wait beside them */
  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#running = limits.running;
    this.#waiting = limits.waiting;
  }

  /** True when {@linkcode run} would refuse. */
  get full(): boolean {
    return this.#inside >= this.#running && this.#line.length >= this.#waiting;
  }

  /** Pieces of work that run or wait. */
  get load(): number {
    return this.#inside + this.#line.length;
  }

  /**
   * Runs `work` when its turn comes; undefined, at once and without running it, when the line is
   * full.
   */
  run<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.full) return undefined;
    return this.#enter().then(work).finally(() => this.#leave());
  }

  #enter(): Promise<void> {
    if (this.#inside < this.#running) {
      this.#inside++;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#line.push(resolve));
  }

  /** Hands the place to the first in line: `#inside` stays as it is then. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#inside--;
    else next();
  }
}
