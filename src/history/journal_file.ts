/**
 * The only place where journal bytes meet the disk. The journal decides what is written where; how
 * it gets there (and what a test lets go wrong) is decided here and in `disk_journal_file.ts`.
 *
 * @module
 */

/** One open journal file. No two calls are under way at the same time. */
export interface JournalFile {
  /** Does early what the first commit of a new file would have to wait for. */
  prepare(): Promise<void>;
  /**
   * Writes all of `bytes` at `position`, the end of what was written before, as durably as the file
   * was opened for. The caller leaves `bytes` alone until the promise settles. A rejection says
   * nothing about which bytes reached the file.
   */
  commit(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  /** Drops everything from `length` on, durably. */
  truncate(length: number): Promise<void>;
  /** Releases the file, whose data ends at `length`. Never rejects; idempotent. */
  close(length: number): Promise<void>;
}

/** What a commit means: on disk, or handed to the operating system. */
export type CommitDurability = "synced" | "written";

/** Opens journal files. */
export interface JournalFiles {
  /** Opens `path`, which is made when it does not exist. The folder is not synced. */
  open(path: string, durability: CommitDurability): Promise<JournalFile>;
}
