/**
 * Several accounts in one process, as services have them: each comes in, comes back and ends by
 * itself.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import type { Opened, Prepared } from "./client_session.ts";
import type { ExitCode } from "./command.ts";

/** Opens one after the other has come in, or failed to. */
type InTurn = (open: () => Promise<Opened>) => Promise<Opened>;

/**
 * Runs all accounts until the last one has ended. What ends one of them is told and leaves the
 * others alone.
 *
 * @param run runs one account to its end; opens it with `inTurn`: whatever would be done by many
 *   threads at once, files and passwords, would leave as many with the process
 * @throws {UsageError} `client/address` when an account is named twice; the signal's reason
 */
export async function runMany(
  accounts: readonly Prepared[],
  run: (account: Prepared, inTurn: InTurn) => Promise<ExitCode>,
): Promise<ExitCode> {
  const names = new Set(accounts.map(({ where }) => where.hostname));
  if (names.size < accounts.length) {
    throw new UsageError("client/address", "Cannot use several accounts: one is named twice");
  }
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: InTurn = (open) => {
    const opening = last.then(open);
    last = opening.then(({ begun }) => begun, () => {});
    return opening;
  };
  const codes = await Promise.all(accounts.map(async (account): Promise<ExitCode> => {
    try {
      return await run(account, inTurn);
    } catch (error) {
      if (account.signal.aborted) return 0;
      await tell(account, error);
      return 1;
    }
  }));
  const [first] = accounts;
  if (first?.signal.aborted === true) throw first.signal.reason;
  return codes.some((code) => code !== 0) ? 1 : 0;
}

async function tell({ where, io }: Prepared, error: unknown): Promise<void> {
  // Other faults may quote what belongs to nobody's log.
  const why = error instanceof ChatnodeError ? error.message : "Cannot go on: the client failed";
  await io.stderr.write(`chatnode: ${visible(where.hostname)}: ${why}\n`);
}
