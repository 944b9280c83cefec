/**
 * Everything that is asked of one history's index, wherever it is done: in the worker for a server,
 * in the process itself for a command.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Breather } from "./breather.ts";
import { type BuildListener, type BuildProgress, IndexBuilder } from "./index_building.ts";
import type { RemovedEvents } from "./index_contract.ts";
import { IndexDatabase, indexingError, isIndexing } from "./index_database.ts";
import { forgetRemoved } from "./index_forgetting.ts";
import {
  IndexFollower,
  type IndexProgress,
  type JournalEnd,
  type JournalPosition,
} from "./index_follow.ts";
import type { FoundPage, IndexQuery } from "./index_search.ts";
import { type FreshText, type WantedText, wantedTexts } from "./index_wanted.ts";
import { createLayout } from "./layout.ts";
import type { Random } from "./random.ts";

/** Which index is meant; can be sent to a worker. */
export interface IndexSettings {
  /** The data folder. */
  readonly root: string;
  /** The database file. */
  readonly path: string;
  /** The history's numbering of offsets. */
  readonly epoch: string;
  /** This store's device. */
  readonly device: string;
}

/** What an {@linkcode IndexService} works with. */
export interface ServiceTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly breathe: Breather;
}

/** How far the index is after a step. */
export interface IndexStep {
  readonly progress: IndexProgress;
  /** Everything before is in it. */
  readonly position: JournalPosition;
  readonly built: BuildProgress;
  /** Texts that are to be read from the history and given to {@linkcode IndexService.refresh}. */
  readonly wanted: readonly WantedText[];
}

/** What an index holds. */
export interface IndexCounts {
  readonly documents: number;
  readonly rooms: number;
  readonly position: JournalPosition;
  readonly building: boolean;
}

/** Milliseconds of one step, about. */
const STEP_MS = 50;
const NOTHING: BuildProgress = { done: 0, total: 0 };

/** See the module's description. */
export class IndexService {
  readonly #database: IndexDatabase;
  readonly #follower: IndexFollower;
  readonly #builder: IndexBuilder;
  readonly #tools: ServiceTools;
  #stepping: Promise<unknown> = Promise.resolve();

  /** @throws {HistoryError} `history/full`, `history/io` */
  constructor(settings: IndexSettings, tools: ServiceTools) {
    const { random, breathe } = tools;
    const { root, path, epoch, device } = settings;
    const layout = createLayout(root);
    const { quarantine, journal } = layout;
    this.#tools = tools;
    this.#database = new IndexDatabase({ place: { path, quarantine, epoch }, device, random });
    this.#follower = new IndexFollower(this.#database, journal);
    this.#builder = new IndexBuilder(this.#database, { layout, breathe });
  }

  /**
   * Comes nearer to `end`, the end of what is committed: about 50 ms of journal, or one day of
   * segments, of which `listener` is told now and then.
   *
   * @throws {HistoryError} `history/full`, `history/io`, `history/corrupt`
   */
  step(end: JournalEnd, listener: BuildListener = () => {}): Promise<IndexStep> {
    const step = this.#stepping.then(() => this.#step(end, listener)).catch((error) => {
      // It was found damaged, and is made anew.
      if (!isIndexing(error)) throw error;
      return this.#report("building", NOTHING);
    });
    this.#stepping = step.catch(() => undefined);
    return step;
  }

  async #step(end: JournalEnd, listener: BuildListener): Promise<IndexStep> {
    const until = this.#tools.clock.monotonic() + STEP_MS;
    for (;;) {
      const progress = this.#follower.advance(end);
      if (progress === "building") {
        const built = await this.#builder.buildDay(listener);
        return this.#report("building", built);
      }
      if (progress === "reached" || this.#tools.clock.monotonic() > until) {
        return this.#report(progress, NOTHING);
      }
      await this.#tools.breathe();
    }
  }

  /** One page of matches. @throws {HistoryError} `history/indexing`, `history/query`, ... */
  search(query: IndexQuery): FoundPage {
    if (this.#database.state.day !== null) throw indexingError();
    return this.#database.read((_, search) => search.page(search.find(query), query.limit));
  }

  /** Takes texts in that were wanted. */
  refresh(texts: readonly FreshText[]): void {
    this.#database.write((writer) => {
      writer.refresh(texts);
      return {};
    });
  }

  /** Makes everything durable: journal files up to `sealed` will be gone. */
  settle(sealed: number): void {
    this.#database.write((_, db) => {
      db.prepare("DELETE FROM marks WHERE file <= ?").run(sealed);
      return {};
    });
    this.#database.checkpoint();
  }

  /** Forgets events that are not kept any longer. */
  forget(removed: readonly RemovedEvents[]): Promise<void> {
    const forgotten = this.#stepping.then(() =>
      forgetRemoved(this.#database, removed, this.#tools.breathe)
    );
    this.#stepping = forgotten.catch(() => undefined);
    return forgotten;
  }

  /** Throws everything away; the next step begins anew. */
  reset(): Promise<void> {
    const reset = this.#stepping.then(() => this.#database.reset());
    this.#stepping = reset.catch(() => undefined);
    return reset;
  }

  counts(): IndexCounts {
    const { day } = this.#database.state;
    const row = this.#database.read((db) =>
      db.prepare(
        "SELECT count(*) AS rooms, coalesce(sum(documents), 0) AS documents FROM rooms " +
          "WHERE documents > 0",
      ).get()
    );
    return {
      documents: Number(row?.["documents"]),
      rooms: Number(row?.["rooms"]),
      position: this.#position(),
      building: day !== null,
    };
  }

  close(): void {
    this.#database.close();
  }

  #report(progress: IndexProgress, built: BuildProgress): IndexStep {
    return {
      progress,
      position: this.#position(),
      built,
      wanted: this.#database.read(wantedTexts),
    };
  }

  #position(): JournalPosition {
    const { file, byte } = this.#database.state;
    return { file, byte };
  }
}
