/**
 * How somebody who asks for an account gets one.
 *
 * @module
 */
import * as decisions from "./decisions.ts";
import { AccountError } from "./failure.ts";
import { hashOf } from "./invites.ts";
import { checkNewName } from "./names.ts";
import { checkNewPassword } from "./passwords.ts";
import type { AccountRecord, InviteRecord } from "./record.ts";
import type { ReadonlyState } from "./state.ts";

/** Who may make an account: everybody, whoever has an invite, only the operator. */
export type RegistrationMode = "open" | "invite" | "closed";

/** What somebody hands in to get an account. */
export interface Registration {
  readonly name: string;
  readonly password: string;
  /** The code of an invite. Spent where registration is by invitation, else ignored. */
  readonly invite?: string;
  /** Throttles many registrations of one party; absent where there is none. */
  readonly remoteAddress?: string;
}

/** What holds for every registration of a node. */
export interface RegistrationRules {
  readonly mode: RegistrationMode;
  /** Accounts the node may hold, removed ones counted. */
  readonly maxAccounts: number;
}

/**
 * Decides on a registration. The checks come in this order, and the first that fails is told: the
 * mode, the invite, whether the name is taken, the password, the name's length, its characters,
 * whether it resembles another.
 *
 * @param hash of the password, as it will be stored
 * @param now milliseconds since the epoch
 * @throws {AccountError} `accounts/registration-closed`, `accounts/invite-required`,
 *   `accounts/invite-invalid`, `accounts/name-taken`, `accounts/password-too-short`,
 *   `accounts/password-invalid`, `accounts/name-length`, `accounts/name-invalid`,
 *   `accounts/too-many`
 */
export function register(
  state: ReadonlyState,
  request: Registration,
  rules: RegistrationRules,
  { hash, now }: { readonly hash: string; readonly now: number },
): decisions.Decision<AccountRecord> {
  const invite = admit(state, request.invite, rules.mode, now);
  decisions.checkNotTaken(state, request.name);
  checkNewPassword(request.password);
  const account: AccountRecord = {
    ...{ name: checkNewName(request.name, "anyone"), role: "user", state: "active" },
    ...{ password: hash, generation: 1, created: now },
  };
  const made = decisions.create(state, account, { accounts: rules.maxAccounts });
  return invite === undefined ? made : { ...made, changes: [...made.changes, { invite }] };
}

/**
 * The invite with one use less, where one is needed.
 *
 * @throws {AccountError} `accounts/registration-closed`, `accounts/invite-required`,
 *   `accounts/invite-invalid`
 */
export function admit(
  state: ReadonlyState,
  invite: string | undefined,
  mode: RegistrationMode,
  now: number,
): InviteRecord | undefined {
  if (mode === "open") return undefined;
  if (mode === "closed") {
    throw new AccountError(
      "accounts/registration-closed",
      "Cannot register: this node's operator makes its accounts",
    );
  }
  if (invite === undefined || invite === "") {
    throw new AccountError("accounts/invite-required", "Cannot register: an invite is needed", {
      hint: "Ask the node's operator for one.",
    });
  }
  return decisions.spendInvite(state, hashOf(invite), now);
}
