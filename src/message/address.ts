/**
 * Room ids and addresses. Rights follow from the form of a room id, so the forms are kept apart
 * strictly:
 *
 * | room | form |
 * | --- | --- |
 * | public | a free name, `lobby`, `Team plans` |
 * | direct | `direct:<address>,<address>`, sorted by code point |
 * | of an XMPP account | `xmpp:<account jid>/<peer jid>` |
 *
 * A name that starts with a lower-case word and a colon belongs to a kind, known or future, and is
 * never a public room. No room id holds `::`, and none starts or ends with a colon, so that an
 * event id splits in exactly one way.
 *
 * @module
 */
import { compareCodePoints } from "./code_points.ts";
import type { Address, RoomId } from "./event.ts";
import { boundedName as bounded, nameError as fault, parseName } from "./name.ts";

/** What a room id says about the room. */
export type RoomKind =
  /** Open to every account. */
  | { readonly kind: "public" }
  /** Open to exactly these two, sorted. */
  | { readonly kind: "direct"; readonly between: readonly [Address, Address] }
  /** What one XMPP account and one of its peers (a person or a room) write to each other. */
  | { readonly kind: "xmpp"; readonly account: Address; readonly peer: string };

const DIRECT = "direct:";
const XMPP = "xmpp:";
const KIND_PREFIX = /^[a-z][a-z0-9+.-]*:/;

/** Also keeps the parts of a direct room's id apart, whatever a remote address holds. */
const LOCAL_PART = /^[^@/\\,:\s]+$/;
const DOMAIN = /^[^@/\\,:\s]+$/;

/**
 * Checks a room id of any kind and brings it into its one form: NFC, domains in lower case, a direct
 * room's two addresses sorted. Case is kept otherwise: `Lobby` and `lobby` are two rooms.
 *
 * @throws {MessageError} `address/...`: `empty`, `too-long`, `not-unicode`, `character` (invisible,
 *   control, bidirectional or unassigned), `space` (at an end, or two together), `separator` (`::`,
 *   or a colon at an end), `path` (`/`, `\` or only dots in a public room's name), `reserved` (an
 *   unknown kind), `form`, `same` (a direct room of one address)
 */
export function parseRoom(text: string): RoomId {
  const name = parseName(text);
  if (name.startsWith(DIRECT)) {
    const [a, b] = directParts(name);
    return directRoom(a, b);
  }
  if (name.startsWith(XMPP)) {
    const [account, peer] = xmppParts(name);
    return xmppRoom(account, peer);
  }
  if (KIND_PREFIX.test(name)) {
    throw fault("reserved", "it starts with a word and a colon, which is kept for other kinds");
  }
  if (/[/\\]/.test(name) || /^\.+$/.test(name)) {
    throw fault("path", "it looks like a path");
  }
  return name;
}

/**
 * Checks an address `local@domain`, NFC, the domain in lower case. The local part keeps its case:
 * accounts decide which spellings are one account.
 *
 * @throws {MessageError} `address/...` as {@linkcode parseRoom}; `address/form` when it is not one
 *   local part, `@` and one domain, without spaces, commas, colons or slashes
 */
export function parseAddress(text: string): Address {
  const name = parseName(text);
  const at = name.indexOf("@");
  const local = name.slice(0, at);
  const domain = name.slice(at + 1);
  if (at < 1 || !LOCAL_PART.test(local) || !DOMAIN.test(domain)) {
    throw fault("form", "it is not of the form name@node");
  }
  return bounded(`${local}@${domain.toLowerCase().normalize("NFC")}`);
}

/**
 * The address of an account of a node.
 *
 * @throws {MessageError} as {@linkcode parseAddress}
 */
export function addressOf(name: string, node: string): Address {
  return parseAddress(`${name}@${node}`);
}

/**
 * Completes what a person types as a recipient: a bare name is an account of `node`, anything with
 * an `@` is an address already.
 *
 * @throws {MessageError} as {@linkcode parseAddress}
 */
export function qualify(text: string, node: string): Address {
  return text.includes("@") ? parseAddress(text) : addressOf(text, node);
}

/** What people of `node` call an address: the bare name of one of their own, else the address. */
export function localName(address: Address, node: string): string {
  const at = address.length - node.length - 1;
  return at > 0 && address[at] === "@" && address.endsWith(node) ? address.slice(0, at) : address;
}

/**
 * The room of a direct conversation: the same whoever of the two asks.
 *
 * @throws {MessageError} as {@linkcode parseAddress}; `address/same`; `address/too-long` when the
 *   two together do not fit
 */
export function directRoom(a: Address, b: Address): RoomId {
  const one = parseAddress(a);
  const other = parseAddress(b);
  if (one === other) throw fault("same", "both ends of a direct conversation are one address");
  const sorted = compareCodePoints(one, other) < 0 ? `${one},${other}` : `${other},${one}`;
  return bounded(DIRECT + sorted);
}

/**
 * The room of what `account`, a bare JID, and `peer` write to each other. `peer` is a bare JID, with
 * or without a local part, or a room's occupant with its nickname after a slash.
 *
 * @throws {MessageError} as {@linkcode parseRoom}
 */
export function xmppRoom(account: Address, peer: string): RoomId {
  return bounded(`${XMPP}${parseAddress(account)}/${parseName(peer)}`);
}

/**
 * The kind of a valid room id. Cheap: called for every right that is checked.
 *
 * @throws {MessageError} `address/form` or `address/reserved` for an id that
 *   {@linkcode parseRoom} would refuse for its kind
 */
export function roomKind(room: RoomId): RoomKind {
  if (room.startsWith(DIRECT)) return { kind: "direct", between: directParts(room) };
  if (room.startsWith(XMPP)) {
    const [account, peer] = xmppParts(room);
    return { kind: "xmpp", account, peer };
  }
  if (KIND_PREFIX.test(room)) {
    throw fault("reserved", "it starts with a word and a colon, which is kept for other kinds");
  }
  return { kind: "public" };
}

/** Whether a room is open to every account. Rooms of kinds that are not known yet are not. */
export function isPublicRoom(room: RoomId): boolean {
  return !KIND_PREFIX.test(room);
}

function directParts(room: string): [Address, Address] {
  const [a, b, ...more] = room.slice(DIRECT.length).split(",");
  if (a === undefined || b === undefined || a === "" || b === "" || more.length > 0) {
    throw fault("form", "it is not of the form direct:name@node,name@node");
  }
  return [a, b];
}

function xmppParts(room: string): [Address, string] {
  const slash = room.indexOf("/");
  if (slash <= XMPP.length || slash === room.length - 1) {
    throw fault("form", "it is not of the form xmpp:account/peer");
  }
  return [room.slice(XMPP.length, slash), room.slice(slash + 1)];
}
