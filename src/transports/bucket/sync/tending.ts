/**
 * What a sync does rarely beside pushing: saying what was taken in, merging small files.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { getLogger } from "../../../log.ts";
import type { Compacted } from "./compaction.ts";
import type { PushStore } from "./push_store.ts";

/** What a {@linkcode Tending} works with. */
export interface TendingOptions {
  readonly clock: Clock;
  readonly store: PushStore;
  /** Whether small files are merged once a day. */
  readonly compaction: "daily" | "off";
  readonly acknowledge: (signal: AbortSignal) => Promise<void>;
  readonly compact: (signal: AbortSignal) => Promise<Compacted | undefined>;
}

/** How often what was taken in is said without anything else to say, milliseconds. */
const TEND_EVERY = 60 * 60 * 1000;
const COMPACT_EVERY = 24 * 60 * 60 * 1000;

const log = getLogger(["sync"]);

/** See the module's description. */
export class Tending {
  readonly #options: TendingOptions;
  #tendedAt: number;
  #compactedAt: number | undefined;

  constructor(options: TendingOptions) {
    this.#options = options;
    this.#tendedAt = options.clock.monotonic();
  }

  /** Does what is due. @throws {BucketError} */
  async tend(signal: AbortSignal): Promise<void> {
    const { clock, store, compaction, acknowledge, compact } = this.#options;
    const now = clock.monotonic();
    const passed = now - this.#tendedAt;
    if (passed < TEND_EVERY) return;
    this.#tendedAt = now;
    await store.log.append([{ type: "observed", ms: Math.round(passed) }], "written");
    await acknowledge(signal);
    if (compaction === "off" || now - (this.#compactedAt ?? -Infinity) < COMPACT_EVERY) return;
    this.#compactedAt = now;
    const done = await compact(signal);
    if (done !== undefined && done.made + done.removed > 0) {
      log.info("Compacted the bucket: {made} files made, {removed} removed", { ...done });
    }
  }
}
