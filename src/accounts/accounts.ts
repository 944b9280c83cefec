/**
 * The accounts of a node: who may sign in, as whom, and with what.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { addressOf } from "../message/address.ts";
import type { Identity } from "./contract.ts";
import { type Decision, revoke } from "./decisions.ts";
import { AccountError } from "./failure.ts";
import { nameKey } from "./names.ts";
import { PasswordLogin, throttled } from "./password_login.ts";
import { Passwords, type PasswordsOptions } from "./passwords.ts";
import { type Arrival, ProviderLogin } from "./provider_login.ts";
import { type Random, systemRandom } from "./random.ts";
import type { AccountRecord } from "./record.ts";
import { register, type Registration, type RegistrationMode } from "./registration.ts";
import { type AccountSummary, MAX_ACCOUNTS, Registry } from "./registry.ts";
import { type RevocationListener, Revocations } from "./revocations.ts";
import { loadKeys, type SecretOptions } from "./secret.ts";
import type { ReadonlyState } from "./state.ts";
import { AccountStore } from "./store.ts";
import { Throttle, throttleRules } from "./throttle.ts";
import { type GoodToken, LEEWAY_MS, type TokenRefusal, Tokens } from "./tokens.ts";

/** How long tokens last unless told, milliseconds. */
export const DEFAULT_TOKEN_LIFETIME_MS = 30 * 60_000;

export interface AccountsOptions extends SecretOptions {
  /** The node's name: an account's address is `name@node`. */
  readonly node: string;
  /** The claim `iss` of tokens; `chatnode` unless told. Tokens that name another are refused. */
  readonly issuer?: string;
  /** `invite` unless told. */
  readonly registration?: RegistrationMode;
  /** Milliseconds; {@linkcode DEFAULT_TOKEN_LIFETIME_MS} unless told. */
  readonly tokenLifetime?: number;
  /** Accounts the node may hold, removed ones counted; 100,000 unless told. */
  readonly maxAccounts?: number;
  /** Whether a verified e-mail address finds the account that was linked to it; false unless told. */
  readonly linkByEmail?: boolean;
  readonly passwords?: Omit<PasswordsOptions, "random">;
  /** Failed logins that cost nothing, see {@linkcode throttleRules}; 10 unless told. */
  readonly loginAttempts?: number;
  /** Milliseconds after which failed logins are forgotten; 15 minutes unless told. */
  readonly loginWindow?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What {@linkcode Accounts.verify} finds. */
export type Verification = { readonly ok: true; readonly identity: Identity } | TokenRefusal;

interface Parts {
  readonly options: AccountsOptions;
  readonly clock: Clock;
  readonly store: AccountStore;
  readonly passwords: Passwords;
  readonly registry: Registry;
  readonly tokens: Tokens;
  readonly revocations: Revocations;
}

/** See the module's description. */
export class Accounts {
  /** What operators do: add, list, roles, passwords, removal, invites. */
  readonly registry: Registry;
  readonly #parts: Parts;
  readonly #throttle: Throttle;
  readonly #login: PasswordLogin;
  readonly #providerLogin: ProviderLogin;
  /** Records never change, each change makes a new one: made once, since every request asks. */
  readonly #identities = new WeakMap<AccountRecord, Identity>();

  private constructor(parts: Parts) {
    this.registry = parts.registry;
    this.#parts = parts;
    const { loginAttempts = 10, loginWindow = 15 * 60_000 } = parts.options;
    this.#throttle = new Throttle(parts.clock, throttleRules(loginAttempts, loginWindow));
    this.#login = new PasswordLogin(parts.store, parts.passwords, this.#throttle);
    this.#providerLogin = new ProviderLogin({
      ...{ store: parts.store, throttle: this.#throttle, clock: parts.clock },
      random: parts.options.random ?? systemRandom,
      mode: this.registration,
      maxAccounts: parts.options.maxAccounts ?? MAX_ACCOUNTS,
      linkByEmail: parts.options.linkByEmail ?? false,
    });
  }

