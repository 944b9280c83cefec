/**
 * Waits for a pause of the traffic: work that nobody waits for is done when nobody needs the
 * processor.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import type { JournalSet } from "./journal_set.ts";

/** How often it is looked, milliseconds. */
const LOOK_MS = 500;
/** Less than this between two looks is no traffic. */
const QUIET_BYTES = 64 * 1024;
/** How long is waited, and for how many closed journal files, at most: search lags behind by them. */
const MOST = { ms: 30_000, files: 16 };

/** See the module's description. */
export class Lull {
  readonly #clock: Clock;
  readonly #journals: JournalSet;
  #timer: Timer | undefined;

  constructor(clock: Clock, journals: JournalSet) {
    this.#clock = clock;
    this.#journals = journals;
  }

  /** Calls `action` in the next pause, or when it has waited long enough; one wait at a time. */
  wait(action: () => void): void {
    if (this.#timer === undefined) this.#look(action, this.#clock.monotonic());
  }

  /** Forgets what waits. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(action: () => void, since: number): void {
    const before = this.#journals.files.at(-1);
    const length = before?.length ?? 0;
    this.#timer = this.#clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      const { files } = this.#journals;
      const isQuiet = files.at(-1) === before && (before?.length ?? 0) - length < QUIET_BYTES;
      const isLate = this.#clock.monotonic() - since >= MOST.ms || files.length > MOST.files;
      if (isQuiet || isLate) action();
      else this.#look(action, since);
    });
  }
}
