/**
 * A history opened for reading only, without its lock: for commands beside a running server. What
 * it shows is the state of one moment; {@linkcode HistoryReader.refresh} moves on to a later one.
 *
 * @module
 */
import type { EventId, RoomId } from "../message/event.ts";
import type { CatalogState } from "./catalog_state.ts";
import type { Page, PageQuery, RoomSummary, StoredEvent } from "./contract.ts";
import type { JournalSet } from "./journal_set.ts";
import { readPublicKeys } from "./keys.ts";
import { createLayout, type Layout } from "./layout.ts";
import { type Moment, MomentLoader, type ReaderOptions } from "./moment.ts";
import { RecentEvents } from "./recent.ts";
import { RoomReader } from "./room_reader.ts";
import { checkLimit, PAGE_LIMIT, READ_LIMIT } from "./store.ts";

export type { ReaderOptions } from "./moment.ts";

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
