/**
 * `chatnode account login`, `logout` and `whoami`: the logins of the person at this terminal at
 * OpenID Connect providers.
 *
 * @module
 */
import type { Client, Grant, Tools } from "../accounts/oidc/contract.ts";
import { Logins, type LoginSummary } from "../accounts/oidc/logins.ts";
import { providerOf } from "../accounts/oidc/providers.ts";
import { RelyingParty } from "../accounts/oidc/relying_party.ts";
import { clientId, provider as providerKind } from "../config/forms.ts";
import { boolean, integer } from "../config/kinds.ts";
import type { Settings } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { type Action, action, option, optionalFlag } from "./command.ts";
import type { Io } from "./io.ts";
import { loginByBrowser } from "./login_browser.ts";
import { table } from "./output.ts";
import { openVault } from "./vault.ts";

/** The documents of the bucket protocol name `http://localhost:8080/callback`. */
const USUAL_PORT = 8080;

/** The logins that the settings' vault keeps; the way to them for every command. */
export function openLogins(
  { io, settings }: {
    readonly io: Io;
    readonly settings: Pick<Settings, "data" | "vaultPassphrase">;
  },
): Logins {
  return new Logins(openVault({ io, settings }), toolsOf(io));
}

function toolsOf({ fetch, clock, random }: Io): Tools {
  return { fetch, clock, random };
}

const login = action({
  name: "login",
  summary: "Sign in at Google, Microsoft or another OpenID Connect provider",
  reads: "account",
  description: "Prints an address to open in a browser on this machine, and waits until you have " +
    "signed in there. With --device the browser may be anywhere: it shows a code to type. The " +
    "login is kept, encrypted, in the data folder, and renewed when it is used.\n\n" +
    "The provider has to know this program: register a desktop (native) application there, with " +
    "the redirect address http://localhost:8080/callback, and give its id with --client-id, or " +
    "id and secret with the settings oidcClientId and oidcClientSecret.",
  examples: [
    {
      line: "account login --provider google --client-id ID",
      does: "Through the browser of this machine.",
    },
    {
      line: "account login --provider https://id.example.org --client-id chat --device",
      does: "With a code, for a machine without a browser.",
    },
  ],
  options: {
    provider: optionalFlag(
      providerKind(),
      "Where to sign in: google, microsoft, or an issuer's address; else the setting oidcIssuer.",
    ),
    clientId: optionalFlag(
      clientId(),
      "Id of a client without a secret; else the setting oidcClientId.",
    ),
    device: option(boolean(), "Sign in with a code, in a browser on any device.", false),
    redirectPort: option(
      integer(0, 65_535, "PORT"),
      "Port of this machine that the browser comes back to; 0 takes any free one.",
      USUAL_PORT,
    ),
  },
  async run({ io, settings, options, signal }) {
    const provider = providerOf(chosenProvider(options.provider, settings));
    const client = chosenClient(options, settings);
    const party = new RelyingParty(provider, client, toolsOf(io));
    const grant = options.device
      ? await byDevice(io, party, signal)
      : await loginByBrowser(io, party, options.redirectPort, signal);
    const kept = await openLogins({ io, settings }).keep(provider, client, grant);
    await io.stderr.write(`Signed in as ${described(kept)}.\n${remarks(grant, kept)}`);
  },
});

function chosenProvider(flag: string | undefined, { oidcIssuer }: Settings): string {
  const chosen = flag ?? oidcIssuer;
  if (chosen !== undefined) return chosen;
  throw new UsageError("usage/provider", "Cannot sign in: no provider is named", {
    hint: "Name one with --provider google, --provider microsoft or --provider URL.",
  });
}

