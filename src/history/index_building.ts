/**
 * Makes the index from the segments: day by day, the rooms' events of a day in the order of their
 * time, each day in one transaction. What was not in segments when it began is read from the
 * journal afterwards, so offsets tell which event comes from where, whatever is sealed or merged
 * in the meantime.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../message/event.ts";
import type { Breather } from "./breather.ts";
import { readCatalog } from "./catalog.ts";
import type { CatalogState } from "./catalog_state.ts";
import { HistoryError } from "./errors.ts";
import type { IndexDatabase, IndexTransaction } from "./index_database.ts";
import { type DayLine, dayLines, type LinesOptions } from "./index_day.ts";
import { readPublicKeys } from "./keys.ts";
import type { Layout } from "./layout.ts";
import { lineChecks } from "./line_check.ts";
import type { SegmentInfo } from "./segments.ts";

/** Where an {@linkcode IndexBuilder} finds what it reads. */
export interface BuildingOptions {
  readonly layout: Layout;
  readonly breathe: Breather;
}

/** What is made at once. */
interface Day {
  readonly day: string;
  readonly segments: readonly SegmentInfo[];
  readonly check: LinesOptions["check"];
}

/** How far the making is, in bytes of segments. */
export interface BuildProgress {
  readonly done: number;
  readonly total: number;
}

/** What it reads from. */
interface Source {
  readonly catalog: CatalogState;
  readonly check: LinesOptions["check"];
}

/** Is told how far the making is. */
export type BuildListener = (progress: BuildProgress) => void;

/** Events taken in between two breaths. */
const BATCH = 500;

/** See the module's description. */
export class IndexBuilder {
  readonly #database: IndexDatabase;
  readonly #options: BuildingOptions;
  readonly #missing = new Set<string>();
  #source: Source | undefined;

  constructor(database: IndexDatabase, options: BuildingOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Takes the next day in; does nothing when the index is made.
   *
   * @param listener is told now and then in between
   * @throws {HistoryError} `history/full`, `history/io`; `history/corrupt` when the catalog cannot
   *   be read
   */
  async buildDay(listener: BuildListener): Promise<BuildProgress> {
    const before = this.#database.state.day;
    if (before === null) return { done: 0, total: 0 };
    const { catalog, check } = this.#source ??= await this.#open();
    if (before === "" && this.#plan().size === 0) this.#begin(catalog);
    const days = segmentsByDay(catalog);
    const next = Array.from(days.keys()).filter((day) => day > before).sort()[0];
    if (next === undefined) this.#finish();
    else {
      const { done, total } = progressOf(days, before);
      const day = { day: next, segments: days.get(next) ?? [], check };
      await this.#take(day, (bytes) => listener({ done: Math.min(done + bytes, total), total }));
    }
    return progressOf(days, next);
  }

  async #open(): Promise<Source> {
    const { layout } = this.#options;
    const reading = await readCatalog(layout.catalog);
    if ("state" in reading) {
      return { catalog: reading.state, check: lineChecks(await readPublicKeys(layout)) };
    }
    throw new HistoryError(
      "history/corrupt",
      `Cannot make the search index: the catalog of the history is ${reading.fault}`,
    );
  }

  /** Notes which events will come from segments, and where the journal goes on after them. */
  #begin(catalog: CatalogState): void {
    this.#database.write((_, db) => {
      const insert = db.prepare("INSERT INTO plan VALUES (?, ?)");
      for (const { room, next } of catalog.rooms.values()) insert.run(room, next);
      return { file: catalog.sealed + 1, byte: 0, line: null, checksum: null };
    });
  }

  #plan(): ReadonlyMap<RoomId, number> {
    const rows = this.#database.read((db) => db.prepare("SELECT room, next FROM plan").all());
    return new Map(rows.map(({ room, next }) => [String(room), Number(next)]));
  }

  #finish(): void {
    this.#source = undefined;
    this.#database.write((_, db) => {
      db.exec("DELETE FROM plan");
      return { day: null };
    });
  }

  /** @param taken is told how many bytes of the day are in */
  async #take({ day, segments, check }: Day, taken: (bytes: number) => void): Promise<void> {
    const { layout: { within }, breathe } = this.#options;
    const lines = dayLines(segments, { within, breathe, check, missing: this.#missing });
    const transaction = this.#database.begin();
    try {
      await this.#takeLines(transaction, lines, taken);
      transaction.commit({ day });
    } catch (error) {
      const failure = transaction.fail(error);
      // A segment may have been merged into another one: the catalog knows.
      this.#source = undefined;
      if (!(failure instanceof Deno.errors.NotFound)) throw failure;
    }
  }

  async #takeLines(
    { writer }: IndexTransaction,
    lines: AsyncIterable<DayLine>,
    taken: (bytes: number) => void,
  ): Promise<void> {
    const plan = this.#plan();
    let [count, bytes] = [0, 0];
    for await (const { room, offset, json } of lines) {
      bytes += json.length + 1;
      if (offset >= (plan.get(room) ?? 0)) continue;
      writer.add(JSON.parse(json) as ChatEvent, offset);
      if (++count % BATCH > 0) continue;
      taken(bytes);
      await this.#options.breathe();
    }
  }
}

/** `rooms/<room>/logs/<day>/...` */
function dayOf({ path }: SegmentInfo): string {
  return path.split("/")[3] ?? "";
}

function segmentsByDay(catalog: CatalogState): ReadonlyMap<string, readonly SegmentInfo[]> {
  const days = new Map<string, SegmentInfo[]>();
  for (const { segments } of catalog.rooms.values()) {
    for (const segment of segments.values()) {
      const day = days.get(dayOf(segment));
      if (day === undefined) days.set(dayOf(segment), [segment]);
      else day.push(segment);
    }
  }
  return days;
}

/** `through`: the last day that is in; undefined when all are. */
function progressOf(
  days: ReadonlyMap<string, readonly SegmentInfo[]>,
  through: string | undefined,
): BuildProgress {
  let [done, total] = [0, 0];
  for (const [day, segments] of days) {
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    total += bytes;
    if (through === undefined || day <= through) done += bytes;
  }
  return { done, total };
}
