/**
 * Brings what others have written into the history. Polling one small object tells whether anything
 * is new; heads name the files; listing repairs what they do not tell. Whatever is taken in twice is
 * known the second time.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import type { Trust } from "../trust/contract.ts";
import type { Quarantine, Verification, VerificationPolicy } from "../verification/contract.ts";
import type { Beacon } from "./beacon.ts";
import { Discovery } from "./discovery.ts";
import { Fetching, type FileEnd } from "./fetching.ts";
import { Following } from "./following.ts";
import { HeldFiles } from "./held_files.ts";
import { Intake, type IntakeHistory, type WantedFile } from "./intake.ts";
import { type FileKey, parseFileKey } from "./names.ts";
import { Polling } from "./polling.ts";
import { PullJournal } from "./pull_journal.ts";
import type { PullStore } from "./pull_state.ts";
import { Scanning } from "./scanning.ts";
import { TailIntake } from "./tail_intake.ts";
import { Writers } from "./writers.ts";

/** What a {@linkcode Puller} works with. */
export interface PullerOptions {
  readonly bucket: Bucket;
  readonly history: IntakeHistory & { readonly ends: (room: RoomId) => number };
  readonly verification: Verification;
  readonly quarantine: Quarantine;
  readonly trust: Trust;
  readonly policy: VerificationPolicy;
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
  /** Told how many events came before a file that a head tells of: they are in no count of files. */
  readonly onEarly: (events: number) => void;
}

/** What is done is written down at least after so much of it. */
const BATCH = 500;
/** Names files that are verified again, in place of a writer. */
const HELD = "";

/** See the module's description. One pull at a time. */
export class Puller {
  readonly #options: PullerOptions;
  readonly #journal: PullJournal;
  readonly #writers: Writers;
  readonly #intake: Intake;
  readonly #fetching: Fetching;
  readonly #discovery: Discovery;
  readonly #following: Following;
  readonly #polling: Polling;
  readonly #scanning: Scanning;
  readonly #held: HeldFiles;
  readonly #tails: TailIntake;
  readonly #lost = new Map<string, string>();
  readonly #forget: () => void;

