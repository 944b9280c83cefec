/**
 * Brings what others have written into the history. Polling one small object tells whether anything
 * is new; heads name the files; listing repairs what they do not tell. Whatever is taken in twice is
 * known the second time.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import type { Trust } from "../trust/contract.ts";
import { DEVICES } from "../trust/contract.ts";
import { recordKey } from "../trust/statement.ts";
import type { Quarantine, Verification } from "../verification/contract.ts";
import type { Beacon } from "./beacon.ts";
import { Fetching, type FileEnd } from "./fetching.ts";
import { type Hold, Intake, type IntakeHistory, type WantedFile } from "./intake.ts";
import { type ListedFile, listFiles, listKeys } from "./listing.ts";
import { type FileKey, HEADS, parseFileKey, parseHeadKey, parseRoomFolder } from "./names.ts";
import type { PullRecord, PullStore, WriterProgress } from "./pull_state.ts";
import { type HeadNews, Writers } from "./writers.ts";

/** What a {@linkcode Puller} works with. */
export interface PullerOptions {
  readonly bucket: Bucket;
  readonly history: IntakeHistory & { readonly ends: (room: RoomId) => number };
  readonly verification: Verification;
  readonly quarantine: Quarantine;
  readonly trust: Trust;
  readonly store: PullStore;
  readonly abilities: BucketAbilities;
  /** The device of this data folder, whose files are here. */
  readonly device: string;
  /** Undefined where the bucket cannot have one. */
  readonly beacon: Beacon | undefined;
  readonly clock: Clock;
  /** As `Math.random`, for jitter. */
  readonly random: () => number;
  /** Which rooms are pulled. */
  readonly wanted: (room: RoomId) => boolean;
  /** Events up to this time are not kept here any more, milliseconds since the epoch. */
  readonly forgotten: (room: RoomId) => number;
  /** Called before files are verified again, after something was learnt of devices. */
  readonly onLearnt: () => Promise<void>;
  /** Told of every file that needs no further look. */
  readonly onSettled: (key: string, as: FileEnd) => void;
}

/** Every so many polls the less likely place is looked at, too. */
const SECOND_LOOK = 12;
/** What nothing else tells of is looked for this often, milliseconds. */
const SCAN_EVERY = 24 * 60 * 60 * 1000;
/** Writers without heads are looked for this often: the reference client, write-once buckets. */
const LIST_EVERY = 15_000;
/** A listing for gaps is repeated no sooner, for each page of it: anybody can make gaps. */
const SCAN_PAUSE = 30_000;
/** What waits for its time to come is verified again this often. */
const HELD_EVERY = 10 * 60 * 1000;
/** Files that a listing hands over at a time. */
const BATCH = 500;
const MOST_HINTS = 64;
/** Hints put off the look that needs none for no longer than this, milliseconds. */
const HINTED_FOR = 30_000;
/** Statements about devices that one look at a head fetches. */
const MOST_STATEMENTS = 64;
/** Rooms that a look for writers without heads lists at a time, in turn. */
const ROOMS_AT_A_TIME = 16;
/** Files of one page of a listing, which is one request. */
const PAGE = 1_000;
const MOST_FOLDERS = 10_000;
/** Names files that are verified again, in place of a writer. */
const HELD = "";
/** However large the bucket is, gaps are looked for this often, milliseconds. */
const SCAN_PAUSE_MOST = 60 * 60 * 1000;
const DEVICE = /^[a-z2-7]{16}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

const log = getLogger(["sync"]);

/** See the module's description. One pull at a time. */
export class Puller {
  readonly #options: PullerOptions;
  readonly #writers: Writers;
  readonly #intake: Intake;
  readonly #fetching: Fetching;
  /** Numbers that heads have given to keys which wait. */
  readonly #unsettled = new Map<string, PendingHead>();
  /** The last word of the beacon on each head that was followed. */
  readonly #hinted = new Map<string, number>();
  /** What is verified again when there is what it waits for. */
  readonly #held: Map<string, { readonly wanted: WantedFile; readonly for: Hold }>;
  readonly #lost = new Map<string, string>();
  readonly #forget: () => void;
  readonly #hints = new Set<string>();
  #polls = 0;
  #polledAt = 0;
  #scanPause = SCAN_PAUSE;
  #roomTurn = 0;
  /** Files taken in since what is held was looked at. */
  #took = 0;
  #learnt = false;
  #headless = false;
  #gaps = false;
  #scannedAt: number | undefined;
  #listedAt: number | undefined;
  #heldAt: number;
  #settling: PullRecord[] = [];

