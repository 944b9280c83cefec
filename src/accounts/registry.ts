/**
 * The accounts as their operator sees them.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Role } from "./contract.ts";
import * as decisions from "./decisions.ts";
import { Invitations } from "./invitations.ts";
import * as links from "./links.ts";
import { checkNewName, nameKey } from "./names.ts";
import { checkNewPassword, Passwords } from "./passwords.ts";
import { base32, type Random } from "./random.ts";
import type { AccountRecord, AccountState } from "./record.ts";
import type { ReadonlyState } from "./state.ts";
import { AccountStore } from "./store.ts";

/** An account as lists show it. */
export interface AccountSummary {
  readonly name: string;
  readonly role: Role;
  readonly state: AccountState;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** False for an account that signs in elsewhere only. */
  readonly hasPassword: boolean;
  /** Who signs in to it at identity providers. */
  readonly identities: readonly links.LinkedIdentity[];
}

export interface RegistryOptions {
  readonly store: AccountStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly random: Random;
  /** Accounts the node may hold, removed ones counted. */
  readonly maxAccounts: number;
}

/**
 * Opens the accounts in `folder` for administration only: beside a running server, or before the
 * first start. The folder is made when it is not there.
 *
 * @throws {AccountError} `accounts/corrupt`, `accounts/io`, `accounts/locked`
 */
