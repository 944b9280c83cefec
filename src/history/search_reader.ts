/**
 * Search without owning the history: with the index that a server keeps, read and never written,
 * and in memory what it does not have yet. Where there is no index that can be used, one is made
 * for the moment.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { breathe } from "./breather.ts";
import type { SearchQuery, SearchResult } from "./contract.ts";
import type { JournalPosition } from "./index_follow.ts";
import { comparePositions } from "./index_follow.ts";
import { isUnchanged } from "./index_journal.ts";
import { openReadableIndex, removeIndex } from "./index_opening.ts";
import { IndexOverlay } from "./index_overlay.ts";
import { readState } from "./index_schema.ts";
import type { FoundPage, IndexQuery } from "./index_search.ts";
import { IndexService } from "./index_service.ts";
import type { FreshText, WantedText } from "./index_wanted.ts";
import { systemRandom } from "./random.ts";
import type { HistoryReader } from "./reader.ts";
import { eventSource, readHits, readTexts } from "./search_hits.ts";
import { indexQuery } from "./search_index.ts";

/** What {@linkcode searchReader} needs besides. */
export interface ReaderSearch {
  /** This store's device, whose redactions count; undefined when this user may not know it. */
  readonly device: string | undefined;
  /** Called while an index is made for the moment, in bytes. May throw to end it. */
  readonly onProgress: (done: number, total: number) => void;
}

/** How often the server may be faster than whoever looks. */
const ATTEMPTS = 5;

/**
 * As `History.search`, for a history that is only read.
 *
 * @throws {HistoryError} `history/query`, `history/corrupt`
 */
export async function searchReader(
  reader: HistoryReader,
  query: SearchQuery,
  options: ReaderSearch,
): Promise<SearchResult> {
  const task = indexQuery(query);
  const page = await searchKept(reader, task, options) ??
    await searchTemporary(reader, task, options);
  const { layout, journals } = reader;
  const hits = await readHits(page.found, eventSource({ layout, journals, reader }));
  return page.next === undefined ? { hits } : { hits, next: page.next };
}

/** With the server's index; undefined when it cannot be used. */
async function searchKept(
  reader: HistoryReader,
  task: IndexQuery,
  { device = "" }: ReaderSearch,
): Promise<FoundPage | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    using kept = openKept(reader);
    if (kept === undefined) return undefined;
    // Later than the index, so that nothing is in it that the reader does not know.
    await reader.refresh();
    const state = kept.state;
    if (state.day !== null || reader.epoch !== state.epoch) return undefined;
    if (comparePositions(state, endOf(reader)) > 0) return undefined;
    const overlay = new IndexOverlay(kept, device);
    try {
      if (!isSame(reader, state)) return undefined;
      readRest(reader, state, overlay);
      await refresh(reader, overlay);
      return overlay.search(task);
    } catch (error) {
      // Sealed and removed meanwhile: the index has it by now.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    } finally {
      overlay.close();
    }
  }
  return undefined;
}

/** The index as it is at this moment, until it is disposed of. */
function openKept({ layout, epoch }: HistoryReader) {
  const place = { path: layout.index, quarantine: layout.quarantine, epoch };
  try {
    const opened = openReadableIndex(place);
    if (typeof opened === "string") return undefined;
    const { db } = opened;
    db.exec("BEGIN");
    const state = readState(db) ?? opened.state;
    return { db, state, [Symbol.dispose]: () => db.close() };
  } catch {
    // Another user's, or no database: there is another way.
    return undefined;
  }
}

function isSame(
  { layout }: HistoryReader,
  { file, line, checksum }: { file: number; line: number | null; checksum: string | null },
): boolean {
  if (line === null || checksum === null) return true;
  return isUnchanged(layout.journal(file), { start: line, checksum });
}

/** @throws {Deno.errors.NotFound} when a file is gone because it was sealed */
function readRest(
  { layout, journals, catalog }: HistoryReader,
  from: JournalPosition,
  overlay: IndexOverlay,
): void {
  const last = journals.files.at(-1)?.number ?? 0;
  for (let number = from.file; number <= last; number++) {
    const known = journals.files.find((file) => file.number === number);
    // One that is neither sealed nor there was lost.
    if (known === undefined && number > catalog.sealed) continue;
    const start = number === from.file ? from.byte : 0;
    overlay.read(layout.journal(number), start, known?.length ?? Number.POSITIVE_INFINITY);
  }
}

/** With an index that is made for this search alone, in a folder for passing things. */
async function searchTemporary(
  reader: HistoryReader,
  task: IndexQuery,
  { device = "", onProgress }: ReaderSearch,
): Promise<FoundPage> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode_index_" });
  const path = join(folder, "index.sqlite");
  const { layout: { root }, epoch } = reader;
  const tools = { clock: systemClock, random: systemRandom, breathe };
  try {
    const service = new IndexService({ root, path, epoch, device }, tools);
    try {
      await fill(reader, service, onProgress);
      return service.search(task);
    } finally {
      service.close();
      removeIndex(path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function fill(
  reader: HistoryReader,
  service: IndexService,
  onProgress: ReaderSearch["onProgress"],
): Promise<void> {
  for (;;) {
    const end = { ...endOf(reader), sealed: reader.catalog.sealed };
    const { progress, built, wanted } = await service.step(
      end,
      ({ done, total }) => onProgress(done, total),
    );
    if (built.total > 0) onProgress(built.done, built.total);
    service.refresh(await freshTexts(reader, wanted));
    if (progress === "reached" && wanted.length === 0) return;
    if (progress === "building") await reader.refresh();
  }
}

async function refresh(reader: HistoryReader, overlay: IndexOverlay): Promise<void> {
  for (let wanted = overlay.wanted(); wanted.length > 0; wanted = overlay.wanted()) {
    overlay.refresh(await freshTexts(reader, wanted));
  }
}

function freshTexts(
  reader: HistoryReader,
  wanted: readonly WantedText[],
): Promise<FreshText[]> {
  return readTexts(wanted, (room, offset) => reader.at(room, offset));
}

function endOf({ journals, catalog }: HistoryReader): JournalPosition {
  const { number = catalog.sealed + 1, length = 0 } = journals.files.at(-1) ?? {};
  return { file: number, byte: length };
}
