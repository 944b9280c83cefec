/**
 * The accounts in memory: what the changes of the file add up to.
 *
 * @module
 */
import { nameKey, nameLooks } from "./names.ts";
import type { AccountRecord, Change, InviteRecord, LinkRecord, RevokedRecord } from "./record.ts";

/** A state that nobody may change. */
export interface ReadonlyState {
  /** By folded name; removed ones too. */
  readonly accounts: ReadonlyMap<string, AccountRecord>;
  /** By hash; only those that can still make an account. */
  readonly invites: ReadonlyMap<string, InviteRecord>;
  /** By {@linkcode linkKey}; only those that lead to an account. */
  readonly links: ReadonlyMap<string, LinkRecord>;
  /** By token id. */
  readonly revoked: ReadonlyMap<string, RevokedRecord>;
  /** The account that holds a name, in whatever case it is given. */
  find(name: string): AccountRecord | undefined;
  /** An account whose name looks like this one. */
  resembling(name: string): AccountRecord | undefined;
  /** What signs in to an account (by folded name) elsewhere, the oldest first. */
  linksOf(account: string): LinkRecord[];
  /** How many revoked tokens of an account (by folded name) are kept. */
  revokedOf(account: string): number;
}

/** One link for each way in which a provider can name a person. */
export function linkKey(
  { issuer, by, value }: Pick<LinkRecord, "issuer" | "by" | "value">,
): string {
  return JSON.stringify([issuer, by, value]);
}

/** See the module's description. */
export class State implements ReadonlyState {
  readonly accounts = new Map<string, AccountRecord>();
  readonly invites = new Map<string, InviteRecord>();
  readonly links = new Map<string, LinkRecord>();
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

  linksOf(account: string): LinkRecord[] {
    return [...this.links.values()].filter((link) => link.account === account);
  }

  revokedOf(account: string): number {
    let count = 0;
    for (const record of this.revoked.values()) if (record.account === account) count++;
    return count;
  }

  apply(change: Change): void {
    if ("account" in change) this.#applyAccount(change.account);
    else if ("revoked" in change) this.revoked.set(change.revoked.id, change.revoked);
    else if ("link" in change) this.#applyLink(change.link);
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
    for (const link of this.links.values()) yield { link };
    for (const revoked of this.revoked.values()) yield { revoked };
  }

  get size(): number {
    return this.accounts.size + this.invites.size + this.links.size + this.revoked.size;
  }

  #applyLink(link: LinkRecord): void {
    const key = linkKey(link);
    if (link.account === null) this.links.delete(key);
    else this.links.set(key, link);
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
