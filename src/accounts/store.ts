/**
 * Accounts on disk, shared by every process that has the folder open: a running server and
 * `chatnode account` beside it.
 *
 * A write takes the lock, reads what others have written, decides on that, appends one line, syncs
 * it, and only then counts: no update is lost, no decision rests on old facts. Readers never wait;
 * they learn of other processes' writes by looking at the file's size once a second.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock, Timer } from "../clock.ts";
import { getLogger } from "../log.ts";
import type { Decision } from "./decisions.ts";
import { diskFault } from "./disk_fault.ts";
import { makePrivateFolder } from "../files.ts";
import { AccountError } from "./failure.ts";
import { Ledger, type News } from "./ledger.ts";
import { WriteLock } from "./lock.ts";
import type { AccountRecord, Change, RevokedRecord } from "./record.ts";
import { type ReadonlyState, State } from "./state.ts";

/** How soon another process's change is seen. */
export const POLL_MS = 1_000;
/** The file is rewritten when it has this many lines and {@linkcode GARBAGE_RATIO} as many as needed. */
const GARBAGE_LINES = 1_000;
const GARBAGE_RATIO = 3;

/** Called after a change is on disk, whichever process made it. Must not throw. */
export interface StoreListener {
  /** `before` is undefined for a new account. */
  account(after: AccountRecord, before: AccountRecord | undefined): void;
  revoked(record: RevokedRecord): void;
}

/** See the module's description. */
export class AccountStore {
  readonly #clock: Clock;
  readonly #lock: WriteLock;
  readonly #ledger: Ledger;
  readonly #listener: StoreListener;
  readonly #log = getLogger(["accounts"]);
  #state = new State();
  #timer: Timer | undefined;
  #faulty = false;
  #closed = false;

  private constructor(lock: WriteLock, ledger: Ledger, listener: StoreListener, clock: Clock) {
    this.#lock = lock;
    this.#ledger = ledger;
    this.#listener = listener;
    this.#clock = clock;
  }

  /**
   * Opens the folder (made 0700 when missing) and reads everything.
   *
   * @throws {AccountError} `accounts/corrupt`, `accounts/io`, `accounts/locked`
   */
  static async open(
    folder: string,
    listener: StoreListener,
    clock: Clock,
  ): Promise<AccountStore> {
    const lock = await openLock(folder, clock);
    const ledger = new Ledger(join(folder, "accounts.jsonl"));
    const store = new AccountStore(lock, ledger, listener, clock);
    try {
      await lock.hold(() => store.#begin());
    } catch (error) {
      await store.close();
      throw error;
    }
    store.#poll();
    return store;
  }

  /** As of the last look; never changed in place once handed out to a decision. */
  get state(): ReadonlyState {
    return this.#state;
  }

  /**
   * Decides on the newest state, with every other writer kept out, and stores the outcome. What
   * `decide` throws is passed on and nothing is stored. Resolves once the changes are on disk.
   *
   * @throws {AccountError} `accounts/closed`, `accounts/locked`, `accounts/disk-full`,
   *   `accounts/io`, `accounts/corrupt`
   */
  change<T>(decide: (state: ReadonlyState) => Decision<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    return this.#lock.hold(async () => {
      this.#take(await this.#ledger.look());
      const { changes, result } = decide(this.#state);
      if (changes.length > 0) await this.#write(changes);
      return result;
    });
  }

  /** Runs `work` while no other process writes in the folder. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#closed ? Promise.reject(closed()) : this.#lock.hold(work);
  }

  /**
   * Sees now what other processes have written.
   *
   * @throws {AccountError} `accounts/corrupt`, `accounts/io`, `accounts/closed`
   */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    return this.#lock.alone(async () => this.#take(await this.#ledger.look()));
  }

  /** Waits for writes under way, then releases the files. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    await this.#lock.close();
    this.#ledger.close();
  }

  async #begin(): Promise<void> {
    await this.#ledger.clear();
    const { changes } = await this.#ledger.look();
    for (const change of changes) this.#state.apply(change);
    this.#state.expire(this.#clock.now());
    await this.#tidy();
  }

  async #write(changes: readonly Change[]): Promise<void> {
    this.#reportTorn();
    await this.#ledger.append(this.#clock.now(), changes);
    this.#adopt(changes);
    this.#state.expire(this.#clock.now());
    await this.#tidy();
  }

  /** Rewrites a file that is mostly history. A full disk is no reason to refuse what was stored. */
  async #tidy(): Promise<void> {
    const lines = this.#ledger.lines;
    if (lines < GARBAGE_LINES || lines < GARBAGE_RATIO * this.#state.size) return;
    try {
      await this.#ledger.rewrite(this.#clock.now(), [...this.#state.changes()]);
    } catch (error) {
      this.#log.warn("Cannot shorten the accounts file: {error}", { error: String(error) });
    }
  }

  #reportTorn(): void {
    if (this.#ledger.torn === 0) return;
    this.#log.warn("Cut {bytes} bytes of an unfinished last line off {path}", {
      bytes: this.#ledger.torn,
      path: this.#ledger.path,
    });
  }

  #take(news: News): void {
    if (!news.fresh) return this.#adopt(news.changes);
    const before = this.#state;
    const after = new State();
    for (const change of news.changes) after.apply(change);
    after.expire(this.#clock.now());
    this.#state = after;
    for (const [key, account] of after.accounts) {
      const old = before.accounts.get(key);
      if (JSON.stringify(old) !== JSON.stringify(account)) this.#listener.account(account, old);
    }
    for (const [id, record] of after.revoked) {
      if (!before.revoked.has(id)) this.#listener.revoked(record);
    }
  }

  #adopt(changes: readonly Change[]): void {
    for (const change of changes) {
      const before = "account" in change ? this.#state.find(change.account.name) : undefined;
      this.#state.apply(change);
      if ("account" in change) this.#listener.account(change.account, before);
      else if ("revoked" in change) this.#listener.revoked(change.revoked);
    }
  }

  #poll(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.after(POLL_MS, async () => {
      await this.#pollOnce();
      this.#poll();
    });
  }

  /** Looks, and says so once when the file turns bad and once when it is good again. */
  async #pollOnce(): Promise<void> {
    try {
      await this.refresh();
      if (this.#faulty) this.#log.info("The accounts file can be read again");
      this.#faulty = false;
    } catch (error) {
      if (this.#closed) return;
      if (!this.#faulty) {
        this.#log.error("Accounts stay as they were: {error}", { error: String(error) });
      }
      this.#faulty = true;
    }
  }
}

async function openLock(folder: string, clock: Clock): Promise<WriteLock> {
  try {
    await makePrivateFolder(folder);
    return await WriteLock.open(join(folder, "lock"), clock);
  } catch (cause) {
    throw diskFault("open", folder, cause);
  }
}

function closed(): AccountError {
  return new AccountError("accounts/closed", "Cannot use the accounts: they are closed");
}