  constructor(options: PullerOptions) {
    const { bucket, store, device, trust, quarantine, clock } = options;
    const { state } = store;
    this.#options = options;
    this.#journal = new PullJournal(store, options.verification);
    const claimOf = (writer: string) => trust.claimOf(writer);
    this.#writers = new Writers({ bucket, state, device, claimOf });
    this.#intake = new Intake(options);
    this.#held = new HeldFiles(quarantine.held(), {
      authority: { signers: trust, policy: options.policy },
      clock,
    });
    this.#forget = trust.onChange(() => {
      this.#held.noteLearnt();
      this.#writers.noteLearnt();
    });
    this.#fetching = this.#makeFetching();
    this.#tails = new TailIntake({
      intake: this.#intake,
      wanted: (file) => this.#isNews(file),
      onTaken: options.onEarly,
    });
    const shared = {
      ...{ ...options, state, journal: this.#journal, writers: this.#writers },
      ...{ fetching: this.#fetching, isNews: (file: FileKey) => this.#isNews(file) },
    };
    const learn = (key: string, signal: AbortSignal) => this.#learn(key, signal);
    this.#following = new Following({ ...shared, tails: this.#tails, learn });
    this.#discovery = new Discovery({ ...shared, learn, knows: (key) => trust.knows(key) });
    this.#polling = new Polling({
      ...shared,
      look: (writer, signal) => this.#following.look(writer, signal),
    });
    this.#scanning = new Scanning({
      ...shared,
      following: this.#following,
      fetch: (signal) => this.#fetch(signal),
    });
  }

  get writers(): Writers {
    return this.#writers;
  }

  /** Files that wait for their next attempt. */
  get waiting(): number {
    return this.#fetching.waiting;
  }

  /** Files, and tails of heads, of which something waits for what is not known yet. */
  get held(): number {
    return this.#held.size + this.#tails.held;
  }

  /** Files that cannot be had, or not as their writers have signed for. */
  get lost(): number {
    return this.#lost.size + this.#held.spoilt;
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
    this.#polling.hint(device);
  }

  /**
   * Looks for news in the cheapest way that is due, and takes it in.
   *
   * @throws {BucketError} {@linkcode HistoryError}: what is not done is done by the next pull
   */
  async pull(signal: AbortSignal): Promise<void> {
    await this.#options.trust.refresh();
    if (this.#scanning.isFirst) {
      await this.#lookAtAll(signal);
      await this.#scanning.begin(signal);
    } else {
      await this.#polling.poll(signal);
      await this.#discovery.goOn(signal);
    }
    await this.#lookAgain();
    await this.#fetch(signal);
    // What heads carry comes after what is in files.
    await this.#tails.take(signal);
    await this.#scanning.repair(signal);
  }

  /** Looks at everything, whatever was polled when. @throws as `pull` */
  async scan(signal: AbortSignal): Promise<void> {
    await this.#lookAtAll(signal);
    await this.#fetch(signal);
    await this.#scanning.scan(signal);
    await this.#tails.take(signal);
  }

  #makeFetching(): Fetching {
    const { store: { state }, wanted } = this.#options;
    return new Fetching({
      ...this.#options,
      intake: this.#intake,
      isSuperseded: (key) => {
        const file = parseFileKey(key);
        return file !== undefined && state.ledger.covers(file);
      },
      mayTake: (key) => {
        const file = parseFileKey(key);
        return file === undefined || wanted(file.room);
      },
      onMissing: () => this.#scanning.noteMissing(),
      onSettled: (file, as) => this.#settled(file, as),
    });
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    await this.#discovery.begin(signal);
    await this.#options.beacon?.poll(signal);
    for (const device of this.#writers.devices) await this.#following.look(device, signal);
  }

  async #learn(key: string, signal: AbortSignal): Promise<void> {
    if (await this.#intake.learn(key, signal)) this.#held.noteLearnt();
  }

  #isNews(file: FileKey): boolean {
    const { store: { state }, wanted, device, forgotten } = this.#options;
    if (file.writer === device || !wanted(file.room)) return false;
    if (file.end <= forgotten(file.room)) return false;
    return !state.ledger.has(file) && !this.#held.has(file.key);
  }

  async #lookAgain(): Promise<void> {
    if (this.#held.learnt) {
      await this.#options.onLearnt();
      this.#tails.lookAgain();
    }
    this.#held.release((wanted) => this.#fetching.add(wanted, HELD));
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    try {
      await this.#fetching.run(signal);
    } finally {
      await this.#journal.save();
    }
  }

  async #settled(wanted: WantedFile, as: FileEnd): Promise<void> {
    const { key } = wanted;
    if (wanted.told === "soon") return this.#settledEarly(as);
    if (as.how === "held") this.#held.hold(wanted, as);
    if (as.how === "lost") this.#lose(key, as.code);
    else this.#lost.delete(key);
    if (as.how === "taken") this.#noteTaken(key);
    this.#options.onSettled(key, as);
    this.#following.settled(key);
    if (this.#journal.pending >= BATCH) await this.#journal.save();
  }

  /** What is true of a file before its head is there is no last word on it. */
  #settledEarly(as: FileEnd): void {
    if (as.how !== "lost" && as.stored > 0) this.#options.onEarly(as.stored);
  }

  #noteTaken(key: string): void {
    this.#held.noteTaken();
    const file = parseFileKey(key);
    if (file === undefined) return;
    const { room, folder, name } = file;
    this.#journal.note(
      { type: "ends", rooms: [[room, this.#options.history.ends(room)]] },
      { type: "done", folder, names: [name] },
    );
  }

  #lose(key: string, code: string): void {
    this.#lost.set(key, code);
    this.#scanning.noteLost();
  }
}
