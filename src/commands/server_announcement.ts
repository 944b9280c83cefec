/**
 * What `chatnode server` says when it is ready.
 *
 * @module
 */
import type { GuestPolicy } from "../accounts/guests.ts";
import { isLoopback } from "../config/folders.ts";
import type { Settings } from "../config/schema.ts";
import { visible, width } from "../text.ts";
import type { Io } from "./io.ts";
import { columnsOf, stylesOf, table, wrapped } from "./output.ts";
import { GUESTS, relayAddress } from "./relay_announcement.ts";
import { VERSION } from "./version.ts";

/** What there is to say. */
export interface Facts {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly secondPort: number | undefined;
  /** Undefined when the relay is not served. */
  readonly relayPort: number | undefined;
  /** Who the relay lets in. */
  readonly guests: GuestPolicy;
  readonly data: string;
  readonly registration: Settings["registration"];
  /** Where people sign in by a provider; undefined when they do not. */
  readonly signIn: string | undefined;
  /** TLS by the node itself. */
  readonly secure: boolean;
  /** Proxies are configured, so TLS is probably theirs. */
  readonly behindProxy: boolean;
  readonly firstAdmin: { readonly name: string; readonly password: string } | undefined;
}

const ACCOUNTS: Readonly<Record<Settings["registration"], string>> = {
  open: "anybody may register",
  invite: "by invitation; make one with: chatnode account invite",
  closed: "made by the operator, with: chatnode account add NAME",
};

/** The text, its last line `chatnode is ready: <address>`. */
export function announcement(facts: Facts, io: Pick<Io, "stdout" | "environment">): string {
  const { bold, green, yellow } = stylesOf(io.stdout, io.environment);
  const address = addressOf(facts);
  const rows = [
    ["Data", visible(facts.data)],
    ["Accounts", ACCOUNTS[facts.registration]],
    ...(facts.signIn === undefined ? [] : [["Sign in", visible(facts.signIn)]]),
    ["AloneChat", `${address.replace(/^http/, "ws")}${httpPort(facts)}`],
    ["Browser", address],
    ...(facts.relayPort === undefined
      ? []
      : [["Relay", `${relayAddress(facts.host, facts.relayPort)}; ${GUESTS[facts.guests]}`]]),
  ];
  const parts = [`${bold(`chatnode ${VERSION}`)}, node ${facts.name}\n`];
  if (facts.firstAdmin !== undefined) parts.push(adminBox(facts.firstAdmin));
  parts.push(table(rows));
  const warning = plainTraffic(facts);
  if (warning !== undefined) parts.push(yellow(wrapped(warning, columnsOf(io.stdout))) + "\n");
  parts.push(`${green("chatnode is ready:")} ${address}\n`);
  return parts.join("\n");
}

/** The address to open on this machine. */
function addressOf({ host, port, secure }: Facts): string {
  const anywhere = host === "0.0.0.0" || host === "::";
  const shown = anywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `${secure ? "https" : "http"}://${shown}:${port}`;
}

function httpPort({ secondPort }: Facts): string {
  return secondPort === undefined ? "" : ` (and HTTP on port ${secondPort})`;
}

function plainTraffic({ host, secure, behindProxy }: Facts): string | undefined {
  if (secure || behindProxy || isLoopback(host)) return undefined;
  return "Warning: other machines reach this node without encryption: passwords and messages can " +
    "be read on the way. Set --tls-cert and --tls-key, or put a proxy that does TLS in front and " +
    "name it in --trusted-proxies, or use --host 127.0.0.1.";
}

function adminBox({ name, password }: { name: string; password: string }): string {
  const lines = [
    "First start: this node's administrator",
    "",
    `  name      ${name}`,
    `  password  ${password}`,
    "",
    `It is shown this once. Change it: chatnode account passwd ${name}`,
  ];
  const widest = Math.max(...lines.map(width));
  const edge = `+${"-".repeat(widest + 4)}+`;
  const body = lines.map((line) => `|  ${line}${" ".repeat(widest - width(line))}  |`);
  return [edge, ...body, edge, ""].join("\n");
}
