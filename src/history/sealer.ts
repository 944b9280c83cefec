/**
 * Sees to it that closed journal files become segments, one after the other, and that the segments
 * of days that are over become few.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogRecord } from "./catalog_state.ts";
import { HistoryError } from "./errors.ts";
import type { SearchIndex } from "./index_contract.ts";
import { closedError } from "./journal.ts";
import { DAMAGED_LINE, type JournalInfo, type JournalSet } from "./journal_set.ts";
import type { Device } from "./keys.ts";
import { Lull } from "./lull.ts";
import { removeIfThere } from "../files.ts";
import { type Layout, listJournals } from "./layout.ts";
import { planMerges } from "./merge_plan.ts";
import type { Quarantine } from "./quarantine.ts";
import { Retry } from "./retry.ts";
import type { SealedFile, SenderTail } from "./sealing.ts";
import type { SegmentInfo } from "./segments.ts";
import type { WorkerClient } from "./worker_client.ts";

/** What a {@linkcode Sealer} works on. */
export interface SealerOptions {
  readonly layout: Layout;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly journals: JournalSet;
  readonly catalog: Catalog;
  readonly device: Device;
  readonly worker: WorkerClient;
  readonly quarantine: Quarantine;
  readonly index: SearchIndex | undefined;
}

const TIMEOUT_MS = 10 * 60 * 1000;
const PAUSES = { shortest: 1_000, longest: 5 * 60 * 1000 };

