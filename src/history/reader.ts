/**
 * A history opened for reading only, without its lock: for commands beside a running server. What
 * it shows is the state of one moment; {@linkcode HistoryReader.refresh} moves on to a later one.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { getLogger, type Logger } from "../log.ts";
import type { EventId, RoomId } from "../message/event.ts";
import { readCatalog } from "./catalog.ts";
import type { CatalogState } from "./catalog_state.ts";
import type { Page, PageQuery, RoomSummary, StoredEvent } from "./contract.ts";
import { readEpoch } from "./epoch.ts";
import { HistoryError } from "./errors.ts";
import { JournalContents } from "./journal_contents.ts";
import { inspectJournal } from "./journal_recovery.ts";
import { type JournalInfo, JournalSet } from "./journal_set.ts";
import { readPublicKeys } from "./keys.ts";
import { createLayout, type Layout, listJournals, listNames, readIfThere } from "./layout.ts";
import { lineChecks } from "./line_check.ts";
import { FaultReports } from "./quarantine.ts";
import { RecentEvents } from "./recent.ts";
import { RoomReader } from "./room_reader.ts";
import { Rooms } from "./rooms.ts";
import { SegmentSet } from "./segment_set.ts";
import { checkLimit, PAGE_LIMIT, READ_LIMIT } from "./store.ts";

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
interface Moment {
  readonly epoch: string;
  readonly catalog: CatalogState;
  readonly journals: JournalSet;
  readonly segments: SegmentSet;
  readonly rooms: Rooms;
}

const CACHE_BYTES = 24 * 1024 * 1024;
/** How often files may change under somebody who is opening them. */
const ATTEMPTS = 16;

/**
 * Opens the history in a data folder for reading. Nothing in the folder is changed.
 *
 * @throws {HistoryError} `history/invalid` when the folder holds no history; `history/corrupt` when
 *   its catalog has to be made again first, which only an owner can do
 */
export async function openReader(options: ReaderOptions): Promise<HistoryReader> {
  const layout = createLayout(options.dir);
  const loader = new MomentLoader(options, layout, await readPublicKeys(layout));
  return new HistoryReader(layout, loader, await loader.load());
}

/** See the module's description. */
export class HistoryReader {
  readonly layout: Layout;
  readonly #loader: MomentLoader;
  readonly #reader: RoomReader;
  #moment: Moment;

  /** Made by {@linkcode openReader}. */
  constructor(layout: Layout, loader: MomentLoader, moment: Moment) {
    this.layout = layout;
    this.#loader = loader;
    this.#moment = moment;
    this.#reader = new RoomReader({
      recent: new RecentEvents({ perRoom: 1, units: 0 }),
      files: (room) => {
        const { segments, journals } = this.#moment;
        return [...segments.sources(room), ...journals.sources(room)];
      },
      at: (room, offset) => this.#moment.segments.at(room, offset),
      refresh: () => this.refresh(),
    });
  }

  /** As `History.epoch`. */
  get epoch(): string {
    return this.#moment.epoch;
  }

  /** What is in segments. */
  get catalog(): CatalogState {
    return this.#moment.catalog;
  }

  /** What is in journal files. */
  get journals(): JournalSet {
    return this.#moment.journals;
  }

  /** As `History.rooms`. */
  rooms(): readonly RoomSummary[] {
    return this.#moment.rooms.summaries();
  }

  /** As `History.room`. */
  room(room: RoomId): RoomSummary {
    return this.#moment.rooms.summary(room);
  }

  /** As `History.read`. */
  async read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    checkLimit(limit, READ_LIMIT);
    return await this.#reader.read(room, from, limit);
  }

  /** The event at an offset, or undefined when it is not there. */
  at(room: RoomId, offset: number): Promise<StoredEvent | undefined> {
    return this.#reader.at(room, offset);
  }

  /** As `History.page`. */
  async page(room: RoomId, query: PageQuery): Promise<Page> {
    checkLimit(query.limit, PAGE_LIMIT);
    return await this.#reader.page(room, query);
  }

  /** As `History.get`. */
  get(room: RoomId, id: EventId): Promise<StoredEvent | undefined> {
    return this.#reader.get(room, id);
  }

  /** Moves on to what is there now. */
  async refresh(): Promise<void> {
    const moment = await this.#loader.load();
    this.close();
    this.#moment = moment;
  }

  /** Forgets what was read. */
  close(): void {
    this.#moment.journals.close();
    this.#moment.segments.close();
  }
}

/** Reads catalog and journal files so that together they show one moment. */
class MomentLoader {
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
