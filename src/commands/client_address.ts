/**
 * Where `chatnode client` connects to.
 *
 * @module
 */
import { isIP } from "node:net";
import { UsageError } from "../errors.ts";
import { parseTcpAddress, type TcpTarget } from "../transports/tcp/client/socket.ts";

/** An address taken apart. */
export type ClientAddress =
  & { readonly hostname: string; readonly encrypted: boolean }
  & (
    | { readonly kind: "tcp"; readonly target: TcpTarget }
    /** `http` is where the same server answers HTTP. */
    | { readonly kind: "websocket"; readonly url: URL; readonly http: URL }
  );

/**
 * Reads `tcp://`, `tls://`, `ws://` and `wss://` addresses.
 *
 * @throws {UsageError} `client/address`, `tcp/address`
 */
export function readAddress(text: string): ClientAddress {
  if (/^(?:tcp|tls):/.test(text)) {
    const target = parseTcpAddress(text);
    const encrypted = target.tls !== undefined;
    return { kind: "tcp", target, hostname: target.hostname, encrypted };
  }
  const url = /^wss?:\/\//.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === "") {
    throw wrong("it is none of tcp://, tls://, ws:// and wss:// with a host");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw wrong("it holds more than a host, a port and a path", {
      hint: "A token comes from CHATNODE_TOKEN or --token-file, a password is asked for.",
    });
  }
  const encrypted = url.protocol === "wss:";
  const http = new URL(url);
  http.protocol = encrypted ? "https:" : "http:";
  if (!http.pathname.endsWith("/")) http.pathname += "/";
  return { kind: "websocket", url, http, hostname: url.hostname, encrypted };
}

/** Whether what is sent there leaves this machine. */
export function isLocal(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}

function wrong(state: string, options: { readonly hint?: string } = {}): UsageError {
  return new UsageError("client/address", `Cannot use the address: ${state}`, options);
}
