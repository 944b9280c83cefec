/**
 * Guests: people without an account, who only say what they want to be called.
 *
 * Their addresses begin with `~`, which no account's name holds, so that nobody who has not signed
 * in can ever be taken for somebody who has. The rest is the alias: a space stands as `+`, `+` and
 * `%` as `%2B` and `%25`, and the number that tells two of one name apart without its space.
 * `Bob Smith (2)` is `~Bob+Smith(2)@node`.
 *
 * @module
 */
import { addressOf } from "./address.ts";
import type { Address } from "./event.ts";

const MARK = "~";

/** An alias, its number left out: characters (code points) and bytes of UTF-8. */
export const ALIAS_LIMITS = { characters: 24, bytes: 40 } as const;

/** What a guest is called who does not say. */
export const NAMELESS = "Anonymous";

/** Nothing longer is looked at, UTF-16 units. */
const MOST_UNITS = 1_024;
/** Invisible characters, controls, what turns the direction of text, unassigned ones. */
const HIDDEN = /(?!\s)[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;
/** What addresses and the lines of chats are put together with. */
const STRUCTURAL = /[@/\\,:~]/g;
/** `Bob -> alice: hello` is a private message. */
const ARROW = /-+>+/g;
/** How lines begin that nobody says: `[+] Bob has joined the chat!`, `* Bob waves`. */
const BEGINNING = /^(?:\[[-+!]\]|[*\p{M} ])+/u;
/** More marks on one letter than any written language needs. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * The name that somebody asks for, fit to be shown and to stand in an address: at most
 * {@linkcode ALIAS_LIMITS}, never empty, in form NFC. Any text gives one.
 */
export function cleanAlias(text: string): string {
  const plain = text.slice(0, MOST_UNITS).toWellFormed().normalize("NFC")
    .replace(HIDDEN, "")
    .replace(/\s+/gu, " ")
    .replace(STRUCTURAL, "-")
    .replace(/\p{Me}/gu, "")
    .replace(ARROW, "-")
    .replace(PILED_MARKS, "$1")
    .replace(BEGINNING, "")
    .replace(/ ?\((\d{1,9})\)$/, " ($1)");
  const alias = cut(plain).trim();
  return alias === "" ? NAMELESS : alias;
}

/**
 * The address of the guest who is called `alias`.
 *
 * @param alias as {@linkcode cleanAlias} gives it, with or without a number behind it
 * @throws {MessageError} as `addressOf`
 */
export function guestAddress(alias: string, node: string): Address {
  const local = alias
    .replace(/ (\(\d+\))$/, "$1")
    .replace(/[%+]/g, (character) => character === "+" ? "%2B" : "%25")
    .replaceAll(" ", "+");
  return addressOf(MARK + local, node);
}

/** Whether an address is a guest's, of whatever node. */
export function isGuest(address: Address): boolean {
  return address.startsWith(MARK);
}

/**
 * What people of `node` call the owner of an address: an account or a guest of theirs by name, others
 * with `@` and where they are from. Not safe for terminals yet: foreign addresses can hold anything.
 */
export function shownName(address: Address, node: string): string {
  const at = address.lastIndexOf("@");
  if (at < 1) return address;
  const local = address.slice(0, at);
  const name = isGuest(address) ? aliasOf(local.slice(MARK.length)) : local;
  return address.slice(at + 1) === node ? name : `${name}${address.slice(at)}`;
}

function aliasOf(local: string): string {
  return local
    .replaceAll("+", " ")
    .replace(/%2B|%25/g, (code) => code === "%2B" ? "+" : "%")
    .replace(/ ?(\(\d+\))$/, " $1");
}

/** Between characters as people see them. */
function cut(text: string): string {
  const encoder = new TextEncoder();
  let kept = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    const next = kept + segment;
    if ([...next].length > ALIAS_LIMITS.characters) break;
    if (encoder.encode(next).length > ALIAS_LIMITS.bytes) break;
    kept = next;
  }
  return kept;
}