/** The settings' client, unless it is another provider's or another one is named. */
function chosenClient(
  { provider, clientId }: {
    readonly provider: string | undefined;
    readonly clientId: string | undefined;
  },
  { oidcIssuer, oidcClientId, oidcClientSecret }: Settings,
): Client {
  const fits = provider === undefined || oidcIssuer === undefined || provider === oidcIssuer;
  const known = fits ? oidcClientId : undefined;
  const id = clientId ?? known;
  if (id === undefined) {
    throw new UsageError("usage/client-id", "Cannot sign in: no client id is given", {
      hint: "Register a desktop application at the provider, and give its id with --client-id.",
    });
  }
  // A secret is for its own client alone.
  const secret = id === known ? oidcClientSecret : undefined;
  return secret === undefined ? { id } : { id, secret: secret.reveal() };
}

async function byDevice(io: Io, party: RelyingParty, signal: AbortSignal): Promise<Grant> {
  const device = await party.beginDevice("lasting", signal);
  const { address, addressWithCode, userCode } = device;
  const direct = addressWithCode === undefined ? "" : `or open ${visible(addressWithCode)}\n`;
  await io.stderr.write(
    `Open ${visible(address)} on any device\nand type the code ${visible(userCode)}\n${direct}` +
      "\nWaiting until that is done; Ctrl-C stops.\n",
  );
  return await party.finishDevice(device, signal);
}

function described({ sender, provider }: LoginSummary): string {
  return `${visible(sender)} (${visible(provider)})`;
}

function remarks({ person }: Grant, { renewable }: LoginSummary): string {
  const lines: string[] = [];
  if (person.email !== undefined && !person.emailVerified) {
    lines.push(
      `The provider does not vouch for ${visible(person.email)}: its own name for you is used.`,
    );
  }
  if (!renewable) lines.push("The provider gave no way to renew it: it will end soon.");
  return lines.map((line) => `${line}\n`).join("");
}

const logout = action({
  name: "logout",
  summary: "Forget a login at a provider",
  reads: "account",
  description:
    "Forgets its tokens here, and tells the provider that they are not needed any more. " +
    "Without a name it is the current login's turn.",
  positionals: {
    usage: "[WHO]",
    help: "The login, as whoami --all shows it.",
    least: 0,
    most: 1,
  },
  async run({ io, settings, positionals: [who] }) {
    const { login: gone, told } = await openLogins({ io, settings }).forget(who);
    await io.stderr.write(`Signed out ${described(gone)}.\n`);
    if (typeof told !== "string") {
      await io.stderr.write(
        `The provider does not know of it: ${told.message}. End it there, if that matters.\n`,
      );
    }
  },
});

const whoami = action({
  name: "whoami",
  summary: "Show who is signed in at a provider",
  reads: "account",
  options: {
    all: option(boolean(), "Every login that is kept, not the current one alone.", false),
    json: option(boolean(), "Print a JSON array.", false),
  },
  async run({ io, settings, options }) {
    const logins = await openLogins({ io, settings }).list();
    const shown = logins.filter(({ current }) => options.all || current);
    if (options.json) {
      await io.stdout.write(`${JSON.stringify(shown.map(jsonOf), undefined, 2)}\n`);
      return 0;
    }
    if (shown.length === 0) {
      await io.stderr.write("Nobody is signed in. Sign in with: chatnode account login\n");
      return 1;
    }
    if (!options.all) {
      await io.stdout.write(`${shown.map(({ sender }) => visible(sender)).join("\n")}\n`);
      return 0;
    }
    const rows = shown.map((one) => [
      ...[one.current ? "*" : "", visible(one.sender), visible(one.provider)],
      ...[visible(one.subject), one.renewable ? "yes" : `until ${iso(one.expires)}`],
    ]);
    await io.stdout.write(table([["", "WHO", "PROVIDER", "SUBJECT", "LASTS"], ...rows]));
    return 0;
  },
});

function jsonOf(login: LoginSummary): Record<string, unknown> {
  const { expires, ...rest } = login;
  return { ...rest, expires: iso(expires) };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

export const loginCommands: readonly Action[] = [login, logout, whoami];
