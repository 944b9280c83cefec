/**
 * One writer at a time, across processes: flock(2) on a file that holds nothing.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { giveToOwnerOfFolder } from "../files.ts";
import { AccountError } from "./failure.ts";

/** How long a write waits for another process. A write takes milliseconds. */
export const LOCK_PATIENCE_MS = 10_000;

/** Writers of this process that may wait for each other. */
const MAX_WAITING = 1_000;

/** Held only around single writes, never while somebody waits for a person. */
export class WriteLock {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #clock: Clock;
  readonly #patience: number;
  /** Resolves when the last of this process's own writers is done. */
  #line: Promise<void> = Promise.resolve();
  #waiting = 0;

  private constructor(path: string, file: Deno.FsFile, clock: Clock, patience: number) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
    this.#patience = patience;
  }

  /**
   * Makes the lock file (0600) when it is not there. The kernel frees the lock of a dead process.
   *
   * @param patience milliseconds that another process is waited for
   */
  static async open(
    path: string,
    clock: Clock,
    patience: number = LOCK_PATIENCE_MS,
  ): Promise<WriteLock> {
    const options = { read: true, write: true, create: true, mode: 0o600 };
    const file = await Deno.open(path, options);
    await giveToOwnerOfFolder(path);
    return new WriteLock(path, file, clock, patience);
  }

  /**
   * Runs `work` while no other process and nobody else in this one does.
   *
   * @throws {AccountError} `accounts/locked` when patience ends, `accounts/busy` when too many wait
   *   in this process
   */
  hold<T>(work: () => Promise<T>): Promise<T> {
    return this.alone(async () => {
      await this.#acquire();
      try {
        return await work();
      } finally {
        await this.#file.unlock();
      }
    });
  }

  /**
   * Runs `work` while nobody else in this process does; other processes may write meanwhile.
   *
   * @throws {AccountError} `accounts/busy`
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) return Promise.reject(busy());
    this.#waiting++;
    const result = this.#line.then(work).finally(() => this.#waiting--);
    this.#line = result.then(() => {}, () => {});
    return result;
  }

  /** Waits for the writers in line, then releases the file. */
  async close(): Promise<void> {
    await this.#line;
    this.#file.close();
  }

  async #acquire(): Promise<void> {
    if (await this.#file.tryLock(true)) return;
    // The clock's timers do not keep a process alive that waits for nothing else.
    const alive = setInterval(() => {}, this.#patience);
    try {
      await this.#retry();
    } finally {
      clearInterval(alive);
    }
  }

  async #retry(): Promise<void> {
    const deadline = this.#clock.monotonic() + this.#patience;
    for (let wait = 1; this.#clock.monotonic() < deadline; wait = Math.min(wait * 2, 50)) {
      const pause = wait * (0.5 + Math.random());
      await new Promise<void>((resolve) => this.#clock.after(pause, resolve));
      if (await this.#file.tryLock(true)) return;
    }
    throw new AccountError(
      "accounts/locked",
      `Cannot write the accounts: another process has held ${this.#path} for ${
        this.#patience / 1000
      } s`,
      { hint: "Look for a stopped or hanging chatnode process." },
    );
  }
}

function busy(): AccountError {
  return new AccountError("accounts/busy", "Cannot use the accounts: too many writes are waiting", {
    hint: "Try again in a second.",
    retryAfter: 1_000,
  });
}
