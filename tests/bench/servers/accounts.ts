/**
 * Accounts and tokens for a node that has not been started yet. They are made by the program's own
 * code, only that passwords are hashed at a lower cost: nobody signs in with one.
 *
 * @module
 */
import { join } from "node:path";
import { Accounts } from "../../../src/accounts/accounts.ts";

/** scrypt with N = 2^4. */
const QUICK = { cost: { ln: 4, r: 8, p: 1 } };
/** Longer than any run. */
const LIFETIME_MS = 12 * 60 * 60 * 1000;

/** The node's name, so that addresses are known before its first start. */
export const NODE_NAME = "bench";

/** Makes `count` accounts in a data folder; the path of a file with a token of each, one a line. */
export async function makeAccounts(data: string, count: number): Promise<string> {
  await Deno.mkdir(data, { recursive: true });
  const accounts = await Accounts.open(join(data, "accounts"), {
    node: NODE_NAME,
    passwords: QUICK,
    tokenLifetime: LIFETIME_MS,
  });
  try {
    const password = crypto.randomUUID();
    const tokens: string[] = [];
    for (let number = 1; number <= count; number++) {
      const name = `person${number}`;
      await accounts.registry.add({ name, password, role: "user" });
      const identity = accounts.identityOf(name);
      if (identity === undefined) throw new Error(`Cannot make ${name}: it is not there`);
      tokens.push((await accounts.issue(identity)).token);
    }
    const file = join(data, "tokens.txt");
    await Deno.writeTextFile(file, `${tokens.join("\n")}\n`, { mode: 0o600 });
    return file;
  } finally {
    await accounts.close();
  }
}
