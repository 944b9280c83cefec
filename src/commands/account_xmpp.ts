/**
 * `chatnode account xmpp`: passwords of XMPP accounts, kept for `chatnode client xmpp:...`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { parseJid } from "../transports/xmpp/jid.ts";
import { action, group } from "./command.ts";
import { askNewSecret } from "./terminal.ts";
import { openVault } from "./vault.ts";
import { secretName, tokenName } from "./xmpp/secret_name.ts";

const JID = { usage: "JID", help: "The account, as alice@example.org.", least: 1, most: 1 };

const add = action({
  name: "add",
  summary: "Keep the password of an XMPP account",
  reads: "account",
  description:
    "Asks for the password, or reads it as one line where stdin is not a terminal; one " +
    "that was kept before is replaced. It is not tried at the server.",
  examples: [{ line: "account xmpp add alice@example.org", does: "Asks for the password." }],
  positionals: JID,
  async run({ io, settings, positionals: [name = ""] }) {
    const bare = accountOf(name);
    const password = await askNewSecret(io, `Password of ${bare}`);
    await openVault({ io, settings }).set(secretName(bare), password);
    await io.stderr.write(`Keeps the password of ${visible(bare)}.\n`);
  },
});

const list = action({
  name: "list",
  summary: "List the XMPP accounts whose passwords are kept",
  reads: "account",
  async run({ io, settings }) {
    const names = await openVault({ io, settings }).list("xmpp:");
    const jids = names.map((name) => visible(decodeURIComponent(name.slice("xmpp:".length))));
    await io.stdout.write(jids.map((jid) => `${jid}\n`).join(""));
  },
});

const remove = action({
  name: "remove",
  summary: "Forget the password of an XMPP account",
  reads: "account",
  positionals: JID,
  async run({ io, settings, positionals: [name = ""] }) {
    const bare = accountOf(name);
    const vault = openVault({ io, settings });
    const hadToken = await vault.delete(tokenName(bare));
    if (await vault.delete(secretName(bare)) || hadToken) {
      await io.stderr.write(`Forgot the password of ${visible(bare)}.\n`);
      return;
    }
    throw new UsageError("usage/account", `Cannot forget ${visible(bare)}: it is not kept`, {
      hint: "See: chatnode account xmpp list",
    });
  },
});

/** @throws {XmppError} `xmpp/address`; {UsageError} `usage/account` */
function accountOf(text: string): string {
  const { bare, local, resource } = parseJid(text.replace(/^xmpp:/, ""));
  if (local !== "" && resource === "") return bare;
  throw new UsageError(
    "usage/account",
    "Cannot use the account: it is not of the form name@domain",
  );
}

export const xmppCommand = group(
  { name: "xmpp", summary: "Passwords of XMPP accounts, kept for the client" },
  ...[add, list, remove],
);
