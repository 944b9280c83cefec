/**
 * Search for a server: the index lives in the worker, which is started by the first search or
 * sealing and stopped when nobody asks for a while.
 *
 * @module
 */
import type { SearchQuery, SearchResult } from "./contract.ts";
import type { BuildListener, BuildProgress } from "./index_building.ts";
import { indexingError, isIndexing } from "./index_database.ts";
import type { IndexSeams, RemovedEvents, SearchIndex } from "./index_contract.ts";
import { comparePositions, type JournalEnd, type JournalPosition } from "./index_follow.ts";
import type { FoundPage, IndexQuery } from "./index_search.ts";
import type { IndexSettings, IndexStep } from "./index_service.ts";
import type { FreshText } from "./index_wanted.ts";
import { type EventSource, eventSource, readHits, readTexts } from "./search_hits.ts";
import { parseQuery } from "./search_query.ts";
import { checkLimit } from "./store.ts";

/** Most hits of one page. */
export const SEARCH_LIMIT = 200;
/** Milliseconds that a search waits for the index to come up with the journal. */
const PATIENCE_MS = 5_000;
/** Milliseconds after which the worker is given up: a step takes far less. */
const TIMEOUTS = { step: 10 * 60_000, search: 30_000 };

/** Whoever searches is likely to search again. */
const KEEP_MS = 30_000;

const NOWHERE: JournalPosition = { file: 0, byte: 0 };

/** The index of an opened history; for `OpenOptions.index`. */
export function workerIndex(seams: IndexSeams): WorkerIndex {
  return new WorkerIndex(seams);
}

/** See the module's description; made by {@linkcode workerIndex}. */
export class WorkerIndex implements SearchIndex {
  readonly #seams: IndexSeams;
  readonly #settings: IndexSettings;
  /** What is in the index at least. */
  #position = NOWHERE;
  #built = 0;
  readonly #source: EventSource;
  /** One step after the other, whoever waits for them. */
  #stepping: Promise<IndexStep> | undefined;
  /** Who is told how far the making is. */
  #watching: BuildListener | undefined;

  constructor(seams: IndexSeams) {
    const { layout, epoch, device } = seams;
    this.#seams = seams;
    this.#source = eventSource(seams);
    this.#settings = {
      root: layout.root,
      path: layout.index,
      epoch,
      device: device.id,
    };
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    const task = indexQuery(query);
    const { clock } = this.#seams;
    const deadline = clock.monotonic() + PATIENCE_MS;
    const check = () => {
      if (clock.monotonic() > deadline) throw indexingError(this.#built);
    };
    const end = this.#end();
    for (;;) {
      await this.#reach(end, check);
      const page = await this.#ask(task);
      if (page === undefined) {
        check();
        continue;
      }
      const hits = await readHits(page.found, this.#source);
      return page.next === undefined ? { hits } : { hits, next: page.next };
    }
  }

  async caughtUp(number: number): Promise<void> {
    await this.#reach({ file: number + 1, byte: 0 }, () => undefined);
    const call = { settings: this.#settings, args: [number] as [number] };
    await this.#seams.worker.call("indexSettle", call, { timeout: TIMEOUTS.step });
  }

  /**
   * Throws the index away and makes it anew.
   *
   * @param onProgress called with bytes of segments; may throw to end it, and the rest is made later
   */
  async rebuild(onProgress: (done: number, total: number) => void): Promise<void> {
    const call = { settings: this.#settings, args: [] as [] };
    await this.#seams.worker.call("indexReset", call, { timeout: TIMEOUTS.step });
    this.#position = NOWHERE;
    const ended = Promise.withResolvers<never>();
    this.#watching = ({ done, total }) => {
      try {
        onProgress(done, total);
      } catch (error) {
        ended.reject(error);
      }
    };
    try {
      for (;;) {
        const { progress, built } = await Promise.race([this.#step(), ended.promise]);
        if (built.total > 0) onProgress(built.done, built.total);
        if (progress === "reached") return;
      }
    } finally {
      this.#watching = undefined;
    }
  }

  async forget(removed: readonly RemovedEvents[]): Promise<void> {
    const call = { settings: this.#settings, args: [removed] as [readonly RemovedEvents[]] };
    await this.#seams.worker.call("indexForget", call, { timeout: TIMEOUTS.step });
  }

  async close(): Promise<void> {
    const { worker } = this.#seams;
    if (worker.running) await worker.call("indexClose", undefined, { timeout: TIMEOUTS.search });
  }

  /** Undefined when the index was found damaged and is made anew. */
  async #ask(query: IndexQuery): Promise<FoundPage | undefined> {
    const call = { settings: this.#settings, args: [query] as [IndexQuery] };
    try {
      const options = { timeout: TIMEOUTS.search, keep: KEEP_MS };
      return await this.#seams.worker.call("indexSearch", call, options);
    } catch (error) {
      if (!isIndexing(error)) throw error;
      this.#position = NOWHERE;
      return undefined;
    }
  }

  /** Resolves once everything before `position` is in the index. `check` may end the waiting. */
  async #reach(position: JournalPosition, check: () => void): Promise<void> {
    while (comparePositions(this.#position, position) < 0) {
      check();
      const { progress } = await this.#step();
      // It cannot come further: what is asked for is not committed.
      if (progress === "reached") return;
    }
  }

  #step(): Promise<IndexStep> {
    this.#stepping ??= this.#takeStep().finally(() => this.#stepping = undefined);
    return this.#stepping;
  }

  async #takeStep(): Promise<IndexStep> {
    const { worker } = this.#seams;
    const settings = this.#settings;
    const step = await worker.call("indexStep", { settings, end: this.#end() }, {
      timeout: TIMEOUTS.step,
      onProgress: (built) => this.#hear(built),
    });
    this.#note(step.built);
    if (step.wanted.length > 0) {
      const texts = await readTexts(step.wanted, this.#source);
      const args = [texts] as [readonly FreshText[]];
      await worker.call("indexRefresh", { settings, args }, { timeout: TIMEOUTS.step });
      return { ...step, progress: step.progress === "reached" ? "behind" : step.progress };
    }
    this.#position = step.progress === "building" ? NOWHERE : step.position;
    return step;
  }

  #hear(built: BuildProgress): void {
    this.#note(built);
    this.#watching?.(built);
  }

  #note({ done, total }: BuildProgress): void {
    if (total > 0) this.#built = done / total;
  }

  /** The end of what is committed. */
  #end(): JournalEnd {
    const { number = 0, length = 0 } = this.#seams.journals.files.at(-1) ?? {};
    return { file: number, byte: length, sealed: this.#seams.catalog.sealed };
  }
}

/**
 * A query as the index takes it.
 *
 * @throws {HistoryError} `history/query`
 * @throws {RangeError} when the limit is not an integer from 1 to {@linkcode SEARCH_LIMIT}
 */
export function indexQuery(query: SearchQuery): IndexQuery {
  checkLimit(query.limit, SEARCH_LIMIT);
  const { text, room, rooms, sender, since, until, limit, cursor } = query;
  const phrases = parseQuery(text);
  const readable = room === undefined
    ? rooms
    : [room].filter((one) => rooms?.includes(one) ?? true);
  return { phrases, rooms: readable, sender, since, until, limit, cursor };
}
