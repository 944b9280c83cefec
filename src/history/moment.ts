/**
 * One moment of a history that another process may be writing, read from its files.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { getLogger, type Logger } from "../log.ts";
import { readCatalog } from "./catalog.ts";
import type { CatalogState } from "./catalog_state.ts";
import { readEpoch } from "./epoch.ts";
import { HistoryError } from "./errors.ts";
import { JournalContents } from "./journal_contents.ts";
import { inspectJournal } from "./journal_recovery.ts";
import { type JournalInfo, JournalSet } from "./journal_set.ts";
import { type Layout, listJournals, listNames, readIfThere } from "./layout.ts";
import { lineChecks } from "./line_check.ts";
import { FaultReports } from "./quarantine.ts";
import { Rooms } from "./rooms.ts";
import { SegmentSet } from "./segment_set.ts";

/** How {@linkcode openReader} opens a data folder. */
export interface ReaderOptions {
  /** The data folder. */
  readonly dir: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Bytes of files kept in memory; default 24 MiB. */
  readonly cacheBytes?: number;
}

/** One moment of a history. */
export interface Moment {
  readonly epoch: string;
  readonly catalog: CatalogState;
  readonly journals: JournalSet;
  readonly segments: SegmentSet;
  readonly rooms: Rooms;
}

const CACHE_BYTES = 24 * 1024 * 1024;
/** How often files may change under somebody who is opening them. */
const ATTEMPTS = 16;

/** Reads catalog and journal files so that together they show one moment. */
export class MomentLoader {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #cacheBytes: number;
  readonly #faults: FaultReports;
  readonly #publicKeys: ReadonlyMap<string, string>;

  constructor(
    { clock = systemClock, logger, cacheBytes = CACHE_BYTES }: ReaderOptions,
    layout: Layout,
    publicKeys: ReadonlyMap<string, string>,
  ) {
    this.#layout = layout;
    this.#clock = clock;
    this.#cacheBytes = cacheBytes / 2;
    this.#faults = new FaultReports(logger ?? getLogger(["history"]));
    this.#publicKeys = publicKeys;
  }

  async load(): Promise<Moment> {
    for (let attempt = 1;; attempt++) {
      const moment = await this.#attempt();
      if (moment !== undefined) return moment;
      if (attempt < ATTEMPTS) continue;
      // No sealing takes that long: the end of the catalog is damaged, or files were removed.
      throw unreadable(this.#layout, "its catalog.jsonl ends before its journal begins");
    }
  }

  /** Undefined when a journal file was sealed between two looks. */
  async #attempt(): Promise<Moment | undefined> {
    const catalog = await this.#readCatalog();
    const numbers = (await listJournals(this.#layout)).filter((each) => each > catalog.sealed);
    if (numbers.length > 0 && numbers[0] !== catalog.sealed + 1) return undefined;
    const journals = new JournalSet(this.#layout, this.#clock, this.#cacheBytes);
    try {
      for (const number of numbers) journals.add(await this.#readJournal(number));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const rooms = new Rooms();
    for (const room of catalog.rooms.values()) rooms.seal(room, catalog.latest);
    for (const { contents } of journals.files) {
      for (const [room, held] of contents.rooms) rooms.load(room, held, contents.latest);
    }
    return {
      epoch: await this.#readEpoch(),
      catalog,
      journals,
      rooms,
      segments: this.#open(catalog),
    };
  }

  async #readCatalog(): Promise<CatalogState> {
    const reading = await readCatalog(this.#layout.catalog);
    if ("state" in reading) return reading.state;
    if (reading.fault === "missing" && (await listNames(this.#layout.history)).length === 0) {
      throw new HistoryError(
        "history/invalid",
        `Cannot read ${this.#layout.root}: no history is there`,
      );
    }
    throw unreadable(this.#layout, `its catalog is ${reading.fault}`);
  }

  async #readJournal(number: number): Promise<JournalInfo> {
    const summary = await readIfThere(this.#layout.summary(number));
    const known = summary && JournalContents.decode(summary);
    const path = this.#layout.journal(number);
    if (known !== undefined) {
      return {
        number,
        contents: known,
        positions: undefined,
        length: (await Deno.stat(path)).size,
      };
    }
    const bytes = await Deno.readFile(path);
    const { scan, contents, positions } = inspectJournal(bytes, "", () => undefined);
    return { number, contents, positions, length: scan.end };
  }

  async #readEpoch(): Promise<string> {
    const bytes = await readIfThere(this.#layout.identity);
    const epoch = bytes && readEpoch(new TextDecoder().decode(bytes));
    if (epoch === undefined) throw unreadable(this.#layout, "it has no epoch");
    return epoch;
  }

  #open(catalog: CatalogState): SegmentSet {
    return new SegmentSet({
      catalog,
      within: this.#layout.within,
      check: lineChecks(this.#publicKeys),
      faults: this.#faults,
      clock: this.#clock,
      cacheBytes: this.#cacheBytes,
    });
  }
}

function unreadable({ root }: Layout, state: string): HistoryError {
  return new HistoryError("history/corrupt", `Cannot read the history in ${root}: ${state}`, {
    hint: "Start the server on it once; it repairs what can be repaired",
  });
}
