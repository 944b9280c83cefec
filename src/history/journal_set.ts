/**
 * The journal files that are not sealed yet: what each one holds and how to read it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { RoomId } from "../message/event.ts";
import { FileCache } from "./file_cache.ts";
import { JournalContents, type RoomContents } from "./journal_contents.ts";
import { readRoomLines, type RoomLines } from "./journal_lines.ts";
import { inspectJournal } from "./journal_recovery.ts";
import { replaceFile } from "../files.ts";
import { type Layout, readIfThere } from "./layout.ts";
import { LinePositions } from "./line_positions.ts";
import type { FaultSink } from "./quarantine.ts";
import type { RoomSource } from "./room_reader.ts";
import type { Slice } from "./slice.ts";

/** What is told of a line that is not what was written. */
export const DAMAGED_LINE = "A line's checksum does not fit";

/** One journal file. */
export interface JournalInfo {
  readonly number: number;
  readonly contents: JournalContents;
  /** Where its lines begin; undefined when that is saved behind the summary. */
  positions: LinePositions | undefined;
  /** Bytes of it that are committed. */
  length: number;
}

/** A journal file that nothing was written to yet. */
export function emptyJournal(number: number): JournalInfo {
  const [contents, positions] = [new JournalContents(), new LinePositions()];
  return { number, contents, positions, length: 0 };
}

/** A room's lines of one file in memory. */
interface LoadedRoom {
  readonly lines: Promise<RoomLines>;
  /** How many lines were asked for. */
  readonly count: number;
  size: number;
}

/** See the module's description. */
export class JournalSet {
  readonly #layout: Layout;
  readonly #faults: FaultSink | undefined;
  readonly #loaded: FileCache<LoadedRoom>;
  /** In ascending order of their numbers; the last one is being written. */
  readonly #files: JournalInfo[] = [];
  #saving: Promise<void> = Promise.resolve();

  constructor(layout: Layout, clock: Clock, cacheBytes: number, faults?: FaultSink) {
    this.#layout = layout;
    this.#faults = faults;
    this.#loaded = new FileCache(clock, cacheBytes);
  }

  /** In ascending order of their numbers; the last one is being written. */
  get files(): readonly JournalInfo[] {
    return this.#files;
  }

  /** Adds the next file. */
  add(file: JournalInfo): void {
    this.#files.push(file);
  }

  /** Forgets a file that was sealed. What was read of it is dropped when nobody asks for it. */
  remove(number: number): void {
    const index = this.#files.findIndex((file) => file.number === number);
    if (index >= 0) this.#files.splice(index, 1);
  }

  /** Every file that holds events of the room. */
  sources(room: RoomId): RoomSource[] {
    const sources: RoomSource[] = [];
    for (const file of this.#files) {
      const contents = file.contents.rooms.get(room);
      if (contents === undefined) continue;
      const { first, last, start, end, foreign } = contents;
      const load = (below: number) => this.#load(file, room, contents, below);
      sources.push({ first, last, start, end, ordered: !foreign, load });
    }
    return sources;
  }

  /**
   * Saves what a closed file holds, so that opening the store need not read it. Without the summary
   * it is read then: a failure is no loss.
   */
  saveSummary(file: JournalInfo): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      if (file.positions === undefined || !this.#files.includes(file)) return;
      const text = file.contents.encode() + file.positions.encode();
      try {
        await replaceFile(this.#layout.summary(file.number), new TextEncoder().encode(text));
        file.positions = undefined;
      } catch {
        // The positions stay in memory.
      }
    });
    return this.#saving;
  }

  /** Resolves when no summary is being saved any more. */
  saved(): Promise<void> {
    return this.#saving;
  }

  /** Forgets what was read. */
  close(): void {
    this.#loaded.clear();
  }

  /** The room's events in a file, at least those with offsets below `below`. */
  async #load(
    file: JournalInfo,
    room: RoomId,
    contents: RoomContents,
    below: number,
  ): Promise<Slice> {
    const name = `${file.number}\n${room}`;
    const known = this.#loaded.get(name);
    if (known !== undefined) {
      const { slice } = await known.lines;
      const covered = known.count === contents.count ||
        (slice.count > 0 && slice.offsetAt(slice.count - 1) >= below - 1);
      if (covered) return slice;
    }
    const { count, foreign } = contents;
    const lines = this.#read(file, room, foreign);
    const loaded: LoadedRoom = { lines, count, size: 0 };
    this.#loaded.put(name, loaded);
    try {
      const { slice, size } = await lines;
      loaded.size = size;
      return slice;
    } catch (error) {
      this.#loaded.drop(name);
      throw error;
    }
  }

  async #read(file: JournalInfo, room: RoomId, foreign: boolean): Promise<RoomLines> {
    const { length, number } = file;
    const path = this.#layout.journal(number);
    const positions = file.positions ?? await this.#positions(file);
    return await readRoomLines({
      path,
      room,
      // Those that come while the file is read are not in its committed bytes yet.
      positions: positions.of(room).filter((position) => position < length),
      length,
      ordered: !foreign,
      damaged: (bytes, byte) => {
        const fault = { file: this.#layout.relative(path), byte, state: DAMAGED_LINE };
        // It was told of in any case; the bytes stay where they are until they are sealed.
        this.#faults?.keep(fault, bytes).catch(() => undefined);
      },
    });
  }

  /** From behind the summary, or from the file itself when they are not there. */
  async #positions({ number, length }: JournalInfo): Promise<LinePositions> {
    const bytes = await readIfThere(this.#layout.summary(number));
    const saved = bytes && LinePositions.decode(bytes);
    if (saved !== undefined) return saved;
    const journal = await Deno.readFile(this.#layout.journal(number));
    return inspectJournal(journal.subarray(0, length), "", () => undefined).positions;
  }
}