  constructor(options: PullerOptions) {
    const { bucket, store, device, trust, quarantine, clock } = options;
    this.#options = options;
    this.#writers = new Writers(bucket, store.state, device);
    this.#intake = new Intake(options);
    this.#fetching = new Fetching({
      ...options,
      intake: this.#intake,
      isSuperseded: (key) => {
        const file = parseFileKey(key);
        return file !== undefined && store.state.ledger.covers(file);
      },
      mayTake: (key) => {
        const file = parseFileKey(key);
        return file === undefined || options.wanted(file.room);
      },
      onMissing: () => this.#gaps = true,
      onSettled: (file, as) => this.#settled(file, as),
    });
    this.#held = new Map(
      quarantine.held().map((key) => [key, { wanted: { key }, for: "knowledge" }]),
    );
    this.#learnt = this.#held.size > 0;
    this.#heldAt = clock.monotonic();
    this.#forget = trust.onChange(() => this.#learnt = true);
  }

  get writers(): Writers {
    return this.#writers;
  }

  /** Files that wait for their next attempt. */
  get waiting(): number {
    return this.#fetching.waiting;
  }

  /** Files of which something waits for what is not known yet. */
  get held(): number {
    return this.#held.size;
  }

  /** Files that cannot be had, with the code of the last failure. */
  get lost(): ReadonlyMap<string, string> {
    return this.#lost;
  }

  /** When something is due before anybody tells of news, monotonic. */
  get due(): number | undefined {
    return this.#fetching.due;
  }

  close(): void {
    this.#forget();
  }

  /** Looks at a head first of all, the next time. Who says so need not be believed. */
  hint(device: string): void {
    if (this.#hints.size < MOST_HINTS && DEVICE.test(device)) this.#hints.add(device);
  }

  /**
   * Looks for news in the cheapest way that is due, and takes it in.
   *
   * @throws {BucketError} {@linkcode HistoryError}: what is not done is done by the next pull
   */
  async pull(signal: AbortSignal): Promise<void> {
    await this.#options.trust.refresh();
    if (this.#scannedAt === undefined) await this.#begin(signal);
    else await this.#poll(signal);
    await this.#lookAgain();
    await this.#fetch(signal);
    await this.#repair(signal);
  }

  /** Looks at everything, whatever was polled when. @throws as `pull` */
  async scan(signal: AbortSignal): Promise<void> {
    await this.#discover(signal);
    for (const device of this.#writers.devices) await this.#look(device, signal);
    await this.#fetch(signal);
    await this.#scan(signal);
  }

  /** The first pull since the start: every head, and a listing if there never was one. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { store: { state: { scan } }, clock } = this.#options;
    await this.#discover(signal);
    for (const device of this.#writers.devices) await this.#look(device, signal);
    const since = scan === undefined ? SCAN_EVERY : clock.now() - scan.at;
    // A clock that was set back tells nothing.
    if (scan === undefined || since < 0 || since >= SCAN_EVERY) return await this.#scan(signal);
    this.#scannedAt = clock.monotonic() - since;
    this.#headless = scan.headless;
  }

  /** Who is there, by listing; and everything that is said about devices. */
  async #discover(signal: AbortSignal): Promise<void> {
    const { bucket, device } = this.#options;
    for await (const key of listKeys(bucket, DEVICES, signal)) {
      if (key !== recordKey(device)) await this.#learn(key, signal);
    }
    for await (const key of listKeys(bucket, HEADS, signal)) {
      const writer = parseHeadKey(key);
      if (writer !== undefined) this.#writers.follow(writer);
    }
    await this.#options.beacon?.poll(signal);
  }

  async #learn(key: string, signal: AbortSignal): Promise<void> {
    if (await this.#intake.learn(key, signal)) this.#learnt = true;
  }

  /** What somebody said is new. */
  async #followHints(signal: AbortSignal): Promise<void> {
    const hints = [...this.#hints];
    this.#hints.clear();
    for (const device of hints) {
      this.#writers.follow(device);
      await this.#look(device, signal);
    }
  }

  /** One request, or two now and then: what most likely tells of news. */
  async #poll(signal: AbortSignal): Promise<void> {
    const { beacon } = this.#options;
    const now = this.#options.clock.monotonic();
    if (this.#hints.size > 0) {
      await this.#followHints(signal);
      if (now - this.#polledAt < HINTED_FOR) return;
    }
    this.#polledAt = now;
    const second = this.#polls++ % SECOND_LOOK === 0;
    // With one other writer its own head tells as much as the beacon, and needs no one's help.
    const isLit = beacon !== undefined && this.#writers.devices.length > 1 &&
      beacon.versions.size > 1;
    if (beacon !== undefined && (isLit || second)) await this.#pollBeacon(beacon, signal);
    const device = !isLit || second ? this.#writers.nextInTurn() : undefined;
    if (device !== undefined) await this.#look(device, signal);
  }

  async #pollBeacon(beacon: Beacon, signal: AbortSignal): Promise<void> {
    await beacon.poll(signal);
    for (const [device, version] of beacon.versions) {
      this.#writers.follow(device);
      if (device === this.#options.device || version === this.#hinted.get(device)) continue;
      const known = this.#options.store.state.writers.get(device)?.version ?? 0;
      if (version > known) await this.#look(device, signal);
      // One word of the beacon is worth one look, whether or not it was true.
      this.#hinted.set(device, version);
    }
  }

  async #look(device: string, signal: AbortSignal): Promise<void> {
    const { state } = this.#options.store;
    const news = await this.#writers.look(device, signal);
    if (news === undefined) return;
    try {
      if (!state.writers.has(device)) await this.#learn(recordKey(device), signal);
      await this.#note(news, signal);
    } catch (error) {
      this.#writers.lookAnew(device);
      throw error;
    }
  }

  async #note(news: HeadNews, signal: AbortSignal): Promise<void> {
    const { device, progress, gap } = news;
    const pending: PendingHead = { progress, waitsFor: new Set(), gap };
    const statements = news.entries.filter(({ key }) => key.startsWith(DEVICES));
    // Those that are left out are found at the next start.
    for (const { key } of statements.slice(-MOST_STATEMENTS)) await this.#learn(key, signal);
    for (const { key, size, sha256, number } of news.entries) {
      const file = parseFileKey(key);
      if (file === undefined || !this.#isNews(file)) continue;
      // What one writer says of another's file is a hint, and no reason to refuse that file.
      const wanted = file.writer === device ? { key, size, sha256, number } : { key };
      if (this.#fetching.add(wanted, device)) pending.waitsFor.add(key);
      else pending.gap = true;
    }
    if (pending.gap) this.#gaps = true;
    this.#unsettled.set(device, pending);
    await this.#settleHead(device);
  }

  #isNews(file: FileKey): boolean {
    const { store: { state }, wanted, device, forgotten } = this.#options;
    if (file.writer === device || !wanted(file.room)) return false;
    if (file.end <= forgotten(file.room)) return false;
    return !state.ledger.has(file) && !this.#held.has(file.key);
  }

  /** Verifies again what waited for something to be learnt, or for its time. */
  async #lookAgain(): Promise<void> {
    const now = this.#options.clock.monotonic();
    const everything = this.#learnt;
    if (everything) await this.#options.onLearnt();
    this.#learnt = false;
    // Fetching again costs money: nothing but time changes by itself.
    const isTime = now - this.#heldAt >= HELD_EVERY;
    if (everything || isTime) this.#heldAt = now;
    for (const [key, held] of this.#held) {
      const isDue = everything || (held.for === "time" && isTime) ||
        (held.for === "files" && this.#took > 0);
      if (!isDue) continue;
      if (this.#fetching.add(held.wanted, HELD)) this.#held.delete(key);
    }
    this.#took = 0;
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    try {
      await this.#fetching.run(signal);
    } finally {
      await this.#save();
    }
  }

  /** What was verified has to be durable before anything says that it was. */
  async #save(): Promise<void> {
    const { store, verification } = this.#options;
    const records = this.#settling;
    if (records.length === 0) return;
    this.#settling = [];
    await verification.save();
    await store.log.append(records, "written");
    const folded = store.state.ledger.excess().map((each) =>
      ({ type: "folded", ...each }) as const
    );
    await store.log.append(folded, "written");
  }

  async #settled(wanted: WantedFile, as: FileEnd): Promise<void> {
    const { onSettled, history } = this.#options;
    const { key } = wanted;
    const file = parseFileKey(key);
    if (as.how === "held") this.#held.set(key, { wanted, for: as.for });
    if (as.how === "lost") this.#lose(key, as.code);
    else this.#lost.delete(key);
    if (as.how === "taken") this.#took++;
    if (as.how === "taken" && file !== undefined) {
      const { room, folder, name } = file;
      this.#settling.push({ type: "ends", rooms: [[room, history.ends(room)]] });
      this.#settling.push({ type: "done", folder, names: [name] });
    }
    onSettled(key, as);
    for (const [device, { waitsFor }] of this.#unsettled) {
      if (waitsFor.delete(key) && waitsFor.size === 0) await this.#settleHead(device);
    }
    if (this.#settling.length >= BATCH) await this.#save();
  }

  /** Given up for now: the next look at everything finds it again, at the next start at the latest. */
  #lose(key: string, code: string): void {
    this.#lost.set(key, code);
    this.#settling.push({ type: "scanned", scan: { at: 0, headless: this.#headless } });
  }

  /** Once everything that a head tells of is accounted for, so is the head. */
  #settleHead(device: string): Promise<void> {
    const pending = this.#unsettled.get(device);
    if (pending === undefined || pending.gap || pending.waitsFor.size > 0) return Promise.resolve();
    this.#unsettled.delete(device);
    this.#settling.push({ type: "writer", device, ...pending.progress });
    return Promise.resolve();
  }

  /** Whether heads do not tell of everybody: where none can be replaced they stay as they were. */
  get #mustList(): boolean {
    return this.#headless || !this.#options.abilities.putIfMatch;
  }

  /** Lists where heads do not tell everything, as rarely as that can be. */
  async #repair(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const since = now - (this.#scannedAt ?? -Infinity);
    if (since >= SCAN_EVERY || (this.#gaps && since >= this.#scanPause)) await this.#scan(signal);
    else if (this.#mustList && now - (this.#listedAt ?? -Infinity) >= LIST_EVERY) {
      await this.#scanRecent(signal);
    }
  }

  /** Lists all files. Every gap that was known before is closed afterwards. */
  async #scan(signal: AbortSignal): Promise<void> {
    const { bucket, clock } = this.#options;
    this.#headless = false;
    const closing = Array.from(this.#unsettled).filter(([, { gap }]) => gap);
    const files = await this.#takeListed(listFiles(bucket, {}, signal), "whole folders", signal);
    this.#scanPause = Math.min(SCAN_PAUSE_MOST, SCAN_PAUSE * Math.max(1, Math.ceil(files / PAGE)));
    for (const [device, pending] of closing) {
      pending.gap = false;
      await this.#settleHead(device);
    }
    this.#gaps = Array.from(this.#unsettled.values()).some(({ gap }) => gap);
    this.#scannedAt = this.#listedAt = clock.monotonic();
    const scan = { at: clock.now(), headless: this.#headless };
    this.#settling.push({ type: "scanned", scan });
    await this.#save();
  }

  /** Lists what has been written lately, two days ago at the most. */
  async #scanRecent(signal: AbortSignal): Promise<void> {
    const { bucket, clock } = this.#options;
    this.#listedAt = clock.monotonic();
    const before = new Date(clock.now() - 2 * DAY_MS).toISOString().slice(0, 10);
    for (const prefix of await this.#roomsInTurn(signal)) {
      const range = { prefix: `${prefix}logs/`, startAfter: `${prefix}logs/${before}` };
      await this.#takeListed(listFiles(bucket, range, signal), "parts", signal);
    }
    await this.#save();
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
    let listed = 0;
    for await (const folder of byFolder(files)) {
      listed += folder.length;
      this.#noteHeadless(folder);
      const others = folder.filter(({ writer }) => writer !== this.#options.device);
      const names = others.map(({ name }) => name);
      const { ledger } = this.#options.store.state;
      if (extent === "whole folders" && ledger.isSame(others[0]?.folder ?? "", names)) continue;
      for (const file of others) {
        const { key, size } = file;
        if (!this.#isNews(file)) continue;
        this.#fetching.add({ key, size }, file.writer);
        if (this.#fetching.waiting >= BATCH) await this.#fetch(signal);
      }
    }
    await this.#fetch(signal);
    return listed;
  }

  #noteHeadless(folder: readonly ListedFile[]): void {
    if (this.#headless) return;
    const { device } = this.#options;
    const known = new Set([device, ...this.#writers.devices]);
    const stranger = folder.find(({ writer }) => !known.has(writer));
    if (stranger === undefined) return;
    this.#headless = true;
    log.info("{writer} writes without a head: the bucket is listed now and then", {
      writer: stranger.writer,
    });
  }
}

/** A head whose entries are not all accounted for. */
interface PendingHead {
  readonly progress: WriterProgress;
  readonly waitsFor: Set<string>;
  /** Whether only a listing finds the rest. */
  gap: boolean;
}

/** Files of one folder together; a listing has them next to each other. */
async function* byFolder(
  files: AsyncIterable<ListedFile>,
): AsyncGenerator<readonly ListedFile[], void> {
  let folder: ListedFile[] = [];
  for await (const file of files) {
    if (folder.length > 0 && folder[0]?.folder !== file.folder) {
      yield folder;
      folder = [];
    }
    folder.push(file);
  }
  if (folder.length > 0) yield folder;
}
