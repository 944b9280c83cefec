/**
 * Makes few files of many: our files of a room and a day that is over become one. The old ones go
 * once everybody who is known has seen the new one, or after a time of grace; somebody unknown who
 * comes too late finds the same events in the new one. Where nothing may be deleted nothing is
 * merged either.
 *
 * @module
 */
import type { OwnEvents, OwnLine } from "../../../history/own_lines.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket } from "../stores/contract.ts";
import { type ListedFile, listFiles } from "./listing.ts";
import { fileKey } from "./names.ts";
import { sha256 } from "./plan.ts";
import type { MergedFiles } from "./push_records.ts";
import type { PushStore } from "./push_store.ts";
import type { NamedContent } from "./put_once.ts";

/** What a {@linkcode Compactor} works with. */
export interface CompactorOptions {
  readonly bucket: Bucket;
  readonly events: OwnEvents;
  readonly store: PushStore;
  /** Stores an object that must not be overwritten. */
  readonly put: (object: NamedContent, signal: AbortSignal) => Promise<"stored" | "conflict">;
  /** Tells of what was stored; resolves with the version of the head that does. */
  readonly tell: (signal: AbortSignal) => Promise<number>;
}

/** What a compaction has done. */
export interface Compacted {
  /** Files that were made. */
  readonly made: number;
  /** Old files that were removed. */
  readonly removed: number;
  /** Old files that wait for readers. */
  readonly waiting: number;
}

/** A merged file stays small enough to be fetched as a whole. */
const MERGED_BYTES = 16 * 1024 * 1024;
/** Old files go after so much observed time, whoever has not seen the new ones, milliseconds. */
const GRACE_MS = 7 * 24 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Some files and the lines that they hold. */
interface Merge {
  readonly room: RoomId;
  readonly day: string;
  readonly files: readonly ListedFile[];
  readonly lines: readonly OwnLine[];
}

/** See the module's description. */
export class Compactor {
  readonly #options: CompactorOptions;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  /**
   * Merges what can be merged and removes what may go.
   *
   * @param now milliseconds since the epoch: days that ended a day ago are over, whatever the clock
   *   says of them later
   * @param readers which version of our head each of the other writers has taken in; undefined
   *   where that is not known
   * @throws {BucketError}
   */
  async compact(
    now: number,
    readers: readonly (number | undefined)[],
    signal: AbortSignal,
  ): Promise<Compacted> {
    const made = await this.#merge(now, signal);
    const removed = await this.#sweep(readers, signal);
    const waiting = [...this.#options.store.state.merged.values()]
      .reduce((sum, { old }) => sum + old.length, 0);
    return { made, removed, waiting };
  }

  async #merge(now: number, signal: AbortSignal): Promise<number> {
    const { bucket, store: { state, log } } = this.#options;
    const until = new Date(now - DAY_MS).toISOString().slice(0, 10);
    const old = new Set([...state.merged.values()].flatMap((each) => each.old));
    const made: Omit<MergedFiles, "version">[] = [];
    let folder: ListedFile[] = [];
    const close = async () => {
      const found = coveredFiles(folder);
      made.push(...found);
      const covered = new Set(found.flatMap((each) => each.old));
      const rest = folder.filter(({ key }) => !covered.has(key));
      for (const merge of await this.#plan(rest)) made.push(await this.#make(merge, signal));
      folder = [];
    };
    for await (const file of listFiles(bucket, {}, signal)) {
      const isOurs = file.writer === state.device && file.folder.slice(-10) < until;
      if (!isOurs || old.has(file.key)) continue;
      if (folder[0] !== undefined && folder[0].folder !== file.folder) await close();
      folder.push(file);
    }
    await close();
    if (made.length === 0) return 0;
    const version = await this.#options.tell(signal);
    await log.append(made.map((each) => ({ type: "merged", ...each, version })), "synced");
    return made.length;
  }

  /** Runs of at least two neighbours that hold exactly what we hold. */
  async #plan(files: readonly ListedFile[]): Promise<Merge[]> {
    const [first] = files;
    if (first === undefined || files.length < 2) return [];
    const { room, folder } = first;
    const day = folder.slice(-10);
    const lines = (await Array.fromAsync(this.#options.events.lines(room)))
      .filter((line) => line.day === day && line.writer === first.writer);
    const merges: Merge[] = [];
    let run: ListedFile[] = [];
    const take = () => {
      if (run.length > 1) merges.push({ room, day, files: run, lines: between(lines, run) });
      run = [];
    };
    for (const file of files.toSorted((a, b) => a.start - b.start)) {
      const bytes = between(lines, [file]).reduce((sum, line) => sum + line.bytes, 0);
      const size = run.reduce((sum, each) => sum + each.size, file.size);
      // What the bucket holds under our name and we do not is left as it is.
      if (bytes !== file.size || size > MERGED_BYTES) take();
      if (bytes === file.size) run.push(file);
    }
    take();
    return merges.filter(({ lines, files }) =>
      lines.reduce((sum, { bytes }) => sum + bytes, 0) ===
        files.reduce((sum, { size }) => sum + size, 0)
    );
  }

  async #make(
    { room, day, files, lines }: Merge,
    signal: AbortSignal,
  ): Promise<Omit<MergedFiles, "version">> {
    const { events, store: { state, log }, put } = this.#options;
    const [from, to] = [lines[0]?.offset ?? 0, (lines.at(-1)?.offset ?? 0) + 1];
    const bytes = await events.read({ room, day, writer: state.device, from, to });
    const start = Math.min(...files.map((file) => file.start));
    const end = Math.max(...files.map((file) => file.end));
    const key = fileKey({ room, day, start, end, writer: state.device });
    if (await put({ key, bytes }, signal) === "conflict") return { into: key, old: [] };
    const object = { key, size: bytes.length, sha256: sha256(bytes) };
    await log.append([{ type: "announced", object }], "written");
    return { into: key, old: files.map((file) => file.key).filter((each) => each !== key) };
  }

  async #sweep(readers: readonly (number | undefined)[], signal: AbortSignal): Promise<number> {
    const { bucket, store: { state, log } } = this.#options;
    let removed = 0;
    for (const { into, old, version, observed } of [...state.merged.values()]) {
      const seen = readers.length > 0 && readers.every((taken) => (taken ?? 0) >= version);
      if (!seen && state.observed - observed < GRACE_MS) continue;
      // Never without a look at what takes their place.
      if (await bucket.head(into, { signal }) === undefined) continue;
      for (const key of old) await bucket.delete(key, { signal });
      await log.append([{ type: "swept", into }], "written");
      removed += old.length;
    }
    return removed;
  }
}

/** Files whose events are in a larger one, made by a compaction that was forgotten. */
function coveredFiles(files: readonly ListedFile[]): Omit<MergedFiles, "version">[] {
  const old = new Map<string, string[]>();
  for (const file of files) {
    const larger = files.find((other) =>
      other !== file && other.start <= file.start && other.end >= file.end &&
      other.size > file.size
    );
    if (larger !== undefined) old.set(larger.key, [...old.get(larger.key) ?? [], file.key]);
  }
  return Array.from(old, ([into, keys]) => ({ into, old: keys }));
}

function between(lines: readonly OwnLine[], files: readonly ListedFile[]): OwnLine[] {
  const start = Math.min(...files.map((file) => file.start));
  const end = Math.max(...files.map((file) => file.end));
  return lines.filter(({ timestamp }) => timestamp >= start && timestamp <= end);
}
