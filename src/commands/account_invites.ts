/**
 * `chatnode account invite`, `invites` and `uninvite`.
 *
 * @module
 */
import {
  DEFAULT_INVITE_LIFETIME_MS,
  MAX_INVITE_LIFETIME_MS,
  MAX_INVITE_USES,
} from "../accounts/invites.ts";
import { boolean, duration, integer } from "../config/kinds.ts";
import { withRegistry } from "./account_registry.ts";
import { type Action, action, option } from "./command.ts";
import { table } from "./output.ts";

const MINUTE = 60_000;

const invite = action({
  name: "invite",
  summary: "Make an invite, with which somebody registers an account",
  reads: "account",
  description: "The code is shown this once and kept nowhere. Whoever has it can use it: send it " +
    "on a way that others do not read.",
  examples: [
    { line: "account invite", does: "One account, within a week." },
    { line: "account invite --uses 20 --expires 2d", does: "For a class." },
  ],
  options: {
    uses: option(integer(1, MAX_INVITE_USES), "Accounts that it can make.", 1),
    expires: option(
      duration(MINUTE, MAX_INVITE_LIFETIME_MS),
      "How long it can be used.",
      DEFAULT_INVITE_LIFETIME_MS,
    ),
    json: option(boolean(), "Print it as JSON.", false),
  },
  async run({ io, settings, options }) {
    const { uses, expires: lifetime } = options;
    const made = await withRegistry(
      { io, settings },
      "make",
      (registry) => registry.invitations.make({ uses, lifetime }),
    );
    const expires = new Date(made.expires).toISOString();
    if (options.json) {
      await io.stdout.write(`${JSON.stringify({ id: made.id, code: made.code, uses, expires })}\n`);
      return;
    }
    // The code alone on stdout: for a variable of a script or the clipboard.
    await io.stdout.write(`${made.code}\n`);
    await io.stderr.write(
      `Good for ${uses === 1 ? "one account" : `${uses} accounts`} until ${expires}.\n`,
    );
  },
});

const invites = action({
  name: "invites",
  summary: "List the invites that can still be used",
  reads: "account",
  options: {
    json: option(boolean(), "Print them as a JSON array.", false),
  },
  async run({ io, settings, options }) {
    const list = await withRegistry(
      { io, settings },
      "refuse",
      (registry) => Promise.resolve(registry.invitations.list()),
    );
    const rows = list.map(({ id, uses, expires, created }) => ({
      ...{ id, uses },
      expires: new Date(expires).toISOString(),
      created: new Date(created).toISOString(),
    }));
    if (options.json) {
      await io.stdout.write(`${JSON.stringify(rows)}\n`);
      return;
    }
    if (rows.length === 0) {
      await io.stderr.write("There are no invites.\n");
      return;
    }
    const cells = rows.map(({ id, uses, expires }) => [id, `${uses}`, expires]);
    await io.stdout.write(table([["ID", "USES", "EXPIRES"], ...cells], { right: [1] }));
  },
});

const uninvite = action({
  name: "uninvite",
  summary: "Withdraw an invite",
  reads: "account",
  description: "Accounts that were made with it stay.",
  examples: [{ line: "account uninvite 4f1c09aa", does: "The id is the one that invites lists." }],
  positionals: { usage: "ID", help: "The invite's id.", least: 1, most: 1 },
  async run({ io, settings, positionals: [id = ""] }) {
    await withRegistry({ io, settings }, "refuse", (registry) => registry.invitations.withdraw(id));
    await io.stderr.write("Withdrawn.\n");
  },
});

export const inviteCommands: readonly Action[] = [invite, invites, uninvite];
