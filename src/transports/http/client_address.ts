/**
 * Who is really at the other end of a connection when reverse proxies stand in between.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { plainAddress, type TrustedProxies } from "../../wire/proxies.ts";

/** The far end of one request. */
export interface Client {
  /** An IPv4 or IPv6 address; IPv4 written inside IPv6 is unwrapped. `unknown` once it is gone. */
  readonly address: string;
  /** Whether the client's own connection is encrypted, here or at a trusted proxy. */
  readonly secure: boolean;
}

/** At most this many hops of `X-Forwarded-For` are looked at, from the nearest on. */
const MOST_HOPS = 20;

/**
 * The client behind a request. `X-Forwarded-For` is walked from the nearest hop outwards for as
 * long as the hops are trusted, so nothing that a client writes into it is ever believed.
 */
export function clientOf(request: IncomingMessage, proxies: TrustedProxies): Client {
  const nearest = plainAddress(request.socket.remoteAddress ?? "");
  const encrypted = "encrypted" in request.socket && request.socket.encrypted === true;
  if (!proxies.includes(nearest)) return { address: nearest || "unknown", secure: encrypted };
  const scheme = header(request, "x-forwarded-proto");
  return {
    address: outermost(nearest, header(request, "x-forwarded-for"), proxies),
    secure: scheme === "" ? encrypted : scheme.split(",").at(-1)?.trim() === "https",
  };
}

function outermost(nearest: string, forwarded: string, proxies: TrustedProxies): string {
  let found = nearest;
  for (const hop of forwarded.split(",").slice(-MOST_HOPS).reverse()) {
    if (!proxies.includes(found)) break;
    const address = withoutPort(hop.trim());
    if (isIP(address) === 0) break;
    found = address;
  }
  return found;
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.join(",") ?? "";
}

/** `[::1]:8080` to `::1`, `10.0.0.1:8080` to `10.0.0.1`, and as {@linkcode plainAddress}. */
function withoutPort(address: string): string {
  return plainAddress(
    /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ??
      /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address,
  );
}
