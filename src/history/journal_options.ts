/**
 * What a journal is told and what it tells.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { HistoryHealth } from "./contract.ts";
import type { HistoryError } from "./errors.ts";
import type { CommitDurability } from "./journal_file.ts";

/** What the journal tells its owner. None of these may throw. */
export interface JournalHooks<T> {
  /**
   * The batch taken just now is the last of its file: whatever is added from here on goes to a
   * later file.
   */
  closing(): void;
  /**
   * These are stored, in the order in which they were added, in the present file. Their lines begin
   * at `starts`, counted from its byte `base`.
   */
  committed(tickets: readonly T[], starts: readonly number[], base: number): void;
  /** These are not stored and never will be, in the order in which they were added. */
  failed(tickets: readonly T[], error: HistoryError): void;
  /** File `number` is complete. */
  closed(number: number): void;
  health(health: HistoryHealth): void;
}

/** How a journal behaves. */
export interface JournalOptions<T> {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly hooks: JournalHooks<T>;
  /** Whether a commit is on disk, or is synced soon after. */
  readonly commits: CommitDurability;
  /** A file that reaches this many bytes is closed. */
  readonly maxBytes: number;
  /** A file is closed this many milliseconds after its first line. */
  readonly maxAge: number;
  /** This many bytes may wait for the disk. */
  readonly maxWaiting: number;
}
