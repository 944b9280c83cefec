/**
 * Which XMPP account `chatnode client` comes in with: the address, and the variables that users of
 * earlier clients have set, in the environment or in `.env`.
 *
 * @module
 */
import { join } from "node:path";
import type { Vault } from "../../accounts/vault/contract.ts";
import { parseDotenv } from "../../config/dotenv.ts";
import { UsageError } from "../../errors.ts";
import { parseTarget, type Target, tcpTarget } from "../../transports/xmpp/dial/target.ts";
import { type Jid, parseJid } from "../../transports/xmpp/jid.ts";

/** An account, and how to reach it. */
export interface XmppAccount {
  readonly jid: Jid;
  readonly resource: string | undefined;
  /** Undefined: where DNS says. */
  readonly target: Target | undefined;
  /** Of the variables; a secret. */
  readonly password: string | undefined;
}

/** Where the secrets of an account are kept. */
export interface XmppSecrets {
  readonly vault: Vault;
  /** Whether the password of this run stands there: then what comes of it may stand there, too. */
  readonly isKept: boolean;
}

/** What is read. */
export interface AccountSources {
  /** `xmpp:alice@example.org`, `xmpp:alice@example.org/desk`, or `xmpp:` for the variables' own. */
  readonly address: string;
  /** As `--connect` says. */
  readonly connect: string | undefined;
  /** The environment, over what `.env` says. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The environment, and under it the `.env` of the working directory. */
export async function variablesOf(
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Readonly<Record<string, string>>> {
  let text = "";
  try {
    text = await Deno.readTextFile(join(cwd, ".env"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new UsageError("client/file", "Cannot read .env in this folder", { cause: error });
    }
  }
  const own = [...parseDotenv(text).values()].map(({ name, value }) => [name, value]);
  return { ...Object.fromEntries(own), ...environment };
}

/**
 * The account.
 *
 * @throws {UsageError} `client/address` when neither names one
 * @throws {XmppError} `xmpp/address`
 */
export function readAccount({ address, connect, variables }: AccountSources): XmppAccount {
  const given = unescaped(address.slice("xmpp:".length).replace(/^\/\//, ""));
  const named = given !== "" ? given : variables["XMPP_JID"] ?? nameAndServer(variables);
  if (named === undefined) {
    throw new UsageError("client/address", "Cannot come in: no XMPP account is named", {
      hint: "Use xmpp:alice@example.org, or set XMPP_JID.",
    });
  }
  const jid = parseJid(named);
  if (jid.local === "") {
    throw new UsageError("client/address", "Cannot come in: the JID has no name before its @");
  }
  const resource = jid.resource === "" ? variables["XMPP_RESOURCE"] : jid.resource;
  return {
    jid,
    resource: resource === "" ? undefined : resource,
    target: connect === undefined ? targetOf(variables, jid) : parseTarget(connect),
    password: variables["XMPP_PASSWORD"] || undefined,
  };
}

/** As RFC 5122 has it; what is no escape stays. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function nameAndServer(variables: Readonly<Record<string, string>>): string | undefined {
  const { XMPP_USERNAME: name, XMPP_SERVER: server } = variables;
  if (!name) return undefined;
  return name.includes("@") || !server ? name : `${name}@${server}`;
}

/** A server or port that is named is where to connect to; the certificate stays the domain's. */
function targetOf(
  { XMPP_SERVER: server = "", XMPP_PORT: port = "" }: Readonly<Record<string, string>>,
  { domain }: Jid,
): Target | undefined {
  if (port !== "" && !/^[1-9][0-9]{0,4}$/.test(port)) {
    throw new UsageError("client/address", "Cannot use XMPP_PORT: it is no port");
  }
  if ((server === "" || server === domain) && port === "") return undefined;
  return tcpTarget("starttls", server === "" ? domain : server, Number(port === "" ? 5222 : port));
}
