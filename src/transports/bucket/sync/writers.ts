/**
 * The heads of the other writers: which there are, what each says is new, and what does not fit what
 * it said before.
 *
 * @module
 */
import { getLogger } from "../../../log.ts";
import type { Bucket } from "../stores/contract.ts";
import type { Claim } from "../trust/contract.ts";
import type { Head, HeadEntry } from "./head.ts";
import { HeadReader } from "./head_reader.ts";
import { parseFileKey } from "./names.ts";
import { Places, type Rank } from "./places.ts";
import { sha256 } from "./plan.ts";
import type { PullState, WriterProgress } from "./pull_state.ts";

/** What a head has told. */
export interface HeadNews {
  readonly device: string;
  /** Objects that are not accounted for, as far as the head lists them. */
  readonly entries: readonly HeadEntry[];
  /** Whether more are missing than it lists: only a listing finds those. */
  readonly gap: boolean;
  /** Its latest events, which are in no file yet; see {@linkcode Head.tail}. */
  readonly tail: readonly string[];
  /** How many objects the writer has stored. */
  readonly count: number;
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

/** A writer who is busy is looked at in each poll until so many have found nothing new. */
const FOLLOWED_POLLS = 24;
/** Busy writers that are looked at in one poll; more take turns. */
const MOST_BUSY = 16;
/** Listings because of one head that has announced a file. */
const MOST_LISTINGS = 3;

const log = getLogger(["sync"]);

interface Followed {
  readonly head: HeadReader;
  /** Looks that may still find nothing before the writer is no longer taken for busy. */
  busy?: number;
  /** What the writer's head has announced. */
  closing?: { readonly key: string; listings: number };
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
  #busyTurn = 0;

  constructor({ bucket, state, device, claimOf }: WritersOptions) {
    this.#bucket = bucket;
    this.#state = state;
    this.#own = device;
    this.#places = new Places(claimOf, () => this.#followed.keys());
    // Whoever has been followed stays so.
    for (const known of state.writers.keys()) {
      if (known !== device) this.#followed.set(known, this.#newcomer(known));
    }
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
    this.#followed.set(device, this.#newcomer(device));
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

  #newcomer(device: string): Followed {
    return { head: new HeadReader(this.#bucket, device) };
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

  /** Believed writers who are busy and will not say so in the beacon, some of them in turn. */
  busyInTurn(): readonly string[] {
    const busy = Array.from(this.#followed).flatMap(([device, each]) =>
      (each.busy ?? 0) > 0 && this.rankOf(device) < 2 ? [device] : []
    );
    if (busy.length <= MOST_BUSY) return busy;
    const from = this.#busyTurn % busy.length;
    this.#busyTurn = from + MOST_BUSY;
    return [...busy.slice(from), ...busy.slice(0, from)].slice(0, MOST_BUSY);
  }

  /**
   * The key of a file that a writer's head has announced, if it is worth a listing once more: the
   * head has not changed, so there may be a file with this beginning and another end.
   */
  announcedFile(device: string): string | undefined {
    const closing = this.#followed.get(device)?.closing;
    if (closing === undefined || closing.listings >= MOST_LISTINGS) return undefined;
    // Whoever is not believed tells nothing that is worth a request.
    if (this.rankOf(device) === 2) return undefined;
    closing.listings++;
    return closing.key;
  }

  /** Fetches a head if it has changed; what it tells. @throws {BucketError} */
  async look(device: string, signal: AbortSignal): Promise<HeadNews | undefined> {
    const followed = this.#followed.get(device);
    if (followed === undefined) return undefined;
    const found = await followed.head.read(signal);
    followed.busy = Math.max(0, (followed.busy ?? 0) - 1);
    if (followed.busy === 0) followed.head.release();
    if (found === "unchanged") return undefined;
    if (found === undefined) {
      if (this.#state.writers.has(device)) return this.#blame(device, followed, "head/withheld");
      // Somebody hinted at what is not there.
      this.#drop(device);
      return undefined;
    }
    if (found.value === undefined) return this.#blame(device, followed, "head/form");
    return this.#compare(followed, found.value, sha256(found.bytes));
  }

  /** What the last look told was not taken in: the next one tells it again. */
  lookAnew(device: string): void {
    this.#followed.get(device)?.head.forget();
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
    this.#expect(followed, head);
    const through = known?.through ?? 0;
    const entries = objects.filter(({ number }) => number > through);
    const first = objects[0]?.number ?? count + 1;
    const progress = { version, sha256: hash, through: count };
    const gap = first > through + 1 && count > through;
    return { device, entries, gap, tail: head.tail, count, progress };
  }

  /** What a head says of the next ones. */
  #expect(followed: Followed, { device, tail, closing }: Head): void {
    followed.busy = tail.length > 0 ? FOLLOWED_POLLS : 0;
    delete followed.closing;
    // A head speaks for its writer's own files.
    if (closing === undefined || parseFileKey(closing)?.writer !== device) return;
    followed.closing = { key: closing, listings: 0 };
  }

  #blame(device: string, followed: Followed, fault: HeadFault): undefined {
    if (followed.fault !== fault) log.error("The head of {device}: {fault}", { device, fault });
    followed.fault = fault;
  }
}
