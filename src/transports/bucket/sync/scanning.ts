/**
 * Finds by listing what heads do not tell: files that nobody names, and those of writers that have
 * no head. As rarely as that can be, since it costs the more the larger the bucket is.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import type { Fetching } from "./fetching.ts";
import type { Following } from "./following.ts";
import { byFolder, type ListedFile, listFiles } from "./listing.ts";
import { type FileKey, parseRoomFolder } from "./names.ts";
import type { PullJournal } from "./pull_journal.ts";
import type { PullState } from "./pull_state.ts";
import type { Writers } from "./writers.ts";

/** What a {@linkcode Scanning} works with. */
export interface ScanningOptions {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly state: PullState;
  readonly journal: PullJournal;
  readonly following: Following;
  readonly fetching: Fetching;
  readonly writers: Writers;
  /** The device of this data folder. */
  readonly device: string;
  readonly clock: Clock;
  /** Which rooms are pulled. */
  readonly wanted: (room: RoomId) => boolean;
  /** Whether a file is to be fetched. */
  readonly isNews: (file: FileKey) => boolean;
  /** Fetches what is due. */
  readonly fetch: (signal: AbortSignal) => Promise<void>;
}

/** What nothing else tells of is looked for this often, milliseconds. */
const SCAN_EVERY = 24 * 60 * 60 * 1000;
/** Writers without heads are looked for this often: the reference client, write-once buckets. */
const LIST_EVERY = 15_000;
/** A listing for gaps is repeated no sooner, for each page of it: anybody can make gaps. */
const SCAN_PAUSE = 30_000;
/** However large the bucket is, gaps are looked for this often, milliseconds. */
const SCAN_PAUSE_MOST = 60 * 60 * 1000;
/** Files that a listing hands over at a time. */
const BATCH = 500;
/** Rooms that a look for writers without heads lists at a time, in turn. */
const ROOMS_AT_A_TIME = 16;
/** Files of one page of a listing, which is one request. */
const PAGE = 1_000;
const MOST_FOLDERS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const log = getLogger(["sync"]);

/** See the module's description. */
export class Scanning {
  readonly #options: ScanningOptions;
  #pause = SCAN_PAUSE;
  #roomTurn = 0;
  /** Whether somebody writes without a head. */
  #headless = false;
  /** Whether a file was not there. */
  #isMissing = false;
  #scannedAt: number | undefined;
  #listedAt: number | undefined;

  constructor(options: ScanningOptions) {
    this.#options = options;
  }

  /** Whether nothing was done yet since the start. */
  get isFirst(): boolean {
    return this.#scannedAt === undefined;
  }

  /** Lists everything at the start if it is time, or if that never was. @throws {BucketError} */
  async begin(signal: AbortSignal): Promise<void> {
    const { state: { scan }, clock } = this.#options;
    const since = scan === undefined ? SCAN_EVERY : clock.now() - scan.at;
    // A clock that was set back tells nothing.
    if (scan === undefined || since < 0 || since >= SCAN_EVERY) return await this.scan(signal);
    this.#scannedAt = clock.monotonic() - since;
    this.#headless = scan.headless;
  }

  /** A file is not there: it may have become part of a larger one, which a listing shows. */
  noteMissing(): void {
    this.#isMissing = true;
  }

  /** A file was given up for now: the next look at everything is at the next start at the latest. */
  noteLost(): void {
    this.#options.journal.note({ type: "scanned", scan: { at: 0, headless: this.#headless } });
  }

