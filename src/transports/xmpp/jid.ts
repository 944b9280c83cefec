/**
 * JIDs (RFC 7622): read, brought into one form, compared.
 *
 * @module
 */
import { XmppError } from "./errors.ts";

/** A JID taken apart, in its one form. */
export interface Jid {
  /** Empty for a server. */
  readonly local: string;
  readonly domain: string;
  /** Empty for a bare JID. */
  readonly resource: string;
  /** `local@domain`, or `domain`. */
  readonly bare: string;
  /** With the resource, if there is one. */
  readonly full: string;
}

/** Each part takes at most so many bytes (RFC 7622, 3). */
const PART_MOST = 1023;
/** What no local part holds (RFC 7622, 3.3.1), and what no part holds at all. */
const LOCAL = /^[^"&'/:<>@\s\p{C}]+$/u;
const DOMAIN = /^(?:\[[0-9a-f:.]+\]|[^"&'/:<>@\\[\]\s\p{C}]+)$/u;
const RESOURCE = /^[^\p{Cc}\p{Cn}\p{Cs}]+$/u;

/**
 * Reads a JID; local part and domain come out in lower case and NFC.
 *
 * @throws {XmppError} `xmpp/address`
 */
export function parseJid(text: string): Jid {
  const jid = readJid(text);
  if (jid === undefined) {
    throw new XmppError("xmpp/address", "Cannot use the JID: it is not of the form name@domain", {
      hint: "For example alice@example.org.",
    });
  }
  return jid;
}

/** As {@linkcode parseJid}, or undefined: for what others send. */
export function readJid(text: string | undefined): Jid | undefined {
  if (text === undefined || text.length > 3 * PART_MOST + 2 || !text.isWellFormed()) {
    return undefined;
  }
  const slash = text.indexOf("/");
  const before = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? "" : text.slice(slash + 1).normalize("NFC");
  const at = before.indexOf("@");
  const local = folded(at < 0 ? "" : before.slice(0, at));
  // A domain may be written with the dot of the root (RFC 7622, 3.2).
  const domain = folded(before.slice(at + 1)).replace(/\.$/, "");
  const fits = DOMAIN.test(domain) && (at < 0 || LOCAL.test(local)) &&
    (slash < 0 || RESOURCE.test(resource)) &&
    [local, domain, resource].every((part) => bytesOf(part) <= PART_MOST);
  return fits ? jidOf(local, domain, resource) : undefined;
}

/** The JID of these parts, which have to be in their one form. */
function jidOf(local: string, domain: string, resource: string): Jid {
  const bare = local === "" ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === "" ? bare : `${bare}/${resource}` };
}

/** The bare form of what others send, or undefined. */
export function bareJid(text: string | undefined): string | undefined {
  return readJid(text)?.bare;
}

/** Case and normalization as far as RFC 7622's profiles fold them for common scripts. */
function folded(text: string): string {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
