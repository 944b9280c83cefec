/**
 * What a vault calls the secrets of an XMPP account; JIDs beyond ASCII are escaped for it.
 *
 * @module
 */

/** The account's password. */
export function secretName(bare: string): string {
  return `xmpp:${escaped(bare)}`;
}

/** The token by which it comes in again. */
export function tokenName(bare: string): string {
  return `xmpp-token:${escaped(bare)}`;
}

function escaped(bare: string): string {
  return encodeURIComponent(bare).replaceAll("%40", "@");
}
