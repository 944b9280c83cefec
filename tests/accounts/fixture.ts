/** What the tests of accounts share: a folder, quick passwords, errors by code. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Accounts, type AccountsOptions } from "../../src/accounts/accounts.ts";
import type { AccountErrorCode } from "../../src/accounts/failure.ts";

/** scrypt at a cost that tests can pay often; the code is the same. */
export const QUICK = { ln: 4, r: 8, p: 1 } as const;

export const SECRET = "a secret of thirty-two bytes, ok";

/** Runs `test` with an empty folder, removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode-accounts-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens accounts in `<folder>/accounts` with quick passwords and open registration. */
export function open(folder: string, options: Partial<AccountsOptions> = {}): Promise<Accounts> {
  return Accounts.open(join(folder, "accounts"), {
    node: "node-test",
    registration: "open",
    passwords: { cost: QUICK },
    ...options,
  });
}

/** Runs `test` with open accounts, closed afterwards. */
export async function withAccounts(
  test: (accounts: Accounts, folder: string) => Promise<void>,
  options: Partial<AccountsOptions> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const accounts = await open(folder, options);
    try {
      await test(accounts, folder);
    } finally {
      await accounts.close();
    }
  });
}

/** Asserts that a promise rejects with this code, and returns the error. */
export async function rejects(
  promise: Promise<unknown>,
  code: AccountErrorCode,
  why?: string,
): Promise<Error & { code: string; retryAfter?: number; hint?: string }> {
  const error = await promise.then(
    () => assert.fail(`resolved instead of ${code}${why === undefined ? "" : `: ${why}`}`),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof Error && "code" in error, `${why ?? code}: ${error}`);
  assert.equal(error.code, code, `${why ?? ""} ${error.message}`);
  return error as Error & { code: string };
}
