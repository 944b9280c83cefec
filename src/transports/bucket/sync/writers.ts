/**
 * The heads of the other writers: which there are, what each says is new, and what does not fit what
 * it said before.
 *
 * @module
 */
import { getLogger } from "../../../log.ts";
import type { Bucket } from "../stores/contract.ts";
import type { Claim } from "../trust/contract.ts";
import { SyncError } from "./errors.ts";
import { type Head, HEAD_BYTES, type HeadEntry, parseHead } from "./head.ts";
import { headKey } from "./names.ts";
import { Places, type Rank } from "./places.ts";
import { sha256 } from "./plan.ts";
import type { PullState, WriterProgress } from "./pull_state.ts";
import { readJudged } from "./reading.ts";

/** What a head has told. */
export interface HeadNews {
  readonly device: string;
  /** Objects that are not accounted for, as far as the head lists them. */
  readonly entries: readonly HeadEntry[];
  /** Whether more are missing than it lists: only a listing finds those. */
  readonly gap: boolean;
  /** What is known once the entries are accounted for, and the gap is. */
  readonly progress: WriterProgress;
}

/** What is wrong with a writer's head. */
export type HeadFault =
  /** It is not what the writer signed. */
  | "head/form"
  /** It is older than one that was seen. */
  | "head/replayed"
  /** Two heads have one version. */
  | "head/forked"
  /** It was there and is gone. */
  | "head/withheld";

const log = getLogger(["sync"]);

interface Followed {
  etag?: string;
  /** The version of our own head that the writer has taken in; undefined before its first head. */
  seen?: number;
  fault?: HeadFault;
}

/** What {@linkcode Writers} work with. */
export interface WritersOptions {
  readonly bucket: Bucket;
  readonly state: PullState;
  /** The device of this data folder, whose head is not news. */
  readonly device: string;
  /** What is known of a device. */
  readonly claimOf: (device: string) => Claim | undefined;
}

/** See the module's description. */
export class Writers {
  readonly #bucket: Bucket;
  readonly #state: PullState;
  readonly #own: string;
  readonly #followed = new Map<string, Followed>();
  readonly #places: Places;
  #turn = 0;

  constructor({ bucket, state, device, claimOf }: WritersOptions) {
    this.#bucket = bucket;
    this.#state = state;
    this.#own = device;
    this.#places = new Places(claimOf, () => this.#followed.keys());
    // Whoever has been followed stays so.
    for (const known of state.writers.keys()) if (known !== device) this.#followed.set(known, {});
  }

  /** Who is followed. */
  get devices(): readonly string[] {
    return [...this.#followed.keys()];
  }

  /** Writers whose heads have a fault now. */
  get faults(): readonly { readonly device: string; readonly fault: HeadFault }[] {
    return Array.from(this.#followed)
      .flatMap(([device, { fault }]) => fault === undefined ? [] : [{ device, fault }]);
  }

  /** The versions that were taken in. */
  get versions(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#state.writers, ([device, { version }]) => [device, version]));
  }

  /** Which version of our own head each writer has taken in; undefined where no head says so. */
  get readers(): readonly (number | undefined)[] {
    return Array.from(this.#followed.values(), ({ seen }) => seen);
  }

  /** Whether a writer is followed. */
  has(device: string): boolean {
    return this.#followed.has(device);
  }

  /** Follows a writer from now on, if it gets a place. True when it was not followed before. */
  follow(device: string): boolean {
    if (device === this.#own || this.#followed.has(device)) return false;
    if (!this.#places.admits(device)) return false;
    this.#followed.set(device, {});
    this.#places.noteChange();
    return true;
  }

  /**
   * Asks again whether a writer gets a place that has none by right yet: now it is known for whom
   * it speaks. False when it is not followed any more.
   */
  settle(device: string): boolean {
    const followed = this.#followed.get(device);
    if (followed === undefined || this.#state.writers.has(device)) return followed !== undefined;
    this.#drop(device);
    if (!this.#places.admits(device)) return false;
    this.#followed.set(device, followed);
    this.#places.noteChange();
    return true;
  }

  /** Something was learnt of devices. */
  noteLearnt(): void {
    this.#places.noteChange();
  }

  /** How near a writer is to us; see {@linkcode Places.rankOf}. */
  rankOf(device: string): Rank {
    return this.#places.rankOf(device);
  }

  #drop(device: string): void {
    this.#followed.delete(device);
    this.#places.noteChange();
  }

  /** The writer whose turn it is to be looked at. */
  nextInTurn(): string | undefined {
    const { devices } = this;
    return devices[this.#turn++ % Math.max(1, devices.length)];
  }

  /** Fetches a head if it has changed; what it tells. @throws {BucketError} */
  async look(device: string, signal: AbortSignal): Promise<HeadNews | undefined> {
    const followed = this.#followed.get(device);
    if (followed === undefined) return undefined;
    const options = { signal, unless: followed.etag };
    const parse = (bytes: Uint8Array) => parseOrNothing(bytes, device);
    const found = await readJudged(this.#bucket, headKey(device), HEAD_BYTES, options, parse);
    if (found === "unchanged") return undefined;
    if (found === undefined) {
      if (this.#state.writers.has(device)) return this.#blame(device, followed, "head/withheld");
      // Somebody hinted at what is not there.
      this.#drop(device);
      return undefined;
    }
    followed.etag = found.etag;
    if (found.value === undefined) return this.#blame(device, followed, "head/form");
    return this.#compare(followed, found.value, sha256(found.bytes));
  }

  /** What the last look told was not taken in: the next one tells it again. */
  lookAnew(device: string): void {
    delete this.#followed.get(device)?.etag;
  }

  #compare(followed: Followed, head: Head, hash: string): HeadNews | undefined {
    const { device, version, count, objects } = head;
    const known = this.#state.writers.get(device);
    if (known !== undefined && version < known.version) {
      return this.#blame(device, followed, "head/replayed");
    }
    if (known?.version === version && known.sha256 !== hash) {
      return this.#blame(device, followed, "head/forked");
    }
    // Not the head itself: a thousand of them would fill the memory.
    followed.seen = head.seen.get(this.#own) ?? 0;
    delete followed.fault;
    const through = known?.through ?? 0;
    const entries = objects.filter(({ number }) => number > through);
    const first = objects[0]?.number ?? count + 1;
    const progress = { version, sha256: hash, through: count };
    return { device, entries, gap: first > through + 1 && count > through, progress };
  }

  #blame(device: string, followed: Followed, fault: HeadFault): undefined {
    if (followed.fault !== fault) log.error("The head of {device}: {fault}", { device, fault });
    followed.fault = fault;
  }
}

function parseOrNothing(bytes: Uint8Array, device: string): Head | undefined {
  try {
    return parseHead(bytes, device);
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
