/**
 * The files that are to be fetched: several at a time from the bucket, one after the other into the
 * history, in the order of their times. One that cannot be had or used waits for its next attempt
 * and holds up no other; after the last attempt it is named and counted.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { getLogger } from "../../../log.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import { BucketError } from "../stores/errors.ts";
import type { VerifiedObject } from "../verification/contract.ts";
import type { FetchedFile, Hold, Intake, Taken, WantedFile } from "./intake.ts";
import { parseFileKey } from "./names.ts";

/** What a {@linkcode Fetching} works with. */
export interface FetchingOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  /** As `Math.random`, for jitter. */
  readonly random: () => number;
  /** Whether a file's room may still come into the history; others may have filled it meanwhile. */
  readonly mayTake: (key: string) => boolean;
  /** Whether the events of a file that is not there have come with another one. */
  readonly isSuperseded: (key: string) => boolean;
  /** Called when a file is not there. */
  readonly onMissing: () => void;
  /** Called when a file needs no further look; awaited. */
  readonly onSettled: (file: WantedFile, as: FileEnd) => Promise<void>;
}

/** How the fetching of a file ended. */
export type FileEnd =
  | { readonly how: "taken"; readonly stored: number; readonly faults: number }
  /** It is verified again when there is what it waits for. */
  | {
    readonly how: "held";
    readonly for: Hold;
    readonly doubts: VerifiedObject["doubts"];
    readonly stored: number;
    readonly faults: number;
  }
  /** Every attempt failed; `code` says how the last one did. */
  | { readonly how: "lost"; readonly code: string };

/** Fetched at a time. */
const LANES = 8;
/** Bytes that may be in memory because of that; one file always may. */
const AHEAD_BYTES = 48 * 1024 * 1024;
/** What a file of unknown size is taken for. */
const USUAL_BYTES = 1024 * 1024;
/** Files that may wait; a scan finds the others later. */
const MOST_WAITING = 20_000;
/** So many of them may be named by one writer, so that nobody keeps the others out. */
const MOST_OF_ONE = 2_000;
const ATTEMPTS = 8;
const PAUSES = { first: 2_000, most: 5 * 60_000 };
/** So many failures of the bucket in a row are not the files' fault. */
const FAILURES = 3;
/** Causes that no other file would be spared. */
const GENERAL: ReadonlySet<string> = new Set([
  "bucket/credentials",
  "bucket/missing",
  "bucket/closed",
]);

interface Waiting {
  wanted: WantedFile;
  readonly by: string;
  readonly start: number;
  readonly backOff: BackOff;
  attempts: number;
  /** Monotonic. */
  due: number;
  /** Hash of bytes that were doubted. */
  doubted?: string;
}

const log = getLogger(["sync"]);

/** See the module's description. */
export class Fetching {
  readonly #options: FetchingOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** How many of the files that wait somebody has named. */
  readonly #named = new Map<string, number>();
  #failures = 0;

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** How many files wait, for their first attempt or another one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a file waits. */
  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** When the next attempt is due, monotonic; undefined when nothing waits. */
  get due(): number | undefined {
    let due: number | undefined;
    for (const each of this.#waiting.values()) due = Math.min(due ?? each.due, each.due);
    return due;
  }

  /**
   * Adds a file unless it waits already. False when no more may wait.
   *
   * @param by who named it; nobody can name more than a share of what may wait
   */
  add(wanted: WantedFile, by: string): boolean {
    const known = this.#waiting.get(wanted.key);
    if (known !== undefined) {
      if (known.wanted.sha256 !== undefined) return true;
      // Now its writer has said what it should be; what failed before was before its time.
      if (known.wanted.told === "soon") {
        known.attempts = 0;
        known.due = this.#options.clock.monotonic();
      }
      known.wanted = wanted;
      return true;
    }
    const named = this.#named.get(by) ?? 0;
    if (this.#waiting.size >= MOST_WAITING || named >= MOST_OF_ONE) return false;
    this.#named.set(by, named + 1);
    const { clock, random } = this.#options;
    const backOff = new BackOff(random, PAUSES.first, PAUSES.most);
    const start = parseFileKey(wanted.key)?.start ?? 0;
    this.#waiting.set(wanted.key, {
      ...{ wanted, by, start, backOff, attempts: 0 },
      due: clock.monotonic(),
    });
    return true;
  }