/** See the module's description. */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #retry: Retry;
  readonly #lull: Lull;
  /** Segments that could not be merged. */
  readonly #apart = new Set<string>();
  #working: Promise<HistoryError | undefined> | undefined;
  /** How many wait for everything to be sealed. */
  #waiting = 0;
  #closed = false;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#lull = new Lull(options.clock, options.journals);
    this.#retry = new Retry({ ...options, ...PAUSES }, async () => {
      return await this.#begin() === undefined;
    });
  }

  /** Whether something is being done now. */
  get busy(): boolean {
    return this.#working !== undefined;
  }

  /** Says that there will be something to do in the next pause of the traffic. */
  wakeInLull(): void {
    if (!this.#closed) this.#lull.wait(() => this.wake());
  }

  /** Says that there may be something to do. */
  wake(): void {
    if (this.#retry.waiting) return;
    void this.#begin().then((failure) => {
      if (this.#closed) return;
      if (failure !== undefined) this.#retry.start();
      else if (this.#next() !== undefined) this.wake();
    });
  }

  /**
   * Resolves once every journal file that is closed now is in segments.
   *
   * @throws {HistoryError} why that could not be done; it is tried again later
   */
  async drain(): Promise<void> {
    this.#waiting++;
    try {
      while (this.#next() !== undefined) {
        const failure = await this.#begin();
        if (failure !== undefined) throw failure;
      }
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Runs `action` while nothing is sealed, merged or removed; segments stay what and where they are.
   * Files that it makes superfluous are removed afterwards.
   *
   * @throws {HistoryError} `history/closed`; what `action` throws
   */
  async exclusively<T>(action: () => Promise<T>): Promise<T> {
    while (this.#working !== undefined) await this.#working;
    if (this.#closed) throw closedError();
    const done = action();
    const working = done.then(() => undefined, () => undefined)
      .finally(() => this.#working = undefined);
    this.#working = working;
    void working.then(() => this.wake());
    return await done;
  }

  /** Stops where it is; what is not done is done after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#lull.stop();
    await this.#options.worker.close();
    await this.#retry.stop();
    await this.#working;
  }

  #begin(): Promise<HistoryError | undefined> {
    this.#working ??= this.#work().then(
      () => undefined,
      (error) => this.#failed(error),
    ).finally(() => this.#working = undefined);
    return this.#working;
  }

  #failed(error: unknown): HistoryError {
    const cause = error instanceof HistoryError
      ? error
      : new HistoryError("history/io", "Cannot seal the journal: a file operation failed", {
        cause: error,
      });
    if (!this.#closed) {
      this.#options.logger.warn("Sealing is put off: {reason}", { reason: cause.message });
    }
    return cause;
  }

  async #work(): Promise<void> {
    for (let file = this.#next(); file !== undefined; file = this.#next()) await this.#seal(file);
    await this.#removeSealed();
    await this.#merge();
    await this.#removeSuperfluous();
  }

  /** The oldest file that is closed and not sealed. */
  #next(): JournalInfo | undefined {
    const { files } = this.#options.journals;
    return files.length > 1 && !this.#closed ? files[0] : undefined;
  }

  async #seal(file: JournalInfo): Promise<void> {
    const { layout, device, worker, catalog, journals } = this.#options;
    const task = {
      path: layout.journal(file.number),
      length: file.length,
      history: layout.history,
      device: device.id,
      key: device.key.export(),
      tails: this.#tailsOf(file),
      pace: this.#waiting > 0 ? "swift" : "restful",
    } as const;
    const sealed = await worker.call("seal", task, { timeout: TIMEOUT_MS });
    await this.#reportDamage(file, sealed);
    // In the same instant, so that no reader finds an event twice or not at all.
    await catalog.append(recordOf(file, sealed), () => journals.remove(file.number));
  }

  #tailsOf({ contents }: JournalInfo): SenderTail[] {
    const tails: SenderTail[] = [];
    for (const [room, { senders }] of contents.rooms) {
      const known = this.#options.catalog.state.rooms.get(room)?.tails;
      for (const sender of senders.keys()) {
        const tail = known?.get(sender);
        if (tail !== undefined) tails.push([room, sender, tail.seq, tail.hash]);
      }
    }
    return tails;
  }

  async #reportDamage({ number }: JournalInfo, sealed: SealedFile): Promise<void> {
    const { layout, quarantine } = this.#options;
    const path = layout.journal(number);
    const bytes = sealed.damaged.length > 0 ? await Deno.readFile(path) : new Uint8Array();
    for (const { start, end } of sealed.damaged) {
      const fault = { file: layout.relative(path), byte: start, state: DAMAGED_LINE };
      await quarantine.keep(fault, bytes.subarray(start, end));
    }
    for (const file of sealed.displaced) {
      quarantine.report({ file, byte: 0, state: "A segment held other bytes and was moved aside" });
    }
  }

  /** Journal files stay until the search index has read them. */
  async #removeSealed(): Promise<void> {
    const { layout, catalog, index, journals } = this.#options;
    await journals.saved();
    for (const number of await listJournals(layout)) {
      if (number > catalog.state.sealed || this.#closed) return;
      await index?.caughtUp(number);
      await removeIfThere(layout.summary(number));
      await removeIfThere(layout.journal(number));
    }
  }

  async #merge(): Promise<void> {
    const { catalog, journals, layout, clock } = this.#options;
    // Rebuilding a catalog tells by the time which segments a journal file will give again.
    const waiting = await listJournals(layout);
    if (waiting.some((number) => number <= catalog.state.sealed)) return;
    const earliest = journals.files.map(({ contents }) => contents.earliest);
    const until = Math.min(clock.now(), ...earliest);
    for (const group of planMerges(catalog.state, until, this.#apart)) {
      if (this.#closed) return;
      await this.#mergeGroup(group);
    }
  }

  async #mergeGroup(segments: readonly SegmentInfo[]): Promise<void> {
    const { worker, catalog, layout } = this.#options;
    const from = segments.map(({ path }) => path);
    try {
      const task = { history: layout.history, segments };
      const into = await worker.call("merge", task, { timeout: TIMEOUT_MS });
      await catalog.append({ type: "merged", room: into.room, into, from });
    } catch (error) {
      if (!(error instanceof HistoryError) || error.code !== "history/corrupt") throw error;
      for (const path of from) this.#apart.add(path);
      this.#options.logger.error("Segments stay apart: {reason}", { reason: error.message });
    }
  }

  async #removeSuperfluous(): Promise<void> {
    const { catalog, layout } = this.#options;
    for (const path of Array.from(catalog.state.superfluous)) {
      await removeIfThere(layout.within(path));
      catalog.state.removed(path);
    }
  }
}

function recordOf({ number, contents }: JournalInfo, sealed: SealedFile): CatalogRecord {
  return {
    type: "sealed",
    journal: number,
    latest: contents.latest,
    next: Array.from(contents.rooms, ([room, { last }]) => [room, last + 1]),
    tails: sealed.tails,
    segments: sealed.segments,
  };
}
