/**
 * Where to connect to.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import { XmppError } from "../errors.ts";

/** One address to try. */
export interface Target {
  /** `xmpp://host:port` (STARTTLS), `xmpps://host:port` (TLS at once), `wss://...`, `ws://...`. */
  readonly service: string;
}

/** The address of a host as a target of a TCP connection. */
export function tcpTarget(kind: "starttls" | "direct", host: string, port: number): Target {
  const bare = isIPv6(host) ? `[${host}]` : host;
  return { service: `${kind === "direct" ? "xmpps" : "xmpp"}://${bare}:${port}` };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "xmpp:": 5222, "xmpps:": 5223 };

/**
 * Reads what `--connect` says.
 *
 * @throws {XmppError} `xmpp/address`
 */
export function parseTarget(text: string): Target {
  const url = URL.parse(text);
  const port = url === null ? undefined : DEFAULT_PORTS[url.protocol];
  const isWeb = url?.protocol === "wss:" || url?.protocol === "ws:";
  if (url === null || url.hostname === "" || (port === undefined && !isWeb)) {
    throw wrong("it is none of xmpp://, xmpps:// and wss:// with a host");
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw wrong("it holds more than a host, a port and a path");
  }
  if (isWeb) return { service: url.href };
  if (url.pathname.length > 1 || url.search !== "") {
    throw wrong("it holds more than a host and a port");
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const kind = url.protocol === "xmpps:" ? "direct" : "starttls";
  return tcpTarget(kind, host, url.port === "" ? port ?? 5222 : Number(url.port));
}

function wrong(state: string): XmppError {
  return new XmppError("xmpp/address", `Cannot use the address to connect to: ${state}`, {
    hint: "For example xmpp://192.0.2.1:5222, xmpps://chat.example.org:5223, wss://example.org/ws.",
  });
}
