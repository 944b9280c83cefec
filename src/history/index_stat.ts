/**
 * What a search index holds and how far it is, without touching it.
 *
 * @module
 */
import { type IndexFault, openReadableIndex } from "./index_opening.ts";
import type { HistoryReader } from "./reader.ts";

/** See the module's description. */
export interface IndexStat {
  /**
   * `ready`: it can be used, and what it has not read is looked up when somebody searches;
   * `building`: it is being made; `unreadable`: this user may not; else why it will be made anew.
   */
  readonly state: "ready" | "building" | "unreadable" | IndexFault;
  /** Messages in it. */
  readonly documents: number;
  /** Bytes of its file. */
  readonly bytes: number;
  /** Bytes of the journal that it has not read. */
  readonly behind: number;
}

/** The index of the history that `reader` shows. */
export function statIndex(reader: HistoryReader): IndexStat {
  const { layout: { index: path, quarantine }, epoch } = reader;
  const nothing = { documents: 0, bytes: sizeOf(path), behind: 0 };
  try {
    const opened = openReadableIndex({ path, quarantine, epoch });
    if (typeof opened === "string") return { state: opened, ...nothing };
    const { db, state } = opened;
    try {
      const row = db.prepare("SELECT coalesce(sum(documents), 0) AS sum FROM rooms").get();
      const documents = Number(row?.["sum"]);
      const behind = restOf(reader, state);
      return { ...nothing, state: state.day === null ? "ready" : "building", documents, behind };
    } finally {
      db.close();
    }
  } catch {
    // Another user's file, or a damage that only shows now.
    return { state: "unreadable", ...nothing };
  }
}

function restOf({ journals }: HistoryReader, at: { file: number; byte: number }): number {
  return journals.files.reduce((rest, { number, length }) => {
    if (number < at.file) return rest;
    return rest + Math.max(0, number === at.file ? length - at.byte : length);
  }, 0);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
