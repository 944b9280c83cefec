/**
 * Which addresses are talked to.
 *
 * @module
 */

/** Longest address that is taken, characters. */
export const MAX_ADDRESS_LENGTH = 2048;

/**
 * The address when it may be used: https, or http on this very machine; no credentials, no
 * fragment.
 */
export function usableAddress(text: unknown): URL | undefined {
  if (typeof text !== "string" || text.length > MAX_ADDRESS_LENGTH) return undefined;
  const url = URL.parse(text);
  if (url === null || url.hash !== "" || text.includes("#")) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  const allowed = url.protocol === "https:" || (url.protocol === "http:" && isThisMachine(url));
  return allowed ? url : undefined;
}

/** Whether the host is a loopback address, or the one name that stands for it (RFC 6761). */
export function isThisMachine({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}
