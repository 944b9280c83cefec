/**
 * What a history refuses, and why.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";

/** Stable codes of {@linkcode HistoryError}. */
export type HistoryErrorCode =
  /** Another process has the data folder. */
  | "history/locked"
  /** No space; the store tries again by itself. */
  | "history/full"
  /** The disk failed; the store tries again by itself. */
  | "history/io"
  /** The store was closed. */
  | "history/closed"
  /** One event is larger than a line may be. */
  | "history/too-large"
  /** Too much is waiting to be written. */
  | "history/busy"
  /** A draft holds what cannot be stored. */
  | "history/invalid"
  /** A search that cannot be understood. */
  | "history/query"
  /** No search index is attached. */
  | "history/no-index"
  /** The search index is being made; try again later. */
  | "history/indexing"
  /** Stored bytes are not what was written. */
  | "history/corrupt"
  /** What is not signed yet cannot be signed by this user. */
  | "history/unsigned"
  /** The sealing worker did not answer. */
  | "history/worker";

/** See {@linkcode HistoryErrorCode} for the causes. */
export class HistoryError extends ChatnodeError {
  override readonly name = "HistoryError";
  declare readonly code: HistoryErrorCode;

  constructor(
    code: HistoryErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}

const NO_SPACE = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The operating system's name of an error (`ENOSPC`), or undefined when it has none. */
export function osCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a system's name of an error says that there is no space. */
export function isFull(code: string): boolean {
  return NO_SPACE.has(code);
}

/** Turns a failed write into `history/full` or `history/io`; never quotes what was written. */
export function writeError(error: unknown): HistoryError {
  if (error instanceof HistoryError) return error;
  const code = osCode(error);
  if (code !== undefined && NO_SPACE.has(code)) {
    return new HistoryError("history/full", `Cannot store the event: no space is left (${code})`, {
      hint: "Free some space; the server resumes by itself",
      cause: error,
    });
  }
  const state = code ?? (error instanceof Error ? error.name : "unknown fault");
  return new HistoryError("history/io", `Cannot store the event: the disk failed (${state})`, {
    hint: "Look at the kernel's log; the server resumes by itself when writes succeed again",
    cause: error,
  });
}

/** What the system's refusals mean to whoever chose the folder. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "its disk may only be read",
  ENOTDIR: "it is no folder, or lies in none",
  EISDIR: "a folder stands where a file should be",
  ELOOP: "its links lead in a circle",
};

/**
 * Turns what the system refused while the data folder `dir` was opened into `history/full` or
 * `history/io`; everything else comes back as it is.
 */
export function openError(dir: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) {
    return new HistoryError("history/io", `Cannot open ${dir}: this program may not write there`, {
      cause: error,
    });
  }
  const code = osCode(error);
  if (code === undefined || error instanceof ChatnodeError) return error;
  const hint = `The system says: ${(error as Error).message}`;
  if (NO_SPACE.has(code)) {
    const message = `Cannot open ${dir}: no space is left (${code})`;
    return new HistoryError("history/full", message, { hint, cause: error });
  }
  const state = REFUSALS[code] ?? `the disk failed (${code})`;
  return new HistoryError("history/io", `Cannot open ${dir}: ${state}`, { hint, cause: error });
}
