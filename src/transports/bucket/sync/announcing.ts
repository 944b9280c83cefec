/**
 * Tells whoever waits that our head is new: the beacon, where it pays for itself, and listeners.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Beacon } from "./beacon.ts";
import type { Flushed } from "./push.ts";
import type { PushState } from "./push_state.ts";

/** What an {@linkcode Announcing} works with. */
export interface AnnouncingOptions {
  readonly beacon: Beacon | undefined;
  readonly state: PushState;
  readonly clock: Clock;
  /** Milliseconds between two flushes. */
  readonly interval: number;
  /** How many other writers there are; undefined when nobody looks. */
  readonly others: () => number | undefined;
}

/** Other writers from which on the beacon pays for itself. */
const BEACON_WRITERS = 2;
/** A head that comes within so many intervals after one with a tail is looked for by watchers. */
const FOLLOWED = 4;

/** See the module's description. */
export class Announcing {
  readonly #options: AnnouncingOptions;
  readonly #listeners = new Set<(version: number) => void>();
  /** Monotonic: until then watchers look at our head in each of their polls. */
  #followedUntil = -Infinity;

  constructor(options: AnnouncingOptions) {
    this.#options = options;
  }

  /** Calls `listener` with the version of each head that was published; the result ends that. */
  onPublished(listener: (version: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells what a flush has done. @throws {BucketError} */
  async announce(flushed: Flushed, signal: AbortSignal): Promise<void> {
    const { state } = this.#options;
    if (flushed.told === "nothing") return;
    try {
      if (flushed.told === "head") await this.#light(flushed.version, signal);
    } finally {
      // Whoever looks now may need the beacon to know where.
      for (const listener of this.#listeners) listener(state.head.version);
    }
  }

  /** Lets the beacon say so, unless watchers look at our head anyway. */
  async #light(version: number, signal: AbortSignal): Promise<void> {
    const { beacon, state, clock, interval, others } = this.#options;
    const now = clock.monotonic();
    const isFollowed = now < this.#followedUntil;
    this.#followedUntil = -Infinity;
    // The first head tells those who know no writer at all.
    const isWorthIt = version <= 1 ||
      (!isFollowed && (others() ?? BEACON_WRITERS) >= BEACON_WRITERS);
    if (isWorthIt && await beacon?.announce(state.device, version, signal) === false) return;
    if (state.head.open !== undefined) this.#followedUntil = now + FOLLOWED * interval;
  }
}
