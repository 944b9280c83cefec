import { BlockList, isIP } from "node:net";

/** Some addresses and networks. */
export interface Networks {
  includes(address: string): boolean;
}

/**
 * Reads addresses and networks in CIDR notation (`10.0.0.0/8`, `::1`).
 *
 * @throws {RangeError} for what is neither
 */
export function networksOf(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const version = isIP(address);
    if (version === 0) throw new RangeError(`"${text}" is no address or network`);
    const family = version === 4 ? "ipv4" : "ipv6";
    list.addSubnet(address, Number(bits ?? (version === 4 ? 32 : 128)), family);
  }
  return {
    includes(address) {
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
    },
  };
}
