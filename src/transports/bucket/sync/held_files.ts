/**
 * Files of which something waits, to be verified again when there is what it waits for. Fetching
 * them again costs money, so it is done when that may let something in, and not before.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { HeldObject } from "../verification/contract.ts";
import { type Authority, isSettled } from "../verification/doubts.ts";
import type { Hold, WantedFile } from "./intake.ts";

/** What a {@linkcode HeldFiles} works with. */
export interface HeldFilesOptions {
  /** Asked again what was asked when a file was verified. */
  readonly authority: Authority;
  readonly clock: Clock;
}

/** Why a file waits. */
export interface Holding extends Pick<HeldObject, "doubts"> {
  readonly for: Hold;
}

interface HeldFile extends Holding {
  readonly wanted: WantedFile;
}

/** What lies there with other bytes is looked at again this often, milliseconds. */
const REPAIR_EVERY = 24 * 60 * 60 * 1000;
/** What waits for its time to come is verified again this often. */
const HELD_EVERY = 10 * 60 * 1000;
/** Files that are remembered; further ones are found by the next look at everything. */
const MOST_HELD = 10_000;

/** See the module's description. */
export class HeldFiles {
  readonly #options: HeldFilesOptions;
  readonly #files = new Map<string, HeldFile>();
  /** Of an earlier run, when it is not known what they wait for. */
  readonly #unclear = new Set<string>();
  #learnt: boolean;
  /** Files taken in since the last look. */
  #took = 0;
  #lookedAt: number;
  #repairedAt: number;

  /** @param earlier files that are held from an earlier run */
  constructor(earlier: readonly HeldObject[], options: HeldFilesOptions) {
    this.#options = options;
    for (const { key, doubts, spoilt } of earlier) {
      const hold = spoilt === undefined ? "knowledge" : "repair";
      this.#files.set(key, { wanted: wantedAgain(key, spoilt), for: hold, doubts });
      if (doubts === "any" || doubts.length === 0) this.#unclear.add(key);
    }
    this.#learnt = earlier.length > 0;
    this.#lookedAt = this.#repairedAt = options.clock.monotonic();
  }

  /** Files that wait for something to be learnt, for others, or for their time. */
  get size(): number {
    return this.#files.size - this.spoilt;
  }

  /** Files that lie there with other bytes than their writers have signed for. */
  get spoilt(): number {
    return Array.from(this.#files.values()).filter((each) => each.for === "repair").length;
  }

  /** Whether something was learnt of devices since the last look. */
  get learnt(): boolean {
    return this.#learnt;
  }

  has(key: string): boolean {
    return this.#files.has(key);
  }

  hold(wanted: WantedFile, { for: hold, doubts }: Holding): void {
    if (this.#files.size >= MOST_HELD && !this.#files.has(wanted.key)) return;
    this.#files.set(wanted.key, { wanted, for: hold, doubts });
  }

  /** Something was learnt of devices. */
  noteLearnt(): void {
    this.#learnt = true;
  }

  /** A file was taken in. */
  noteTaken(): void {
    this.#took++;
  }

  /**
   * Hands out what may be verified again now.
   *
   * @param take false when it cannot be taken now; it stays held then
   */
  release(take: (wanted: WantedFile) => boolean): void {
    const now = this.#options.clock.monotonic();
    const learnt = this.#learnt;
    this.#learnt = false;
    const isTime = now - this.#lookedAt >= HELD_EVERY;
    if (isTime) this.#lookedAt = now;
    const isRepairTime = now - this.#repairedAt >= REPAIR_EVERY;
    if (isRepairTime) this.#repairedAt = now;
    for (const [key, held] of this.#files) {
      const isDue = (learnt && this.#mayBeLetIn(key, held)) || (held.for === "time" && isTime) ||
        (held.for === "files" && this.#took > 0) || (held.for === "repair" && isRepairTime);
      if (!isDue || !take(held.wanted)) continue;
      this.#files.delete(key);
      this.#unclear.delete(key);
    }
    this.#took = 0;
  }

  #mayBeLetIn(key: string, { doubts }: HeldFile): boolean {
    if (doubts === "any" || this.#unclear.has(key)) return true;
    return doubts.some((doubt) => isSettled(doubt, this.#options.authority));
  }
}

/** A file of an earlier run, with what was announced of it where it was found to be another one. */
function wantedAgain(key: string, announced: HeldObject["spoilt"]): WantedFile {
  if (announced === undefined) return { key };
  const { version: number, ...rest } = announced;
  return { key, ...rest, ...(number === undefined ? {} : { number }) };
}
