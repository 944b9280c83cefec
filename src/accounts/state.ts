/**
 * The accounts in memory: what the changes of the file add up to.
 *
 * @module
 */
import { nameKey, nameLooks } from "./names.ts";
import type { AccountRecord, Change, InviteRecord, RevokedRecord } from "./record.ts";

/** A state that nobody may change. */
export interface ReadonlyState {
  /** By folded name; removed ones too. */
  readonly accounts: ReadonlyMap<string, AccountRecord>;
  /** By hash; only those that can still make an account. */
  readonly invites: ReadonlyMap<string, InviteRecord>;
  /** By token id. */
  readonly revoked: ReadonlyMap<string, RevokedRecord>;
  /** The account that holds a name, in whatever case it is given. */
  find(name: string): AccountRecord | undefined;
  /** An account whose name looks like this one. */
  resembling(name: string): AccountRecord | undefined;
  /** How many revoked tokens of an account (by folded name) are kept. */
  revokedOf(account: string): number;
}

/** See the module's description. */
export class State implements ReadonlyState {
  readonly accounts = new Map<string, AccountRecord>();
  readonly invites = new Map<string, InviteRecord>();
  readonly revoked = new Map<string, RevokedRecord>();
  /** Folded names by look, made when first asked for: a start need not pay for it. */
  #looks: Map<string, string> | undefined;

  find(name: string): AccountRecord | undefined {
    return this.accounts.get(nameKey(name));
  }

  resembling(name: string): AccountRecord | undefined {
    this.#looks ??= this.#allLooks();
    for (const look of nameLooks(name)) {
      const key = this.#looks.get(look);
      if (key !== undefined) return this.accounts.get(key);
    }
    return undefined;
  }

  revokedOf(account: string): number {
    let count = 0;
    for (const record of this.revoked.values()) if (record.account === account) count++;
    return count;
  }

  apply(change: Change): void {
    if ("account" in change) this.#applyAccount(change.account);
    else if ("revoked" in change) this.revoked.set(change.revoked.id, change.revoked);
    else if (change.invite.uses > 0) this.invites.set(change.invite.hash, change.invite);
    else this.invites.delete(change.invite.hash);
  }

  /** Forgets what time has made meaningless: expired invites, revoked tokens that have ended. */
  expire(now: number): void {
    for (const [hash, invite] of this.invites) {
      if (invite.expires <= now) this.invites.delete(hash);
    }
    for (const [id, revoked] of this.revoked) if (revoked.until <= now) this.revoked.delete(id);
  }

  /** The changes that make this state from nothing. */
  *changes(): Generator<Change> {
    for (const account of this.accounts.values()) yield { account };
    for (const invite of this.invites.values()) yield { invite };
    for (const revoked of this.revoked.values()) yield { revoked };
  }

  get size(): number {
    return this.accounts.size + this.invites.size + this.revoked.size;
  }

  #applyAccount(account: AccountRecord): void {
    const key = nameKey(account.name);
    const before = this.accounts.get(key);
    this.accounts.set(key, account);
    if (before === undefined && this.#looks !== undefined) {
      for (const look of nameLooks(account.name)) this.#looks.set(look, key);
    }
    if (before !== undefined && before.generation !== account.generation) {
      this.#dropRevoked(key);
    }
  }

  #allLooks(): Map<string, string> {
    const looks = new Map<string, string>();
    for (const [key, { name }] of this.accounts) {
      for (const look of nameLooks(name)) looks.set(look, key);
    }
    return looks;
  }

  /** A new generation refuses every earlier token by itself. */
  #dropRevoked(key: string): void {
    for (const [id, record] of this.revoked) if (record.account === key) this.revoked.delete(id);
  }
}
