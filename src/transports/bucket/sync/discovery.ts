/**
 * Who is there, by listing: what is said about devices, and the heads. Whoever may write to the
 * bucket can fill both folders, so a start looks at a bounded part; the rest is looked at meanwhile,
 * a little with each pull, up to a bound. What is beyond it is learnt from heads and message files.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { getLogger } from "../../../log.ts";
import type { Bucket, ListOptions, ListPage } from "../stores/contract.ts";
import { DEVICES } from "../trust/contract.ts";
import { parseStatementKey, recordKey } from "../trust/statement.ts";
import { HEADS, parseHeadKey } from "./names.ts";
import type { Writers } from "./writers.ts";

/** What a {@linkcode Discovery} works with. */
export interface DiscoveryOptions {
  readonly bucket: Bucket;
  readonly writers: Writers;
  /** The device of this data folder. */
  readonly device: string;
  readonly clock: Clock;
  /** As `Math.random`: nobody comes first by the choice of his key. */
  readonly random: () => number;
  /** Whether what lies under a key below `devices/` was taken note of: it never changes. */
  readonly knows: (key: string) => boolean;
  /** Fetches an object below `devices/` and takes note of it. */
  readonly learn: (key: string, signal: AbortSignal) => Promise<void>;
}

/** Pages of `devices/` that are listed at most; no more is kept of devices. */
export const MOST_DEVICE_PAGES = 30;
/** Pages of `heads/`. */
const MOST_HEAD_PAGES = 10;
/** What a start fetches of `devices/`, and for how long, milliseconds. */
export const START = { objects: 2_000, ms: 30_000 };
/** What a pull fetches of it later. */
const LATER = { objects: 64, ms: 5_000 };

const log = getLogger(["sync"]);

/** See the module's description. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  /** Keys that were listed and not looked at yet, the next one last. */
  #listed: string[] = [];
  /** Where the next page begins; undefined: at the beginning, or nowhere when all is listed. */
  #next: Pick<ListOptions, "cursor" | "startAfter"> = {};
  #isListed = true;
  #pages = 0;
  #fetched = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Looks from the beginning, at as much as a start may cost. @throws {BucketError} */
  async begin(signal: AbortSignal): Promise<void> {
    this.#listed = [];
    this.#next = {};
    this.#pages = this.#fetched = 0;
    this.#isListed = false;
    const { clock } = this.#options;
    const since = clock.monotonic();
    await this.#walk(START, signal);
    if (!this.#isDone) {
      log.warn(
        "There is more in devices/ than a start looks at: {fetched} objects were fetched in {seconds} s, the rest follows",
        { fetched: this.#fetched, seconds: Math.round((clock.monotonic() - since) / 1000) },
      );
    }
    await this.#follow(signal);
  }

  /** Looks at a little of what a start has left. @throws {BucketError} */
  async goOn(signal: AbortSignal): Promise<void> {
    if (!this.#isDone) await this.#walk(LATER, signal);
  }

  get #isDone(): boolean {
    return this.#isListed && this.#listed.length === 0;
  }

  async #walk(bounds: typeof START, signal: AbortSignal): Promise<void> {
    const { clock, learn } = this.#options;
    const end = clock.monotonic() + bounds.ms;
    for (let left = bounds.objects; left > 0 && clock.monotonic() < end;) {
      const key = this.#listed.at(-1);
      if (key === undefined) {
        if (!await this.#list(signal)) return;
        continue;
      }
      await learn(key, signal);
      // Only now: a failure is tried again.
      this.#listed.pop();
      this.#fetched++;
      left--;
    }
  }

  /** Lists the next page; false when there is none, or no more is looked at. */
  async #list(signal: AbortSignal): Promise<boolean> {
    const { bucket, device, knows } = this.#options;
    if (this.#isListed) return false;
    if (this.#pages === MOST_DEVICE_PAGES) {
      this.#isListed = true;
      log.warn("devices/ holds more than {most} pages of a listing: what comes then is left out", {
        most: MOST_DEVICE_PAGES,
      });
      return false;
    }
    const page = await bucket.list({ prefix: DEVICES, signal, ...this.#next });
    const { objects } = page;
    this.#pages++;
    this.#isListed = page.next === undefined;
    this.#next = following(page);
    this.#listed = objects.map(({ key }) => key)
      .filter((key) => parseStatementKey(key) !== undefined && key !== recordKey(device))
      .filter((key) => !knows(key)).toReversed();
    return true;
  }

  /** Those that are nearest to us first, and among equals by chance. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { writers, random } = this.#options;
    const found: { readonly device: string; readonly lot: number }[] = [];
    for await (const device of this.#heads(signal)) found.push({ device, lot: random() });
    const rank = new Map(found.map(({ device }) => [device, writers.rankOf(device)]));
    found.sort((a, b) => {
      return (rank.get(a.device) ?? 0) - (rank.get(b.device) ?? 0) || a.lot - b.lot;
    });
    const left = found.filter(({ device }) => !writers.follow(device) && !writers.has(device));
    if (left.length === 0) return;
    log.warn("{count} heads are not followed: what their writers say is found by listing", {
      count: left.length,
    });
  }

  async *#heads(signal: AbortSignal): AsyncGenerator<string, void> {
    const { bucket, device: own } = this.#options;
    let from = {};
    for (let count = 0; count < MOST_HEAD_PAGES; count++) {
      const page = await bucket.list({ prefix: HEADS, signal, ...from });
      for (const { key } of page.objects) {
        const device = parseHeadKey(key);
        if (device !== undefined && device !== own) yield device;
      }
      if (page.next === undefined) return;
      from = following(page);
    }
    log.warn("heads/ holds more than {most} pages of a listing: what comes then is left out", {
      most: MOST_HEAD_PAGES,
    });
  }
}

/** The page after one: by its last key, which holds for longer than a store's cursor may. */
function following({ objects, next }: ListPage): Pick<ListOptions, "cursor" | "startAfter"> {
  const last = objects.at(-1);
  if (last !== undefined) return { startAfter: last.key };
  return next === undefined ? {} : { cursor: next };
}
