/**
 * Remote addresses as throttling sees them.
 *
 * @module
 */
import { isIPv4, isIPv6 } from "node:net";

/**
 * The party behind an address: an IPv4 address as it is, an IPv6 address by its /64 (a household
 * has one to itself), an IPv4-mapped one as the IPv4 address it is. Anything else (a socket's path,
 * a proxy's mistake) is one party by its first 64 characters.
 */
export function partyOf(address: string): string {
  const bare = address.slice(0, 64).replace(/%.*$/, "");
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return `other:${bare}`;
  const groups = ipv6Groups(bare);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  if (bare === "::1" || (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1)) {
    return "::1";
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/**
 * Whether a party is this machine. It may then be anybody: a reverse proxy that does not tell whom
 * it speaks for.
 */
export function isLoopback(party: string): boolean {
  return party === "::1" || party.startsWith("127.");
}

/** The eight groups of a valid IPv6 address. */
function ipv6Groups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted === null ? address : dottedToGroups(dotted);
  const [head = "", tail] = text.split("::");
  const left = parseGroups(head);
  if (tail === undefined) return left;
  const right = parseGroups(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function dottedToGroups([, start, ...bytes]: readonly (string | undefined)[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return `${start}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function parseGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
