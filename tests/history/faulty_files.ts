import { systemClock } from "../../src/clock.ts";
import { diskJournalFiles } from "../../src/history/disk_journal_file.ts";
import type {
  CommitDurability,
  JournalFile,
  JournalFiles,
} from "../../src/history/journal_file.ts";

/** An error as the operating system's come. */
export function osError(code: string): Error {
  return Object.assign(new Error(`os error ${code}`), { code });
}

/** Journal files on a disk that fails when it is told to. */
export class FaultyFiles implements JournalFiles {
  readonly #disk = diskJournalFiles(systemClock);
  /** What every commit ends with; undefined: it works. Some of the bytes are written all the same. */
  commitError: Error | undefined;
  /** What every truncation ends with. */
  truncateError: Error | undefined;
  /** What every opening ends with. */
  openError: Error | undefined;
  /** Commits wait for this before they begin. */
  gate: Promise<void> = Promise.resolve();
  commits = 0;

  async open(path: string, durability: CommitDurability): Promise<JournalFile> {
    if (this.openError !== undefined) throw this.openError;
    const file = await this.#disk.open(path, durability);
    return {
      prepare: () => file.prepare(),
      commit: async (bytes, position) => {
        await this.gate;
        this.commits++;
        if (this.commitError === undefined) return await file.commit(bytes, position);
        await file.commit(bytes.slice(0, bytes.length * 0.7), position);
        throw this.commitError;
      },
      sync: () => file.sync(),
      truncate: async (length) => {
        if (this.truncateError !== undefined) throw this.truncateError;
        await file.truncate(length);
      },
      close: (length) => file.close(length),
    };
  }
}
