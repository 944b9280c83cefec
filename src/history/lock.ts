/**
 * One process per data folder: flock(2) on `<data>/lock`. The kernel drops the lock with its
 * process, however that ended; the file's text only tells people who holds it.
 *
 * @module
 */
import { HistoryError } from "./errors.ts";
import { createLayout } from "./layout.ts";

/** A held lock. */
export interface FolderLock {
  /** Lets others in; idempotent. */
  release(): void;
}

/** What stands in the lock file: who has the folder. */
export interface LockHolder {
  readonly pid: number;
  /** What the process is, for people: `chatnode server`. */
  readonly program: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Takes the data folder `dir`, which must exist.
 *
 * @throws {HistoryError} `history/locked` with the holder's process id and name
 */
export function lockFolder(dir: string, holder: LockHolder): FolderLock {
  const options = { read: true, write: true, create: true, mode: 0o600 };
  const file = Deno.openSync(createLayout(dir).lock, options);
  if (!file.tryLockSync(true)) {
    const text = readText(file);
    file.close();
    throw lockedError(dir, text);
  }
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(`${JSON.stringify(holder)}\n`));
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      file.truncateSync(0);
      // Closing alone would leave the lock to a child that is just being started with our files.
      file.unlockSync();
      file.close();
    },
  };
}

/** Whether a process has the data folder `dir` right now. */
export function isFolderLocked(dir: string): boolean {
  try {
    using file = Deno.openSync(createLayout(dir).lock, { read: true });
    // Held for an instant when nobody has it; shared, so that two who look do not see each other.
    return !file.tryLockSync(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(1024);
  file.seekSync(0, Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

function lockedError(dir: string, text: string): HistoryError {
  return new HistoryError(
    "history/locked",
    `Cannot open ${dir}: ${describeHolder(text)} is using it`,
    {
      hint: "Stop that process or choose another folder with --data",
    },
  );
}

/** The file is written after the lock is taken: for an instant it may be empty. */
function describeHolder(text: string): string {
  try {
    const { pid, program } = JSON.parse(text);
    if (Number.isSafeInteger(pid) && typeof program === "string") {
      return `process ${pid} ("${program.replace(/[^\x20-\x7e]/g, "?").slice(0, 80)}")`;
    }
  } catch {
    // Said below.
  }
  return "another process";
}