export async function openRegistry(
  folder: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<{ readonly registry: Registry; close(): Promise<void> }> {
  const store = await AccountStore.open(folder, { account() {}, revoked() {} }, clock);
  const passwords = new Passwords({ random });
  const registry = new Registry({ store, passwords, clock, random, maxAccounts: MAX_ACCOUNTS });
  return { registry, close: () => store.close() };
}

/** Accounts a node may hold unless told, removed ones counted. */
export const MAX_ACCOUNTS = 100_000;

/** See the module's description. Every change is on disk when its promise resolves. */
export class Registry {
  /** The invites by which others register. */
  readonly invitations: Invitations;
  readonly #store: AccountStore;
  readonly #passwords: Passwords;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: { readonly accounts: number };

  constructor(options: RegistryOptions) {
    this.invitations = new Invitations(options.store, options.clock, options.random);
    this.#store = options.store;
    this.#passwords = options.passwords;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#limits = { accounts: options.maxAccounts };
  }

  /**
   * Makes an account, whatever the registration mode. Without a password it cannot sign in until it
   * has one or an identity provider vouches for it.
   *
   * @throws {AccountError} `accounts/name-taken`, `accounts/name-length`, `accounts/name-invalid`,
   *   `accounts/password-too-short`, `accounts/password-invalid`, `accounts/too-many`,
   *   `accounts/busy`, or a fault of the store
   */
  async add(request: {
    readonly name: string;
    readonly password: string | undefined;
    readonly role: Role;
  }): Promise<AccountSummary> {
    const { role } = request;
    const name = this.checkName(request.name);
    const password = await this.#hashNew(request.password);
    const account = this.#newAccount(name, role, password);
    return this.#summary(
      await this.#store.change((state) => decisions.create(state, account, this.#limits)),
    );
  }

  /**
   * Says beforehand whether {@linkcode add} would take a name, and returns it in form NFC.
   *
   * @throws {AccountError} `accounts/name-taken`, `accounts/name-length`, `accounts/name-invalid`
   */
  checkName(text: string): string {
    decisions.checkNotTaken(this.#store.state, text);
    const name = checkNewName(text, "operator");
    decisions.checkLook(this.#store.state, name);
    return name;
  }

  /** One account, by its name in whatever case; undefined for a removed one too. */
  find(name: string): AccountSummary | undefined {
    const account = this.#store.state.find(name);
    return account === undefined || account.state === "removed"
      ? undefined
      : this.#summary(account);
  }

  /**
   * Makes an admin with a random password when there is no active admin: `admin`, or the first of
   * `admin2`, `admin3`, ... that is free.
   *
   * @returns the new account's name and its password, which is kept nowhere; undefined when there
   *   is an admin
   */
  async ensureAdmin(): Promise<{ name: string; password: string } | undefined> {
    if (decisions.hasAdminBeside(this.#store.state, undefined)) return undefined;
    const password = base32(this.#random(15));
    const hash = await this.#passwords.hash(password);
    const name = await this.#store.change<string | undefined>((state) => {
      if (decisions.hasAdminBeside(state, undefined)) return { changes: [], result: undefined };
      const account = this.#newAccount(freeAdminName(state), "admin", hash);
      return { changes: [{ account }], result: account.name };
    });
    return name === undefined ? undefined : { name, password };
  }

  /** Every account, removed ones too, by name. */
  list(): AccountSummary[] {
    const { accounts, links: all } = this.#store.state;
    const linked = Map.groupBy(all.values(), ({ account }) => account);
    return [...accounts].map(([key, account]) => summary(account, linked.get(key) ?? []))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Whether the name is taken, in whatever case; by a removed account too. */
  exists(name: string): boolean {
    return this.#store.state.find(name) !== undefined;
  }

  /**
   * Sets a password; ends every session and token of the account.
   *
   * @throws {AccountError} `accounts/unknown`, `accounts/password-too-short`,
   *   `accounts/password-invalid`, `accounts/busy`, or a fault of the store
   */
  async setPassword(name: string, password: string): Promise<AccountSummary> {
    decisions.existing(this.#store.state, name);
    const hash = await this.#hashNew(password);
    return this.#summary(
      await this.#store.change((state) => decisions.setPassword(state, name, hash)),
    );
  }

  /** @throws {AccountError} `accounts/unknown`, `accounts/last-admin`, or a fault of the store */
  async setRole(name: string, role: Role): Promise<AccountSummary> {
    return this.#summary(await this.#store.change((state) => decisions.setRole(state, name, role)));
  }

  /**
   * Shuts an account: it cannot sign in and its sessions end. {@linkcode enable} undoes it.
   *
   * @throws {AccountError} `accounts/unknown`, `accounts/last-admin`, or a fault of the store
   */
  async disable(name: string): Promise<AccountSummary> {
    return await this.#setState(name, "disabled");
  }

  /** @throws {AccountError} `accounts/unknown`, or a fault of the store */
  async enable(name: string): Promise<AccountSummary> {
    return await this.#setState(name, "active");
  }

  /**
   * Removes an account for good. Its messages stay, and its name stays reserved: nobody can become
   * their author.
   *
   * @throws {AccountError} `accounts/unknown`, `accounts/last-admin`, or a fault of the store
   */
  async remove(name: string): Promise<AccountSummary> {
    return await this.#setState(name, "removed");
  }

  /** Ends every session and token of an account. @throws {AccountError} `accounts/unknown` */
  async signOut(name: string): Promise<void> {
    await this.#store.change((state) => decisions.signOut(state, name));
  }

  /**
   * Lets an identity elsewhere sign in to an account.
   *
   * @throws {AccountError} `accounts/unknown`, `accounts/linked`, or a fault of the store
   */
  async link(name: string, identity: links.LinkedIdentity): Promise<AccountSummary> {
    const now = this.#clock.now();
    return this.#summary(
      await this.#store.change((state) => links.link(state, name, identity, now)),
    );
  }

  /**
   * Takes that away again, and ends every session and token of the account.
   *
   * @param which all of them unless told
   * @throws {AccountError} `accounts/unknown` when there is no such link either
   */
  async unlink(name: string, which?: links.LinkedIdentity): Promise<AccountSummary> {
    return this.#summary(await this.#store.change((state) => links.unlink(state, name, which)));
  }

  #summary(account: AccountRecord): AccountSummary {
    return summary(account, this.#store.state.linksOf(nameKey(account.name)));
  }

  async #setState(name: string, to: AccountState): Promise<AccountSummary> {
    return this.#summary(await this.#store.change((state) => decisions.setState(state, name, to)));
  }

  async #hashNew(password: string | undefined): Promise<string | null> {
    if (password === undefined) return null;
    checkNewPassword(password);
    return await this.#passwords.hash(password);
  }

  #newAccount(name: string, role: Role, password: string | null): AccountRecord {
    return {
      ...{ name, role, state: "active", password, generation: 1 },
      created: this.#clock.now(),
    };
  }
}

function freeAdminName(state: ReadonlyState): string {
  let name = "admin";
  for (let number = 2; state.find(name) !== undefined; number++) name = `admin${number}`;
  return name;
}

function summary(
  account: AccountRecord,
  linked: readonly links.LinkedIdentity[],
): AccountSummary {
  const { name, role, state, created } = account;
  const identities = linked.map(({ issuer, by, value }) => ({ issuer, by, value }));
  return { name, role, state, created, hasPassword: account.password !== null, identities };
}
