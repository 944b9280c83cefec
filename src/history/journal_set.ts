/**
 * The journal files that are not sealed yet: what each one holds and how to read it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { RoomId } from "../message/event.ts";
import { FileCache } from "./file_cache.ts";
import { LoadedJournal } from "./journal_cache.ts";
import type { JournalContents } from "./journal_contents.ts";
import { type Layout, replaceFile } from "./layout.ts";
import type { RoomSource } from "./room_reader.ts";

/** One journal file. */
export interface JournalInfo {
  readonly number: number;
  readonly contents: JournalContents;
  /** Bytes of it that are committed. */
  length: number;
}

/** See the module's description. */
export class JournalSet {
  readonly #layout: Layout;
  readonly #loaded: FileCache<LoadedJournal>;
  /** In ascending order of their numbers; the last one is being written. */
  readonly #files: JournalInfo[] = [];
  #saving: Promise<void> = Promise.resolve();

  constructor(layout: Layout, clock: Clock, cacheBytes: number) {
    this.#layout = layout;
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

  /** Forgets a file that was sealed. */
  remove(number: number): void {
    const index = this.#files.findIndex((file) => file.number === number);
    if (index >= 0) this.#files.splice(index, 1);
    this.#loaded.drop(this.#layout.journal(number));
  }

  /** Every file that holds events of the room. */
  sources(room: RoomId): RoomSource[] {
    const sources: RoomSource[] = [];
    for (const file of this.#files) {
      const contents = file.contents.rooms.get(room);
      if (contents === undefined) continue;
      const { first, last, start, end, foreign } = contents;
      const load = () => this.#load(file).slice(room, file.length);
      sources.push({ first, last, start, end, ordered: !foreign, load });
    }
    return sources;
  }

  /**
   * Saves what a closed file holds, so that opening the store need not read it. Without the summary
   * it is read then: a failure is no loss.
   */
  saveSummary({ number, contents }: JournalInfo): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      if (!this.#files.some((file) => file.number === number)) return;
      const text = new TextEncoder().encode(contents.encode());
      await replaceFile(this.#layout.summary(number), text).catch(() => undefined);
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

  #load({ number }: JournalInfo): LoadedJournal {
    const path = this.#layout.journal(number);
    return this.#loaded.use(path, () => new LoadedJournal(path));
  }
}
