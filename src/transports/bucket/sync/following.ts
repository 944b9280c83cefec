/**
 * Takes in what the heads of others tell: the files that are news are to be fetched, and once
 * everything that a head tells of is accounted for, so is the head.
 *
 * @module
 */
import type { Bucket } from "../stores/contract.ts";
import { DEVICES } from "../trust/contract.ts";
import { recordKey } from "../trust/statement.ts";
import type { Fetching } from "./fetching.ts";
import { listSome } from "./listing.ts";
import { type FileKey, parseFileKey, siblingPrefix } from "./names.ts";
import type { PullJournal } from "./pull_journal.ts";
import type { PullState, WriterProgress } from "./pull_state.ts";
import type { TailIntake } from "./tail_intake.ts";
import type { HeadNews, Writers } from "./writers.ts";

/** What a {@linkcode Following} works with. */
export interface FollowingOptions {
  readonly bucket: Bucket;
  readonly writers: Writers;
  readonly state: PullState;
  readonly journal: PullJournal;
  readonly fetching: Fetching;
  readonly tails: TailIntake;
  /** Whether a file is to be fetched. */
  readonly isNews: (file: FileKey) => boolean;
  /** Fetches an object below `devices/` and takes note of it. */
  readonly learn: (key: string, signal: AbortSignal) => Promise<void>;
}

/** Statements about devices that one look at a head fetches. */
const MOST_STATEMENTS = 64;
/** Files that may begin at the same time as one that was announced. */
const MOST_SIBLINGS = 16;

/** A head whose entries are not all accounted for. */
interface PendingHead {
  readonly progress: WriterProgress;
  readonly waitsFor: Set<string>;
  /** Whether only a listing finds the rest. */
  gap: boolean;
}

/** See the module's description. */
export class Following {
  readonly #options: FollowingOptions;
  readonly #pending = new Map<string, PendingHead>();
  /** The last file of each writer that was taken in before a head told of it. */
  readonly #early = new Map<string, string>();

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Whether heads tell of files that only a listing finds. */
  get hasGaps(): boolean {
    return Array.from(this.#pending.values()).some(({ gap }) => gap);
  }

  /** Looks at a writer's head and takes in what is new. @throws {BucketError} */
  async look(device: string, signal: AbortSignal): Promise<void> {
    const { writers, state, tails, learn } = this.#options;
    const news = await writers.look(device, signal);
    if (news === undefined) return await this.#listAnnounced(device, signal);
    try {
      if (!state.writers.has(device)) {
        await learn(recordKey(device), signal);
        if (!writers.settle(device)) return;
      }
      await this.#note(news, signal);
      tails.note({ device, lines: news.tail, count: news.count });
    } catch (error) {
      writers.lookAnew(device);
      throw error;
    }
  }

  /** A file needs no further look. */
  settled(key: string): void {
    for (const [device, { waitsFor }] of this.#pending) {
      if (waitsFor.delete(key) && waitsFor.size === 0) this.#settle(device);
    }
  }

  /**
   * To be called before everything is listed.
   *
   * @returns to be called when everything was: no gap that was known before is one any more
   */
  closeGaps(): () => void {
    const closing = Array.from(this.#pending).filter(([, { gap }]) => gap);
    return () => {
      for (const [device, pending] of closing) {
        pending.gap = false;
        this.#settle(device);
      }
    };
  }

  async #note({ device, progress, gap, entries }: HeadNews, signal: AbortSignal): Promise<void> {
    const { learn, isNews, fetching } = this.#options;
    const pending: PendingHead = { progress, waitsFor: new Set(), gap };
    const statements = entries.filter(({ key }) => key.startsWith(DEVICES));
    // Those that are left out are found at the next start.
    for (const { key } of statements.slice(-MOST_STATEMENTS)) await learn(key, signal);
    for (const { key, size, sha256, number } of entries) {
      const file = parseFileKey(key);
      if (file === undefined || !isNews(file)) continue;
      // What one writer says of another's file is a hint, and no reason to refuse that file.
      const wanted = file.writer === device ? { key, size, sha256, number } : { key };
      if (fetching.add(wanted, device)) pending.waitsFor.add(key);
      else pending.gap = true;
    }
    this.#pending.set(device, pending);
    this.#settle(device);
  }

  /** A file that its writer has announced comes without a head of its own. */
  async #listAnnounced(device: string, signal: AbortSignal): Promise<void> {
    const { bucket, writers, isNews, fetching } = this.#options;
    const announced = parseFileKey(writers.announcedFile(device) ?? "");
    if (announced === undefined || !isNews(announced)) return;
    const options = { limit: MOST_SIBLINGS, signal };
    for (const file of await listSome(bucket, siblingPrefix(announced), options)) {
      const { key, size, writer } = file;
      if (writer !== device || !isNews(file) || this.#early.get(device) === key) continue;
      // Nobody has signed how long it is: it is judged when a head has.
      if (fetching.add({ key, size, told: "soon" }, device)) this.#early.set(device, key);
    }
  }

  #settle(device: string): void {
    const pending = this.#pending.get(device);
    if (pending === undefined || pending.gap || pending.waitsFor.size > 0) return;
    this.#pending.delete(device);
    this.#options.journal.note({ type: "writer", device, ...pending.progress });
  }
}
