/**
 * `chatnode account link` and `unlink`: who signs in to an account at an identity provider.
 *
 * @module
 */
import { identityByEmail, type LinkedIdentity } from "../accounts/links.ts";
import { providerOf } from "../accounts/oidc/providers.ts";
import { text } from "../config/kinds.ts";
import type { Settings } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { withRegistry } from "./account_registry.ts";
import { type Action, action, optionalFlag } from "./command.ts";

const NAME = { usage: "NAME", help: "The account's name, in whatever case.", least: 1, most: 1 };

const OPTIONS = {
  subject: optionalFlag(
    text({
      placeholder: "SUB",
      wants: "1 to 255 printable ASCII characters",
      pattern: /^[\x20-\x7e]{1,255}$/,
    }),
    "What the provider calls the person for good: the claim sub.",
  ),
  email: optionalFlag(
    text({
      placeholder: "ADDRESS",
      wants: "an e-mail address",
      pattern: /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u,
    }),
    "Their e-mail address, until they sign in for the first time; needs oidcLinkByEmail.",
  ),
};

interface Given {
  readonly subject: string | undefined;
  readonly email: string | undefined;
}

const link = action({
  name: "link",
  summary: "Let somebody sign in to an account at an identity provider",
  reads: "account",
  description: "The provider is the setting oidcIssuer (--oidc-issuer). The person is named by " +
    "their subject there, or by an e-mail address that the provider vouches for. Who is signed in " +
    "already links their own account with a form on the node, POST /auth/oidc/link.",
  examples: [
    {
      line: "account link alice --oidc-issuer https://id.example.org --subject 24400320",
      does: "By the provider's own name for her.",
    },
    {
      line: "account link alice --oidc-issuer google --email alice@example.org",
      does: "By her address, for her first login.",
    },
  ],
  positionals: NAME,
  options: OPTIONS,
  async run({ io, settings, options, positionals: [name = ""] }) {
    const identity = identityOf(options, settings);
    if (identity === undefined) {
      throw new UsageError("usage/identity", "Cannot link: neither --subject nor --email is given");
    }
    const changed = await withRegistry(
      { io, settings },
      "refuse",
      (registry) => registry.link(name, identity),
    );
    const host = new URL(identity.issuer).host;
    await io.stderr.write(
      `${visible(identity.value)} of ${visible(host)} signs in to ${visible(changed.name)} now.\n`,
    );
    if (identity.by === "email" && !settings.oidcLinkByEmail) {
      await io.stderr.write(
        "Addresses count only while the server's setting oidcLinkByEmail is on.\n",
      );
    }
  },
});

const unlink = action({
  name: "unlink",
  summary: "Take that away again",
  reads: "account",
  description: "Ends the account's sessions. Without --subject and --email nobody signs in to it " +
    "at a provider any more.",
  positionals: NAME,
  options: OPTIONS,
  async run({ io, settings, options, positionals: [name = ""] }) {
    const identity = identityOf(options, settings);
    const changed = await withRegistry(
      { io, settings },
      "refuse",
      (registry) => registry.unlink(name, identity),
    );
    await io.stderr.write(`Unlinked ${visible(changed.name)}.\n`);
  },
});

function identityOf({ subject, email }: Given, settings: Settings): LinkedIdentity | undefined {
  if (subject !== undefined && email !== undefined) {
    throw new UsageError("usage/identity", "Cannot use both --subject and --email: which counts?");
  }
  if (subject !== undefined) return { issuer: issuerOf(settings), by: "subject", value: subject };
  return email === undefined ? undefined : identityByEmail(issuerOf(settings), email);
}

/** What the ID tokens of the provider name. */
function issuerOf({ oidcIssuer }: Settings): string {
  if (oidcIssuer === undefined) {
    throw new UsageError("usage/provider", "Cannot name the identity: no provider is given", {
      hint: "Name it with --oidc-issuer.",
    });
  }
  const { issuer } = providerOf(oidcIssuer);
  if (!issuer.includes("{")) return issuer;
  throw new UsageError(
    "usage/provider",
    "Cannot name the identity: Microsoft's tenant is missing",
    {
      hint: "Name the tenant's own issuer with --oidc-issuer: " +
        "https://login.microsoftonline.com/TENANT-ID/v2.0",
    },
  );
}

export const linkCommands: readonly Action[] = [link, unlink];
