/**
 * Addresses of those who pass other people's connections on.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** Addresses that are believed when they say whom they speak for. */
export interface TrustedProxies {
  includes(address: string): boolean;
}

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

/** `::ffff:10.0.0.1`, which is how a dual-stack listener sees IPv4, to `10.0.0.1`. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
