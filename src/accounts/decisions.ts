/**
 * What may be done to accounts: pure decisions on a state, taken while nobody else writes.
 *
 * @module
 */
import type { Role } from "./contract.ts";
import { AccountError } from "./failure.ts";
import type { AccountRecord, Change, InviteRecord, RevokedRecord } from "./record.ts";
import type { ReadonlyState } from "./state.ts";

/** Revoked tokens kept of one account; one more ends all its tokens instead. */
export const MAX_REVOKED_PER_ACCOUNT = 100;

/** What a decision makes of the present state. */
export interface Decision<T> {
  readonly changes: readonly Change[];
  readonly result: T;
}

/** @throws {AccountError} `accounts/name-taken`, `accounts/too-many` */
export function create(
  state: ReadonlyState,
  account: AccountRecord,
  limits: { readonly accounts: number },
): Decision<AccountRecord> {
  checkNotTaken(state, account.name);
  checkLook(state, account.name);
  if (state.accounts.size >= limits.accounts) {
    throw new AccountError(
      "accounts/too-many",
      `Cannot add the account: the node holds ${limits.accounts} already`,
    );
  }
  return { changes: [{ account }], result: account };
}

/** @throws {AccountError} `accounts/name-taken` by the same name, whatever its case */
export function checkNotTaken(state: ReadonlyState, name: string): void {
  const holder = state.find(name);
  if (holder === undefined) return;
  throw new AccountError("accounts/name-taken", "Cannot use the name: it is taken", {
    ...(holder.state === "removed" ? { hint: "Names of removed accounts stay reserved." } : {}),
  });
}

/** @throws {AccountError} `accounts/name-taken` by a name that looks the same */
export function checkLook(state: ReadonlyState, name: string): void {
  if (state.resembling(name) === undefined) return;
  throw new AccountError(
    "accounts/name-taken",
    "Cannot use the name: it looks like that of another account",
  );
}

/**
 * Takes one use off an invite.
 *
 * @throws {AccountError} `accounts/invite-invalid`
 */
export function spendInvite(state: ReadonlyState, hash: string, now: number): InviteRecord {
  const invite = state.invites.get(hash);
  if (invite !== undefined && invite.expires > now) return { ...invite, uses: invite.uses - 1 };
  throw new AccountError(
    "accounts/invite-invalid",
    "Cannot use the invite: it is unknown, used up or expired",
  );
}

/** Finds an account that is not removed. @throws {AccountError} `accounts/unknown` */
export function existing(state: ReadonlyState, name: string): AccountRecord {
  const account = state.find(name);
  if (account !== undefined && account.state !== "removed") return account;
  throw new AccountError("accounts/unknown", "Cannot find the account: there is none of that name");
}

/** A new password ends what was signed in with the old one. */
export function setPassword(
  state: ReadonlyState,
  name: string,
  password: string | null,
): Decision<AccountRecord> {
  const account = existing(state, name);
  return update(state, account, { password, generation: account.generation + 1 });
}

/** @throws {AccountError} `accounts/unknown`, `accounts/last-admin` */
export function setRole(state: ReadonlyState, name: string, role: Role): Decision<AccountRecord> {
  return update(state, existing(state, name), { role });
}

/**
 * Shuts an account or opens it again; `removed` is for good and forgets the password.
 *
 * @throws {AccountError} `accounts/unknown`, `accounts/last-admin`
 */
export function setState(
  state: ReadonlyState,
  name: string,
  to: AccountRecord["state"],
): Decision<AccountRecord> {
  const account = existing(state, name);
  const generation = account.generation + (to === "active" ? 0 : 1);
  const password = to === "removed" ? null : account.password;
  return update(state, account, { state: to, generation, password });
}

/** Ends all tokens of an account. */
export function signOut(state: ReadonlyState, name: string): Decision<AccountRecord> {
  const account = existing(state, name);
  return update(state, account, { generation: account.generation + 1 });
}

/** Ends one token; when the account has had too many ended, all of them. */
export function revoke(state: ReadonlyState, revoked: RevokedRecord): Decision<void> {
  if (state.revoked.has(revoked.id)) return { changes: [], result: undefined };
  const account = state.accounts.get(revoked.account);
  if (account === undefined || state.revokedOf(revoked.account) < MAX_REVOKED_PER_ACCOUNT) {
    return { changes: [{ revoked }], result: undefined };
  }
  return { changes: signOut(state, account.name).changes, result: undefined };
}

/** Whether somebody can still administer the node without `account`. */
export function hasAdminBeside(state: ReadonlyState, account: AccountRecord | undefined): boolean {
  for (const other of state.accounts.values()) {
    if (other !== account && other.role === "admin" && other.state === "active") return true;
  }
  return false;
}

function update(
  state: ReadonlyState,
  account: AccountRecord,
  to: Partial<AccountRecord>,
): Decision<AccountRecord> {
  const changed = { ...account, ...to };
  const wasAdmin = account.role === "admin" && account.state === "active";
  const isAdmin = changed.role === "admin" && changed.state === "active";
  if (wasAdmin && !isAdmin && !hasAdminBeside(state, account)) {
    throw new AccountError(
      "accounts/last-admin",
      "Cannot change the account: it is the node's last active admin",
      { hint: "Make another account admin first." },
    );
  }
  return { changes: [{ account: changed }], result: changed };
}
