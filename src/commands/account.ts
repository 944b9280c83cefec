/**
 * `chatnode account`: makes, lists and changes the accounts of a node, beside a running server or
 * before the first start.
 *
 * @module
 */
import type { AccountSummary } from "../accounts/registry.ts";
import { AccountError } from "../accounts/failure.ts";
import { boolean, choice } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { inviteCommands } from "./account_invites.ts";
import { linkCommands } from "./account_link.ts";
import { loginCommands } from "./account_login.ts";
import { withRegistry } from "./account_registry.ts";
import { xmppCommand } from "./account_xmpp.ts";
import { type Action, action, group, option } from "./command.ts";
import { table } from "./output.ts";
import { askNewSecret } from "./terminal.ts";

const NAME = { usage: "NAME", help: "The account's name, in whatever case.", least: 1, most: 1 };

const add = action({
  name: "add",
  summary: "Make an account",
  reads: "account",
  description: "Asks for the password, or reads it as one line where stdin is not a terminal. " +
    "Names have 3 to 20 letters and digits of one script, with _ - . between them.",
  examples: [
    { line: "account add alice", does: "Asks for her password, twice." },
    { line: "account add bob --role admin < password.txt", does: "Takes it from a file." },
  ],
  positionals: { usage: "NAME", help: "The new account's name.", least: 1, most: 2 },
  options: {
    role: option(choice("user", "admin"), "What it may do.", "user"),
  },
  async run({ io, settings, options: { role }, positionals: [text = "", surplus] }) {
    refuseArgument(surplus);
    const added = await withRegistry({ io, settings }, "make", async (registry) => {
      const name = registry.checkName(text);
      const password = await askNewSecret(io, `Password of ${name}`);
      return await registry.add({ name, password, role });
    });
    await io.stderr.write(`Added ${visible(added.name)} (${added.role}).\n`);
  },
});

const list = action({
  name: "list",
  summary: "List the accounts",
  reads: "account",
  options: {
    all: option(boolean(), "Removed accounts too, whose names stay reserved.", false),
    json: option(boolean(), "Print them as a JSON array.", false),
  },
  async run({ io, settings, options }) {
    const everyone = await withRegistry(
      { io, settings },
      "refuse",
      (registry) => Promise.resolve(registry.list()),
    );
    const shown = everyone.filter(({ state }) => options.all || state !== "removed");
    if (options.json) {
      await io.stdout.write(`${JSON.stringify(shown.map(jsonOf), undefined, 2)}\n`);
      return;
    }
    const rows = shown.map((account) => [
      ...[visible(account.name), account.role, account.state],
      ...[new Date(account.created).toISOString().slice(0, 10), signsInBy(account)],
    ]);
    await io.stdout.write(table([["NAME", "ROLE", "STATE", "SINCE", "SIGNS IN BY"], ...rows]));
  },
});

const passwd = action({
  name: "passwd",
  summary: "Set an account's password",
  reads: "account",
  description: "Asks for the password, or reads it as one line where stdin is not a terminal. " +
    "Ends every session of the account.",
  positionals: { ...NAME, most: 2 },
  async run({ io, settings, positionals: [name = "", surplus] }) {
    refuseArgument(surplus);
    const changed = await withRegistry({ io, settings }, "refuse", async (registry) => {
      const account = registry.find(name);
      if (account === undefined) throw unknown(name);
      const password = await askNewSecret(io, `New password of ${account.name}`);
      return await registry.setPassword(name, password);
    });
    await io.stderr.write(`Set the password of ${visible(changed.name)}.\n`);
  },
});

const role = action({
  name: "role",
  summary: "Make an account a user or an admin",
  reads: "account",
  description: "Ends its sessions, so that the new role holds at once. The last active admin " +
    "stays one.",
  examples: [{ line: "account role alice admin", does: "Lets her administer the node." }],
  positionals: {
    usage: "NAME user|admin",
    help: "Whom, and what to make of it.",
    least: 2,
    most: 2,
  },
  async run({ io, settings, positionals: [name = "", wanted = ""] }) {
    if (wanted !== "user" && wanted !== "admin") {
      throw new UsageError("usage/role", "Cannot set the role: it is neither user nor admin");
    }
    const changed = await withRegistry(
      { io, settings },
      "refuse",
      (registry) => registry.setRole(name, wanted),
    );
    await io.stderr.write(`${visible(changed.name)} is ${changed.role} now.\n`);
  },
});

/** A command that does one thing to one account. */
function change(
  about: { readonly name: "disable" | "enable" | "remove"; readonly summary: string },
  description: string,
  done: string,
): Action {
  return action({
    ...about,
    reads: "account",
    description,
    positionals: NAME,
    async run({ io, settings, positionals: [name = ""] }) {
      const changed = await withRegistry(
        { io, settings },
        "refuse",
        (registry) => registry[about.name](name),
      );
      await io.stderr.write(`${done} ${visible(changed.name)}.\n`);
    },
  });
}

const disable = change(
  { name: "disable", summary: "Shut an account for a while" },
  "Ends its sessions; it cannot sign in until it is enabled again.",
  "Disabled",
);

const enable = change(
  { name: "enable", summary: "Open a disabled account again" },
  "Its password is the one it had.",
  "Enabled",
);

const remove = change(
  { name: "remove", summary: "Remove an account for good" },
  "Ends its sessions and forgets its password. Its messages stay in the history, and its name " +
    "stays reserved, so that nobody can become their author. There is no way back; disable shuts " +
    "an account for a while.",
  "Removed",
);

/** What stands behind the name is most likely a password: not to be taken, nor repeated. */
function refuseArgument(surplus: string | undefined): void {
  if (surplus === undefined) return;
  throw new UsageError(
    "usage/password",
    "Cannot take a password as an argument: everybody on this machine could read it",
    { hint: "It is asked for, or read from stdin." },
  );
}

function jsonOf(account: AccountSummary): Record<string, unknown> {
  const { name, role, state, created, hasPassword, identities } = account;
  const since = new Date(created).toISOString();
  return { name, role, state, created: since, has_password: hasPassword, identities };
}

/** An account with neither cannot sign in. */
function signsInBy({ hasPassword, identities }: AccountSummary): string {
  const ways = [
    ...hasPassword ? ["password"] : [],
    ...new Set(identities.map(({ issuer }) => visible(URL.parse(issuer)?.host ?? issuer))),
  ];
  return ways.length === 0 ? "nothing" : ways.join(", ");
}

function unknown(name: string): AccountError {
  return new AccountError(
    "accounts/unknown",
    `Cannot find the account ${visible(name.slice(0, 60))}: there is none of that name`,
    { hint: "See: chatnode account list" },
  );
}

export const command = group(
  { name: "account", summary: "Make, list and change the accounts of a node" },
  ...[add, list, passwd, role, disable, enable, remove],
  ...inviteCommands,
  ...linkCommands,
  ...loginCommands,
  xmppCommand,
);