  /**
   * Opens the accounts in `folder`, which is made (0700) when it is not there. Several processes
   * may have it open; each sees the others' changes within a second.
   *
   * @throws {AccountError} `accounts/corrupt`, `accounts/secret`, `accounts/locked`, `accounts/io`,
   *   `accounts/disk-full`
   * @throws {MessageError} when `options.node` cannot be part of an address
   */
  static async open(folder: string, options: AccountsOptions): Promise<Accounts> {
    const clock = options.clock ?? systemClock;
    const random = options.random ?? systemRandom;
    const revocations = new Revocations((name) => addressOf(name, options.node));
    addressOf("somebody", options.node);
    const store = await AccountStore.open(folder, revocations, clock);
    try {
      const keys = await store.exclusively(() => loadKeys(folder, options, random));
      const lifetime = options.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME_MS;
      const tokens = new Tokens({
        keys,
        issuer: options.issuer ?? "chatnode",
        lifetime,
        clock,
        random,
      });
      const passwords = new Passwords({ ...options.passwords, random });
      const maxAccounts = options.maxAccounts ?? MAX_ACCOUNTS;
      const registry = new Registry({ store, passwords, clock, random, maxAccounts });
      return new Accounts({ options, clock, store, passwords, registry, tokens, revocations });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Who may register. */
  get registration(): RegistrationMode {
    return this.#parts.options.registration ?? "invite";
  }

  /**
   * Makes a `user` account for somebody who asks for one. See `register` in `registration.ts` for
   * the order of the checks and what they throw.
   *
   * @throws {AccountError} also `accounts/throttled`, `accounts/busy`, or a fault of the store
   */
  async register(request: Registration): Promise<Identity> {
    const { clock, store, passwords, options } = this.#parts;
    const wait = this.#throttle.beginRegistration(request.remoteAddress);
    if (wait > 0) throw throttled("register", wait);
    const maxAccounts = options.maxAccounts ?? MAX_ACCOUNTS;
    const rules = { mode: this.registration, maxAccounts };
    const decide = (state: ReadonlyState, hash: string): Decision<AccountRecord> =>
      register(state, request, rules, { hash, now: clock.now() });
    // An invite may be a moment old; a fault of the file is told when it is written.
    await store.refresh().catch(() => {});
    // Refuse before the work of hashing; the invite or the name may be gone when it is done.
    decide(store.state, "");
    const hash = await passwords.hash(request.password);
    return this.#identity(await store.change((state) => decide(state, hash)));
  }

  /**
   * Checks a name and a password. Takes as long for a name that nobody has.
   *
   * @param remoteAddress of the peer, as text; absent where there is none
   * @throws {AccountError} `accounts/credentials`, `accounts/disabled`, `accounts/throttled`,
   *   `accounts/busy`
   */
  async authenticate(name: string, password: string, remoteAddress?: string): Promise<Identity> {
    return this.#identity(await this.#login.authenticate(name, password, remoteAddress));
  }

  /**
   * Finds the account of somebody for whom an identity provider vouches, or makes one where
   * registration allows it. The caller has checked the provider's word.
   *
   * @throws {AccountError} `accounts/disabled`; where there is no account yet also
   *   `accounts/registration-closed`, `accounts/invite-required`, `accounts/invite-invalid`,
   *   `accounts/throttled`, `accounts/too-many`; or a fault of the store
   */
  async authenticateByProvider(arrival: Arrival): Promise<Identity> {
    return this.#identity(await this.#providerLogin.authenticate(arrival));
  }

  /**
   * Makes a token for somebody who was just authenticated. The identity in the result carries it.
   *
   * @throws {AccountError} `accounts/unknown` when the account is no longer active
   */
  async issue(
    identity: Identity,
  ): Promise<{ token: string; expires: number; identity: Identity }> {
    const account = this.#parts.store.state.find(identity.name);
    if (account?.state !== "active") {
      throw new AccountError("accounts/unknown", "Cannot issue a token: the account is not active");
    }
    const { token, id, expires } = await this.#parts.tokens.issue(account);
    return { token, expires, identity: { ...this.#identity(account), token: id, expires } };
  }

  /**
   * Finds whose token it is. The role is the account's, whatever the token says. Never throws for
   * anything in `token`; cheap for a token that was seen before.
   */
  async verify(token: string | undefined): Promise<Verification> {
    const check = await this.#parts.tokens.check(token);
    return check.ok ? this.#holder(check.token) : check;
  }

  /**
   * Ends the token that an identity was found by, for this and every other process, until it would
   * have ended by itself. Resolves once that is on disk.
   *
   * @throws {TypeError} when the identity came by no token
   */
  async revoke(identity: Identity): Promise<void> {
    const { token: id, expires } = identity;
    if (id === undefined || expires === undefined) throw new TypeError("identity has no token");
    const revoked = { id, account: nameKey(identity.name), until: expires + LEEWAY_MS };
    await this.#parts.store.change((state) => revoke(state, revoked));
  }

  /** Who an active account is, for work on its behalf; the name in whatever case. */
  identityOf(name: string): Identity | undefined {
    const account = this.#parts.store.state.find(name);
    return account?.state === "active" ? this.#identity(account) : undefined;
  }

  /** Whether the name is taken, in whatever case; by a removed account too. */
  exists(name: string): boolean {
    return this.registry.exists(name);
  }

  /** Whether an account has this name or one that is hard to tell from it, removed ones too. */
  resembles(name: string): boolean {
    return this.#parts.store.state.resembling(name) !== undefined;
  }

  /** Every account, removed ones too, by name. */
  list(): AccountSummary[] {
    return this.registry.list();
  }

  /** Follows whose sessions have to end; the returned function ends it. */
  onRevoked(listener: RevocationListener): () => void {
    return this.#parts.revocations.listen(listener);
  }

  /**
   * Sees now what other processes have written, which happens by itself every second.
   *
   * @throws {AccountError} `accounts/corrupt`, `accounts/io`
   */
  refresh(): Promise<void> {
    return this.#parts.store.refresh();
  }

  /** Waits for writes under way and releases the folder. */
  close(): Promise<void> {
    return this.#parts.store.close();
  }

  /** {@linkcode close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #holder(token: GoodToken): Verification {
    const { state } = this.#parts.store;
    const account = state.find(token.subject);
    if (account?.state !== "active") return refuse("its account is not active");
    if (state.revoked.has(token.id)) return refuse("it was revoked");
    // AloneChat's own tokens name no generation: they end with the first change of password.
    if ((token.generation ?? 1) !== account.generation) return refuse("it was revoked");
    const { id, expires } = token;
    return { ok: true, identity: { ...this.#identity(account), token: id, expires } };
  }

  #identity(account: AccountRecord): Identity {
    const known = this.#identities.get(account);
    if (known !== undefined) return known;
    const { name, role } = account;
    const identity = { address: addressOf(name, this.#parts.options.node), name, role };
    this.#identities.set(account, identity);
    return identity;
  }
}

function refuse(detail: string): TokenRefusal {
  return { ok: false, reason: "invalid", detail };
}