  /** Tries everything that is due. @throws {BucketError} {@linkcode HistoryError} */
  async run(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.monotonic();
    const due = Array.from(this.#waiting.values()).filter((each) => each.due <= now)
      .sort((a, b) => a.start - b.start || (a.wanted.key < b.wanted.key ? -1 : 1));
    const ahead = new Ahead(due, (each) => this.#fetch(each, signal));
    try {
      for (const each of due) await this.#take(each, await ahead.next(), signal);
    } finally {
      await ahead.close();
    }
  }

  #drop(key: string): void {
    const by = this.#waiting.get(key)?.by;
    if (by === undefined) return;
    this.#waiting.delete(key);
    const left = (this.#named.get(by) ?? 1) - 1;
    if (left === 0) this.#named.delete(by);
    else this.#named.set(by, left);
  }

  async #fetch({ wanted }: Waiting, signal: AbortSignal): Promise<Fetched> {
    try {
      return await this.#options.intake.fetch(wanted, signal) ?? "missing";
    } catch (error) {
      return { error };
    }
  }

  async #take(each: Waiting, fetched: Fetched, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (fetched === "missing") return await this.#missing(each);
    if ("error" in fetched) return await this.#failed(each, fetched.error);
    this.#failures = 0;
    if (!this.#options.mayTake(each.wanted.key)) return await this.#lose(each, "sync/rooms");
    const taken = await this.#options.intake.take(fetched, each.doubted, signal);
    await this.#took(each, taken);
  }

  async #took(each: Waiting, taken: Taken): Promise<void> {
    if (taken.outcome === "doubtful") {
      each.doubted = taken.sha256;
      return await this.#again(each, taken.code);
    }
    const { held, doubts, stored, faults } = taken;
    this.#drop(each.wanted.key);
    const counts = { stored, faults };
    await this.#options.onSettled(
      each.wanted,
      held === undefined
        ? { how: "taken", ...counts }
        : { how: "held", for: held, doubts, ...counts },
    );
  }

  /** It may have become part of a larger file, which a listing shows. */
  async #missing(each: Waiting): Promise<void> {
    if (!this.#options.isSuperseded(each.wanted.key)) {
      this.#options.onMissing();
      return await this.#again(each, "missing");
    }
    this.#drop(each.wanted.key);
    await this.#options.onSettled(each.wanted, { how: "taken", stored: 0, faults: 0 });
  }

  async #failed(each: Waiting, error: unknown): Promise<void> {
    if (!(error instanceof BucketError) || GENERAL.has(error.code)) throw error;
    this.#failures++;
    await this.#again(each, error.code);
    if (this.#failures >= FAILURES) throw error;
  }

  async #again(each: Waiting, code: string): Promise<void> {
    each.attempts++;
    each.due = this.#options.clock.monotonic() + each.backOff.next();
    if (each.attempts < ATTEMPTS) return;
    await this.#lose(each, code);
  }

  async #lose({ wanted }: Waiting, code: string): Promise<void> {
    const { key } = wanted;
    this.#drop(key);
    log.error("{name} cannot be had from the bucket: {code}", { name: key, code });
    await this.#options.onSettled(wanted, { how: "lost", code });
  }
}

type Fetched = FetchedFile | "missing" | { readonly error: unknown };

/** Begins fetching before it is asked for, in order, within bounds. */
class Ahead {
  readonly #files: readonly Waiting[];
  readonly #fetch: (each: Waiting) => Promise<Fetched>;
  readonly #begun: { readonly size: number; readonly result: Promise<Fetched> }[] = [];
  #next = 0;
  #bytes = 0;

  constructor(files: readonly Waiting[], fetch: (each: Waiting) => Promise<Fetched>) {
    this.#files = files;
    this.#fetch = fetch;
  }

  async next(): Promise<Fetched> {
    this.#fill();
    const begun = this.#begun.shift();
    if (begun === undefined) throw new RangeError("nothing is left to fetch");
    const result = await begun.result;
    this.#bytes -= begun.size;
    this.#fill();
    return result;
  }

  /** Waits for what was begun and is not wanted any more. */
  async close(): Promise<void> {
    await Promise.all(this.#begun.map(({ result }) => result));
  }

  #fill(): void {
    for (let file = this.#files[this.#next]; file !== undefined; file = this.#files[this.#next]) {
      const { size = USUAL_BYTES } = file.wanted;
      const full = this.#begun.length >= LANES || this.#bytes + size > AHEAD_BYTES;
      if (full && this.#begun.length > 0) return;
      this.#begun.push({ size, result: this.#fetch(file) });
      this.#bytes += size;
      this.#next++;
    }
  }
}
