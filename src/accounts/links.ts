/**
 * Which accounts people sign in to at identity providers: pure decisions on a state, as in
 * `decisions.ts`.
 *
 * @module
 */
import * as decisions from "./decisions.ts";
import { AccountError } from "./failure.ts";
import { nameKey } from "./names.ts";
import type { AccountRecord, LinkRecord } from "./record.ts";
import { linkKey, type ReadonlyState } from "./state.ts";

/** Somebody at an identity provider, see {@linkcode LinkRecord}. */
export type LinkedIdentity = Pick<LinkRecord, "issuer" | "by" | "value">;

/** Identities that one account may have. */
export const MAX_LINKS_PER_ACCOUNT = 10;
/** Characters of an issuer, and of a subject or an address. */
const MAX_ISSUER_LENGTH = 500;
const MAX_VALUE_LENGTH = 255;

/** Addresses are compared without regard to case, as people write them. */
export function identityByEmail(issuer: string, email: string): LinkedIdentity {
  return { issuer, by: "email", value: email.toLowerCase() };
}

/**
 * Lets an identity sign in to an account that is not removed. What is so already stays.
 *
 * @throws {AccountError} `accounts/unknown`, `accounts/linked`
 */
export function link(
  state: ReadonlyState,
  name: string,
  identity: LinkedIdentity,
  now: number,
): decisions.Decision<AccountRecord> {
  const account = decisions.existing(state, name);
  const key = nameKey(account.name);
  const { issuer, by, value } = identity;
  if (
    issuer === "" || value === "" || issuer.length > MAX_ISSUER_LENGTH ||
    value.length > MAX_VALUE_LENGTH
  ) throw refused("the identity is empty or too long");
  const holder = state.links.get(linkKey(identity))?.account;
  if (holder === key) return { changes: [], result: account };
  if (holder !== undefined) throw refused("it signs in to another account");
  if (state.linksOf(key).length >= MAX_LINKS_PER_ACCOUNT) {
    throw refused(`the account has ${MAX_LINKS_PER_ACCOUNT} identities already`);
  }
  const changes = [{ link: { issuer, by, value, account: key, created: now } }];
  return { changes, result: account };
}

/**
 * Takes one or all links of an account away, and ends its tokens: they may come from there.
 *
 * @throws {AccountError} `accounts/unknown` when there is no such account or link
 */
export function unlink(
  state: ReadonlyState,
  name: string,
  which: LinkedIdentity | undefined,
): decisions.Decision<AccountRecord> {
  // Of a removed account too: its owner may then sign in anew.
  const account = state.find(name) ?? decisions.existing(state, name);
  const wanted = which === undefined ? undefined : linkKey(which);
  const gone = state.linksOf(nameKey(account.name))
    .filter((one) => wanted === undefined || linkKey(one) === wanted);
  if (gone.length === 0) {
    throw new AccountError("accounts/unknown", "Cannot unlink: nobody signs in to it like that", {
      hint: "See: chatnode account list --json",
    });
  }
  const changed = { ...account, generation: account.generation + 1 };
  const taken = gone.map((one) => ({ link: { ...one, account: null } }));
  return { changes: [...taken, { account: changed }], result: changed };
}

function refused(state: string): AccountError {
  return new AccountError("accounts/linked", `Cannot link the identity: ${state}`);
}
