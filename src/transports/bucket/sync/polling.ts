/**
 * Finds out in the cheapest way whether anything is new: one request, or two now and then, and one
 * for each writer who is busy.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Beacon } from "./beacon.ts";
import type { PullState } from "./pull_state.ts";
import type { Writers } from "./writers.ts";

/** What a {@linkcode Polling} works with. */
export interface PollingOptions {
  readonly writers: Writers;
  readonly state: PullState;
  /** The device of this data folder. */
  readonly device: string;
  /** Undefined where the bucket cannot have one. */
  readonly beacon: Beacon | undefined;
  readonly clock: Clock;
  /** Looks at a writer's head. */
  readonly look: (device: string, signal: AbortSignal) => Promise<void>;
}

/** Every so many polls the less likely place is looked at, too. */
const SECOND_LOOK = 12;
const MOST_HINTS = 64;
/** Hints put off the look that needs none for no longer than this, milliseconds. */
const HINTED_FOR = 30_000;
const DEVICE = /^[a-z2-7]{16}$/;

/** See the module's description. */
export class Polling {
  readonly #options: PollingOptions;
  /** The last word of the beacon on each head that was followed. */
  readonly #hinted = new Map<string, number>();
  readonly #hints = new Set<string>();
  #polls = 0;
  #polledAt = 0;

  constructor(options: PollingOptions) {
    this.#options = options;
  }

  /** Looks at a head first of all, the next time. Who says so need not be believed. */
  hint(device: string): void {
    if (this.#hints.size < MOST_HINTS && DEVICE.test(device)) this.#hints.add(device);
  }

  /** Looks where news are most likely. @throws {BucketError} */
  async poll(signal: AbortSignal): Promise<void> {
    const { beacon, writers, look } = this.#options;
    const now = this.#options.clock.monotonic();
    if (this.#hints.size > 0) {
      await this.#followHints(signal);
      if (now - this.#polledAt < HINTED_FOR) return;
    }
    this.#polledAt = now;
    const second = this.#polls++ % SECOND_LOOK === 0;
    // With one other writer its own head tells as much as the beacon, and needs no one's help.
    const isLit = beacon !== undefined && writers.devices.length > 1 && beacon.versions.size > 1;
    if (beacon !== undefined && (isLit || second)) await this.#pollBeacon(beacon, signal);
    const device = !isLit || second ? writers.nextInTurn() : undefined;
    if (device !== undefined) await look(device, signal);
    for (const busy of writers.busyInTurn()) {
      if (busy !== device) await look(busy, signal);
    }
  }

  /** What somebody said is new. */
  async #followHints(signal: AbortSignal): Promise<void> {
    const { writers, look } = this.#options;
    const hints = [...this.#hints];
    this.#hints.clear();
    for (const device of hints) {
      writers.follow(device);
      await look(device, signal);
    }
  }

  async #pollBeacon(beacon: Beacon, signal: AbortSignal): Promise<void> {
    const { writers, state, look, device: own } = this.#options;
    await beacon.poll(signal);
    for (const [device, version] of beacon.versions) {
      writers.follow(device);
      if (device === own || version === this.#hinted.get(device)) continue;
      const known = state.writers.get(device)?.version ?? 0;
      if (version > known) await look(device, signal);
      // One word of the beacon is worth one look, whether or not it was true.
      this.#hinted.set(device, version);
    }
  }
}
