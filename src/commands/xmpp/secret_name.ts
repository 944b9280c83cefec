/** What a vault calls the password of an XMPP account; JIDs beyond ASCII are escaped for it. */
export function secretName(bare: string): string {
  return `xmpp:${encodeURIComponent(bare).replaceAll("%40", "@")}`;
}
