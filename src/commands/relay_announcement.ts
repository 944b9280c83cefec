/**
 * What `chatnode relay` says when it is ready.
 *
 * @module
 */
import type { GuestPolicy } from "../accounts/guests.ts";
import { isLoopback } from "../config/folders.ts";
import { visible } from "../text.ts";
import type { Io } from "./io.ts";
import { columnsOf, stylesOf, table, wrapped } from "./output.ts";
import { VERSION } from "./version.ts";

/** What there is to say. */
export interface RelayFacts {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly tls: "required" | "optional" | "off";
  readonly guests: GuestPolicy;
}

/** Who the relay lets in, in words. */
export const GUESTS: Readonly<Record<GuestPolicy, string>> = {
  chat: "anybody who reaches the port may talk (--require-auth for accounts only)",
  listen: "anybody who reaches the port may listen; accounts may talk",
  off: "accounts only; make one with: chatnode account add NAME",
};

/** The text, its last line `chatnode is ready: tcp://<host>:<port>`. */
export function relayAnnouncement(
  facts: RelayFacts,
  io: Pick<Io, "stdout" | "environment">,
): string {
  const { bold, green, yellow } = stylesOf(io.stdout, io.environment);
  const rows = [["Data", visible(facts.data)], ["People", GUESTS[facts.guests]], [
    "TLS",
    facts.tls,
  ]];
  const parts = [`${bold(`chatnode ${VERSION} relay`)}, node ${facts.name}\n`, table(rows)];
  if (facts.tls !== "required" && !isLoopback(facts.host)) {
    const warning = "Warning: other machines may reach this relay without encryption: passwords " +
      "and messages can be read on the way. Set --tls-cert, --tls-key and --tls required, or use " +
      "--host 127.0.0.1.";
    parts.push(yellow(wrapped(warning, columnsOf(io.stdout))) + "\n");
  }
  parts.push(`${green("chatnode is ready:")} ${relayAddress(facts.host, facts.port)}\n`);
  return parts.join("\n");
}

/** The address for clients on this machine. */
export function relayAddress(host: string, port: number): string {
  const anywhere = host === "0.0.0.0" || host === "::";
  const shown = anywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `tcp://${shown}:${port}`;
}