  /** Lists where heads do not tell everything. @throws {BucketError} */
  async repair(signal: AbortSignal): Promise<void> {
    const { clock, following } = this.#options;
    const now = clock.monotonic();
    const since = now - (this.#scannedAt ?? -Infinity);
    const hasGaps = this.#isMissing || following.hasGaps;
    if (since >= SCAN_EVERY || (hasGaps && since >= this.#pause)) await this.scan(signal);
    else if (this.#mustList && now - (this.#listedAt ?? -Infinity) >= LIST_EVERY) {
      await this.#scanRecent(signal);
    }
  }

  /** Lists all files. Every gap that was known before is closed afterwards. @throws {BucketError} */
  async scan(signal: AbortSignal): Promise<void> {
    const { bucket, clock, following, journal } = this.#options;
    this.#headless = false;
    const closed = following.closeGaps();
    const files = await this.#takeListed(listFiles(bucket, {}, signal), "whole folders", signal);
    this.#pause = Math.min(SCAN_PAUSE_MOST, SCAN_PAUSE * Math.max(1, Math.ceil(files / PAGE)));
    closed();
    this.#isMissing = false;
    this.#scannedAt = this.#listedAt = clock.monotonic();
    journal.note({ type: "scanned", scan: { at: clock.now(), headless: this.#headless } });
    await journal.save();
  }

  /** Whether heads do not tell of everybody: where none can be replaced they stay as they were. */
  get #mustList(): boolean {
    return this.#headless || !this.#options.abilities.putIfMatch;
  }

  /** Lists what has been written lately, two days ago at the most. */
  async #scanRecent(signal: AbortSignal): Promise<void> {
    const { bucket, clock, journal } = this.#options;
    this.#listedAt = clock.monotonic();
    const before = new Date(clock.now() - 2 * DAY_MS).toISOString().slice(0, 10);
    for (const prefix of await this.#roomsInTurn(signal)) {
      const range = { prefix: `${prefix}logs/`, startAfter: `${prefix}logs/${before}` };
      await this.#takeListed(listFiles(bucket, range, signal), "parts", signal);
    }
    await journal.save();
  }

  /** Whoever may write to the bucket can make rooms without end, and each listing costs. */
  async #roomsInTurn(signal: AbortSignal): Promise<string[]> {
    const folders = await this.#roomFolders(signal);
    if (folders.length <= ROOMS_AT_A_TIME) return folders;
    const from = this.#roomTurn % folders.length;
    this.#roomTurn = from + ROOMS_AT_A_TIME;
    return [...folders.slice(from), ...folders.slice(0, from)].slice(0, ROOMS_AT_A_TIME);
  }

  async #roomFolders(signal: AbortSignal): Promise<string[]> {
    const folders: string[] = [];
    const { wanted } = this.#options;
    let cursor: string | undefined;
    do {
      const options = { prefix: "rooms/", depth: "folder", signal } as const;
      const page = await this.#options.bucket.list(
        cursor === undefined ? options : { ...options, cursor },
      );
      folders.push(...page.folders.filter((each) => {
        const room = parseRoomFolder(each);
        return room !== undefined && wanted(room);
      }));
      cursor = page.next;
    } while (cursor !== undefined && folders.length < MOST_FOLDERS);
    return folders;
  }

  async #takeListed(
    files: AsyncIterable<ListedFile>,
    extent: "whole folders" | "parts",
    signal: AbortSignal,
  ): Promise<number> {
    const { device, state: { ledger }, isNews, fetching, fetch } = this.#options;
    let listed = 0;
    for await (const folder of byFolder(files)) {
      listed += folder.length;
      this.#noteHeadless(folder);
      const others = folder.filter(({ writer }) => writer !== device);
      const names = others.map(({ name }) => name);
      if (extent === "whole folders" && ledger.isSame(others[0]?.folder ?? "", names)) continue;
      for (const file of others) {
        const { key, size } = file;
        if (!isNews(file)) continue;
        fetching.add({ key, size }, file.writer);
        if (fetching.waiting >= BATCH) await fetch(signal);
      }
    }
    await fetch(signal);
    return listed;
  }

  #noteHeadless(folder: readonly ListedFile[]): void {
    if (this.#headless) return;
    const { device, writers } = this.#options;
    const known = new Set([device, ...writers.devices]);
    const stranger = folder.find(({ writer }) => !known.has(writer));
    if (stranger === undefined) return;
    this.#headless = true;
    log.info("{writer} writes without a head: the bucket is listed now and then", {
      writer: stranger.writer,
    });
  }
}
