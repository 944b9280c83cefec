/**
 * Signing in by an identity provider's word; stands beside signing in with a password.
 *
 * What names a person is the pair of issuer and subject and nothing else. An e-mail address finds an
 * account only where the operator has written it down for that account and lets verified addresses
 * count, and only once.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import * as decisions from "./decisions.ts";
import { AccountError } from "./failure.ts";
import { identityByEmail } from "./links.ts";
import { nameKey } from "./names.ts";
import type { Person } from "./oidc/contract.ts";
import { throttled } from "./password_login.ts";
import type { Random } from "./random.ts";
import type { AccountRecord, Change, LinkRecord } from "./record.ts";
import { admit, type RegistrationMode } from "./registration.ts";
import { linkKey, type ReadonlyState } from "./state.ts";
import type { AccountStore } from "./store.ts";
import type { Throttle } from "./throttle.ts";
import { wishedName } from "./wished_name.ts";

/** Somebody for whom a provider vouches. */
export interface Arrival {
  /** As the checked ID token says. */
  readonly person: Person;
  /** The code of an invite, for who has no account yet. */
  readonly invite?: string;
  /** Throttles many registrations of one party; absent where there is none. */
  readonly remoteAddress?: string;
}

/** What {@linkcode ProviderLogin} works with. */
export interface ProviderLoginOptions {
  readonly store: AccountStore;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly random: Random;
  readonly mode: RegistrationMode;
  readonly maxAccounts: number;
  readonly linkByEmail: boolean;
}

/** See the module's description. */
export class ProviderLogin {
  readonly #options: ProviderLoginOptions;

  constructor(options: ProviderLoginOptions) {
    this.#options = options;
  }

  /** See `Accounts.authenticateByProvider`. */
  async authenticate(arrival: Arrival): Promise<AccountRecord> {
    const { store, throttle } = this.#options;
    // An invite or a link may be a moment old; a fault of the file is told when it is written.
    await store.refresh().catch(() => {});
    const known = this.#known(store.state, arrival.person);
    if (known?.by === "subject") return active(store.state, known);
    if (known === undefined) {
      // Refuse before it is counted.
      this.#decide(store.state, arrival);
      const wait = throttle.beginRegistration(arrival.remoteAddress);
      if (wait > 0) throw throttled("register", wait);
    }
    return await store.change((state) => this.#decide(state, arrival));
  }

  /** The link that counts for a person; by e-mail only where that is allowed. */
  #known(state: ReadonlyState, person: Person): LinkRecord | undefined {
    const { issuer, subject, email, emailVerified } = person;
    const found = state.links.get(linkKey({ issuer, by: "subject", value: subject }));
    if (found !== undefined || !this.#options.linkByEmail) return found;
    if (email === undefined || !emailVerified) return undefined;
    return state.links.get(linkKey(identityByEmail(issuer, email)));
  }

  #decide(state: ReadonlyState, arrival: Arrival): decisions.Decision<AccountRecord> {
    const known = this.#known(state, arrival.person);
    if (known === undefined) return this.#register(state, arrival);
    const account = active(state, known);
    if (known.by === "subject") return { changes: [], result: account };
    // The address has done its work: it may belong to somebody else one day.
    const changes = [{ link: { ...known, account: null } }, this.#link(arrival.person, account)];
    return { changes, result: account };
  }

  #register(
    state: ReadonlyState,
    { person, invite: code }: Arrival,
  ): decisions.Decision<AccountRecord> {
    const { clock, random, mode, maxAccounts } = this.#options;
    const invite = admit(state, code, mode, clock.now());
    const name = wishedName(state, person.wishes, random);
    const account: AccountRecord = {
      ...{ name, role: "user", state: "active", password: null, generation: 1 },
      created: clock.now(),
    };
    const { changes } = decisions.create(state, account, { accounts: maxAccounts });
    const more = invite === undefined ? [] : [{ invite }];
    return { changes: [...changes, this.#link(person, account), ...more], result: account };
  }

  #link({ issuer, subject }: Person, { name }: AccountRecord): Change {
    const created = this.#options.clock.now();
    return { link: { issuer, by: "subject", value: subject, account: nameKey(name), created } };
  }
}

/** @throws {AccountError} `accounts/disabled` */
function active(state: ReadonlyState, { account: key }: LinkRecord): AccountRecord {
  const account = state.accounts.get(key ?? "");
  if (account?.state === "active") return account;
  const how = account?.state === "disabled" ? "disabled" : "removed";
  throw new AccountError("accounts/disabled", `Cannot sign in: the account is ${how}`, {
    hint: "Ask the node's operator.",
  });
}
