/**
 * Checks a whole history: every line, signature and chain, and that the store's own files say the
 * same as the events. Nothing is changed, no lock is taken: a server may run beside it.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { RoomId } from "../message/event.ts";
import { readDevice, readPublicKeys } from "./keys.ts";
import { createLayout, type Layout, listJournals } from "./layout.ts";
import { type HistoryReader, openReader } from "./reader.ts";
import { addToRuns, type SegmentName } from "./segments.ts";
import { verifyCatalog, verifyFolders, verifyKeys } from "./verify_files.ts";
import {
  chainName,
  type ChainNumbers,
  type JournalCheck,
  verifyJournal,
  verifySealedJournal,
} from "./verify_journals.ts";
import { VerifyReport } from "./verify_report.ts";
import { KnownKeys } from "./verify_signatures.ts";
import { SegmentGone, verifySegments } from "./verify_segments.ts";

/** What is verified. */
export interface VerifyOptions {
  /** The data folder. */
  readonly dir: string;
  /** Only this room; the journal files, which hold every room, are checked all the same. */
  readonly room?: RoomId;
  readonly clock?: Clock;
  /** Called as bytes are checked. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How often files may change under a verification before it gives up on one moment. */
const ATTEMPTS = 8;

/**
 * Verifies the history in a data folder.
 *
 * @throws {HistoryError} `history/invalid` when there is none; `history/corrupt` when its catalog
 *   cannot be used at all, which {@linkcode verifyCatalogOnly} explains line by line
 */
export async function verifyHistory(options: VerifyOptions): Promise<VerifyReport> {
  const layout = createLayout(options.dir);
  const reader = await openReader({ dir: options.dir, clock: options.clock ?? systemClock });
  try {
    return await new Verification(options, layout, reader).run();
  } finally {
    reader.close();
  }
}

/** Checks the catalog's lines and the keys, for a folder whose history cannot be opened. */
export async function verifyCatalogOnly(dir: string): Promise<VerifyReport> {
  const layout = createLayout(dir);
  const report = new VerifyReport();
  await verifyCatalog(layout, report);
  await verifyKeys(layout, report);
  return report;
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #layout: Layout;
  readonly #reader: HistoryReader;
  readonly #lost = new Set<string>();
  #done = 0;
  #total = 0;

  constructor(options: VerifyOptions, layout: Layout, reader: HistoryReader) {
    this.#options = options;
    this.#layout = layout;
    this.#reader = reader;
  }

  async run(): Promise<VerifyReport> {
    const report = new VerifyReport();
    await verifyCatalog(this.#layout, report);
    await verifyKeys(this.#layout, report);
    for (let attempt = 1;; attempt++) {
      const found = await this.#moment(attempt);
      if (found === undefined) {
        await this.#reader.refresh();
        continue;
      }
      report.merge(found);
      return report;
    }
  }

  /** Everything as it is at one moment; undefined when files changed meanwhile. */
  async #moment(attempt: number): Promise<VerifyReport | undefined> {
    const report = new VerifyReport();
    this.#done = 0;
    this.#total = this.#measure();
    const device = (await readDevice(this.#layout))?.id;
    const keys = new KnownKeys(await readPublicKeys(this.#layout));
    const places = new Set<string>();
    if (!await this.#journals({ report, device, places, keys })) return undefined;
    const { catalog } = this.#reader;
    for (const room of catalog.rooms.values()) {
      if (this.#options.room !== undefined && room.room !== this.#options.room) continue;
      const check = {
        layout: this.#layout,
        device,
        keys,
        report,
        lost: this.#lost,
        places,
        onProgress: (bytes: number) => this.#progress(bytes),
      };
      try {
        await verifySegments(room, check);
      } catch (error) {
        if (!(error instanceof SegmentGone)) throw error;
        await this.#look(error.path, attempt);
        return undefined;
      }
    }
    this.#offsets(report);
    if (this.#options.room === undefined) {
      const earliest = Math.min(
        ...this.#reader.journals.files.map((each) => each.contents.earliest),
      );
      const unfinished = (name: SegmentName) => name.writer === device && name.start >= earliest;
      await verifyFolders(this.#layout, catalog, unfinished, report);
    }
    return report;
  }

  /** False when one of the files was sealed meanwhile. */
  async #journals(
    shared: Pick<JournalCheck, "report" | "device" | "places" | "keys">,
  ): Promise<boolean> {
    const { report } = shared;
    const { files } = this.#reader.journals;
    const numbers: ChainNumbers = new Map();
    for (const { room, tails } of this.#reader.catalog.rooms.values()) {
      for (const [sender, { seq }] of tails) numbers.set(chainName(room, sender), seq);
    }
    for (const [index, { number }] of files.entries()) {
      const place = index === files.length - 1 ? "last" : "closed";
      const check = { ...shared, layout: this.#layout, numbers, place } as const;
      const bytes = await verifyJournal(number, check);
      if (bytes === undefined) return false;
      this.#progress(bytes);
    }
    for (const number of await listJournals(this.#layout)) {
      if (number > this.#reader.catalog.sealed) break;
      await verifySealedJournal(number, { layout: this.#layout, report });
    }
    return true;
  }

  /** A file that the newest catalog still names, again and again, is lost. */
  async #look(path: string, attempt: number): Promise<void> {
    await this.#reader.refresh();
    const names = Array.from(this.#reader.catalog.rooms.values())
      .some(({ segments }) => segments.has(path));
    if (names || attempt >= ATTEMPTS) this.#lost.add(path);
  }

  /** Arrival offsets are given without holes; one that is missing was lost with its file or line. */
  #offsets(report: VerifyReport): void {
    for (const { room, first, next } of this.#reader.rooms()) {
      if (this.#options.room !== undefined && room !== this.#options.room) continue;
      const held = this.#held(room);
      let expected = first;
      for (let at = 0; at < held.length; at += 2) {
        const [begin = 0, count = 0] = held.slice(at, at + 2);
        this.#hole(report, room, expected, begin);
        expected = Math.max(expected, begin + count);
      }
      this.#hole(report, room, expected, next);
    }
  }

  #hole(report: VerifyReport, room: RoomId, from: number, to: number): void {
    if (to <= from) return;
    const state = `the events at the offsets ${from} to ${to - 1} are missing`;
    const file = this.#layout.room(room).slice(this.#layout.root.length + 1);
    report.add({ file, code: "verify/offsets", state });
  }

  /** The runs of offsets in segments and journal files, ascending. */
  #held(room: RoomId): number[] {
    const pairs: [number, number][] = [];
    for (const { runs } of this.#reader.catalog.rooms.get(room)?.segments.values() ?? []) {
      for (let at = 0; at < runs.length; at += 2) pairs.push([runs[at] ?? 0, runs[at + 1] ?? 0]);
    }
    for (const { contents } of this.#reader.journals.files) {
      const held = contents.rooms.get(room);
      // A damaged line inside was named with its file and line already.
      if (held !== undefined) pairs.push([held.first, held.last - held.first + 1]);
    }
    pairs.sort((a, b) => a[0] - b[0]);
    const merged: number[] = [];
    for (const [first, count] of pairs) {
      if (count === 1) addToRuns(merged, first);
      else merged.push(first, count);
    }
    return merged;
  }

  #progress(bytes: number): void {
    this.#done += bytes;
    this.#options.onProgress?.(this.#done, Math.max(this.#done, this.#total));
  }

  /** Bytes to check. */
  #measure(): number {
    let total = 0;
    for (const { room, segments } of this.#reader.catalog.rooms.values()) {
      if (this.#options.room !== undefined && room !== this.#options.room) continue;
      for (const { bytes } of segments.values()) total += bytes;
    }
    for (const { length } of this.#reader.journals.files) total += length;
    return total;
  }
}
