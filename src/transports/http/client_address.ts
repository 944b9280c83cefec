/**
 * Who is really at the other end of a connection when reverse proxies stand in between.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** The far end of one request. */
export interface Client {
  /** An IPv4 or IPv6 address; IPv4 written inside IPv6 is unwrapped. `unknown` once it is gone. */
  readonly address: string;
  /** Whether the client's own connection is encrypted, here or at a trusted proxy. */
  readonly secure: boolean;
}

/** Addresses whose `X-Forwarded-*` headers are believed. */
export interface TrustedProxies {
  includes(address: string): boolean;
}

/** At most this many hops of `X-Forwarded-For` are looked at, from the nearest on. */
const MOST_HOPS = 20;

/**
 * Reads addresses and CIDR blocks (`10.0.0.0/8`, `::1`).
 *
 * @throws {RangeError} when an entry is neither.
 */
export function trustedProxies(blocks: readonly string[]): TrustedProxies {
  if (blocks.length === 0) return { includes: () => false };
  const list = new BlockList();
  for (const block of blocks) addBlock(list, block);
  return {
    includes(address) {
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
    },
  };
}

function addBlock(list: BlockList, block: string): void {
  const [address = "", prefix] = block.split("/");
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const length = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  if (version === 0 || !(length >= 0 && length <= longest)) {
    throw new RangeError(`Cannot trust proxies at "${block}": not an address or CIDR block`);
  }
  list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
}

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
    const address = plainAddress(hop.trim());
    if (isIP(address) === 0) break;
    found = address;
  }
  return found;
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.join(",") ?? "";
}

/** `::ffff:10.0.0.1` to `10.0.0.1`, `[::1]:8080` to `::1`, `10.0.0.1:8080` to `10.0.0.1`. */
function plainAddress(address: string): string {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ??
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
