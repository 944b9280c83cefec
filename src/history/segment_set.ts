/**
 * The sealed part of the history, as readers see it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { RoomId } from "../message/event.ts";
import type { CatalogState } from "./catalog_state.ts";
import { breathe } from "./breather.ts";
import { FileCache, type Sized } from "./file_cache.ts";
import type { StoredEvent } from "./contract.ts";
import type { FaultSink } from "./quarantine.ts";
import type { RoomSource } from "./room_reader.ts";
import { readSegmentLine } from "./segment_blocks.ts";
import { type LineCheck, type SegmentLines, splitSegment } from "./segment_lines.ts";
import { boundsOfRuns, type SegmentInfo } from "./segments.ts";
import { at, type Slice, sliceOf, StoredLine } from "./slice.ts";

/** What a {@linkcode SegmentSet} works on. */
export interface SegmentSetOptions {
  readonly catalog: CatalogState;
  /** The path of a segment in the file system. */
  readonly within: (relative: string) => string;
  /** Says which lines of a damaged segment are sound. */
  readonly check: (info: SegmentInfo) => LineCheck;
  /** Where damage is reported and damaged bytes are kept. */
  readonly faults: FaultSink;
  readonly clock: Clock;
  readonly cacheBytes: number;
}

/** See the module's description. */
export class SegmentSet {
  readonly #options: SegmentSetOptions;
  readonly #loaded: FileCache<LoadedSegment>;
  /** Segments that were not there when somebody came to read them. */
  readonly #missing = new Set<string>();

  constructor(options: SegmentSetOptions) {
    this.#options = options;
    this.#loaded = new FileCache(options.clock, options.cacheBytes);
  }

  /** Every segment that holds events of the room. */
  sources(room: RoomId): RoomSource[] {
    const segments = this.#options.catalog.rooms.get(room)?.segments.values() ?? [];
    return Array.from(segments, (info) => {
      const [first, last] = boundsOfRuns(info.runs);
      const { start, end } = info;
      return {
        first,
        last,
        start,
        end,
        ordered: info.origin === "own",
        load: () => this.#load(info),
      };
    });
  }

  /**
   * The event at an offset, read on its own; undefined when no segment holds it, or when only a look
   * at the whole segment can tell what has become of it.
   */
  async at(room: RoomId, offset: number): Promise<StoredEvent | undefined> {
    const segments = this.#options.catalog.rooms.get(room)?.segments.values() ?? [];
    for (const info of segments) {
      const [first, last] = boundsOfRuns(info.runs);
      if (offset < first || offset > last) continue;
      const path = this.#options.within(info.path);
      const json = await readSegmentLine(path, info, offset).catch(unlessGone);
      if (json !== undefined) return new StoredLine(room, offset, json);
    }
    return undefined;
  }

  /** Forgets what was read. */
  close(): void {
    this.#loaded.clear();
  }

  /**
   * @throws {Deno.errors.NotFound} the first time a file is not there: it may have been merged, and
   *   the next attempt knows better; a file that is still asked for then is lost
   */
  async #load(info: SegmentInfo): Promise<Slice> {
    const segment = this.#loaded.use(info.path, () => new LoadedSegment(info, this.#options));
    try {
      return await segment.slice();
    } catch (error) {
      this.#loaded.drop(info.path);
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      if (!this.#missing.has(info.path)) {
        this.#missing.add(info.path);
        throw error;
      }
      const fault = { file: info.path, byte: 0, state: "A segment is missing" };
      this.#options.faults.report(fault);
      return sliceOf([], true);
    }
  }
}

/** A segment in memory. */
class LoadedSegment implements Sized {
  readonly size: number;
  readonly #info: SegmentInfo;
  readonly #options: SegmentSetOptions;
  #lines: Promise<SegmentLines> | undefined;

  constructor(info: SegmentInfo, options: SegmentSetOptions) {
    this.#info = info;
    this.#options = options;
    this.size = info.bytes + info.count * 16;
  }

  async slice(): Promise<Slice> {
    const { room, origin } = this.#info;
    const { bytes, starts, ends, offsets } = await (this.#lines ??= this.#read());
    return {
      count: offsets.length,
      ordered: origin === "own",
      offsetAt: (index) => at(offsets, index),
      eventAt: (index) => {
        const line = bytes.subarray(at(starts, index), at(ends, index));
        return new StoredLine(room, at(offsets, index), decoder.decode(line));
      },
    };
  }

  async #read(): Promise<SegmentLines> {
    const { within, check, faults } = this.#options;
    const info = this.#info;
    const bytes = await Deno.readFile(within(info.path));
    const lines = await splitSegment(info, bytes, check(info), breathe);
    for (const { start, end } of lines.damaged) {
      const fault = { file: info.path, byte: start, state: "A line is not what was signed" };
      await faults.keep(fault, bytes.subarray(start, end));
    }
    return lines;
  }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

const decoder = new TextDecoder();
