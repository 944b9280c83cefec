/**
 * Signing in with a name and a password. Other ways to sign in stand beside it: they end in an
 * account's record just the same.
 *
 * @module
 */
import { getLogger } from "../log.ts";
import { AccountError } from "./failure.ts";
import { nameKey } from "./names.ts";
import type { Passwords } from "./passwords.ts";
import type { AccountRecord } from "./record.ts";
import type { AccountStore } from "./store.ts";
import type { Attempt, Throttle } from "./throttle.ts";

/** See the module's description. */
export class PasswordLogin {
  readonly #store: AccountStore;
  readonly #passwords: Passwords;
  readonly #throttle: Throttle;

  constructor(store: AccountStore, passwords: Passwords, throttle: Throttle) {
    this.#store = store;
    this.#passwords = passwords;
    this.#throttle = throttle;
  }

  /**
   * Finds the active account that a name and a password stand for.
   *
   * @throws {AccountError} `accounts/credentials`, `accounts/disabled`, `accounts/throttled`,
   *   `accounts/busy`
   */
  async authenticate(
    name: string,
    password: string,
    remoteAddress: string | undefined,
  ): Promise<AccountRecord> {
    const attempt = this.#throttle.begin(nameKey(name), remoteAddress);
    if (typeof attempt === "number") throw throttled("sign in", attempt);
    // A fault of the file is the poll's to report; what is known still holds.
    await this.#store.refresh().catch(() => {});
    const account = this.#store.state.find(name);
    const good = await this.#check(attempt, account, password);
    // The account as it is now: the check took a while.
    const present = this.#store.state.find(name);
    if (!good || present === undefined || present.generation !== account?.generation) {
      throw new AccountError(
        "accounts/credentials",
        "Cannot sign in: the name or the password is wrong",
      );
    }
    attempt.succeeded();
    if (present.state === "active") return present;
    throw new AccountError("accounts/disabled", "Cannot sign in: the account is disabled", {
      hint: "Ask the node's operator.",
    });
  }

  async #check(
    attempt: Attempt,
    account: AccountRecord | undefined,
    password: string,
  ): Promise<boolean> {
    const stored = account?.password ?? undefined;
    try {
      const { matches, outdated } = await this.#passwords.verify(password, stored);
      if (matches && outdated && account !== undefined) await this.#renew(account, password);
      return matches;
    } catch (error) {
      attempt.dropped();
      throw error;
    }
  }

  /** Hashes at today's cost. Whatever hinders that is no reason to keep somebody out. */
  async #renew(account: AccountRecord, password: string): Promise<void> {
    try {
      const hash = await this.#passwords.hash(password);
      await this.#store.change((state) => {
        const present = state.find(account.name);
        const same = present !== undefined && present.password === account.password;
        const changes = same ? [{ account: { ...present, password: hash } }] : [];
        return { changes, result: undefined };
      });
    } catch (error) {
      getLogger(["accounts"]).warn("Cannot renew the hash of a password: {error}", {
        error: String(error),
      });
    }
  }
}

/** What somebody hears who has to wait, `retryAfter` milliseconds. */
export function throttled(action: string, retryAfter: number): AccountError {
  return new AccountError("accounts/throttled", `Cannot ${action}: too many attempts`, {
    hint: `Try again in ${Math.ceil(retryAfter / 1000)} s.`,
    retryAfter,
  });
}
