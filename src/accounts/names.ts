/**
 * Account names: which may be registered, and which of them are one and the same.
 *
 * Letters and digits of one script, and `_`, `-`, `.` inside. Everything else is refused: what could
 * leave a folder, turn the direction of text, hide, or stand between the parts of an address.
 *
 * @see {@link https://www.unicode.org/reports/tr39/} Unicode Security Mechanisms
 * @module
 */
import { singleScript, skeleton } from "../message/lookalike.ts";
import { AccountError } from "./failure.ts";

/** Characters (code points) in form NFC, as AloneChat counts them. */
export const NAME_LENGTH = { min: 3, max: 20 } as const;
/** UTF-8 bytes: two names with their nodes have to fit the id of a direct conversation. */
const MAX_BYTES = 48;
/** UTF-16 units; nothing longer is even looked at. */
const MAX_UNITS = 200;

/** Names that are their own keys: looked up with every token. */
const PLAIN_KEY = /^[a-z0-9_.-]{0,32}$/;
const START = /^[\p{L}\p{Nd}_]/u;
const END = /[\p{L}\p{M}\p{Nd}_]$/u;
const ALLOWED = /^[\p{L}\p{M}\p{Nd}_.-]+$/u;
/** Invisible ones that count as letters or marks: fillers, variation selectors, joiners. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** More marks on one letter than any written language needs, or marks that enclose it. */
const PILED_MARKS = /\p{M}{4}|\p{Me}/u;
const LETTER = /\p{L}/u;

/** What nobody is called, since it would speak for the node or stand for a group. */
const RESERVED = [
  ..."server system chatnode alonechat lobby everyone all here channel room".split(" "),
  ..."nobody anonymous unknown null undefined none self you".split(" "),
];
/** What only the operator gives away. */
const OFFICIAL = [
  ..."admin administrator root sysadmin operator owner moderator mod staff".split(" "),
  ..."support security official help bot".split(" "),
];

/**
 * Two names with the same key are one account: compatibility forms, case, and what case folding
 * makes equal (`\u00df` and `ss`) do not count. Every string has a key; one that is too long to be
 * a name gets the empty one, which no account has.
 */
export function nameKey(name: string): string {
  if (PLAIN_KEY.test(name)) return name;
  if (name.length > MAX_UNITS) return "";
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/**
 * How a name looks as it is written, and in small letters, as people remember it. Two names that
 * share a look are too similar to tell apart on a screen.
 */
export function nameLooks(name: string): ReadonlySet<string> {
  const short = name.slice(0, MAX_UNITS);
  return new Set([skeleton(short), skeleton(short.toLowerCase())]);
}

/** Who gives the name away. */
export type NameGiver = "anyone" | "operator";

/**
 * Brings a new account's name into form NFC.
 *
 * @throws {AccountError} `accounts/name-length`, `accounts/name-invalid`
 */
export function checkNewName(text: string, giver: NameGiver): string {
  const name = text.slice(0, MAX_UNITS).normalize("NFC");
  const length = [...name].length;
  const bytes = new TextEncoder().encode(name).length;
  if (length < NAME_LENGTH.min || length > NAME_LENGTH.max || bytes > MAX_BYTES) {
    throw new AccountError(
      "accounts/name-length",
      `Cannot use the name: it does not have ${NAME_LENGTH.min} to ${NAME_LENGTH.max} characters`,
      bytes > MAX_BYTES ? { hint: `At most ${MAX_BYTES} bytes of UTF-8.` } : {},
    );
  }
  const fault = nameFault(name) ?? reservation(name, giver);
  if (fault === undefined) return name;
  throw new AccountError("accounts/name-invalid", `Cannot use the name: ${fault}`, {
    hint: "Letters and digits of one script, with _ - . between them.",
  });
}

/** What is wrong with a name of the right length, or undefined. */
function nameFault(name: string): string | undefined {
  if (!name.isWellFormed()) return "it is not valid Unicode";
  if (INVISIBLE.test(name)) return "it holds an invisible character";
  if (!ALLOWED.test(name)) return "it holds a character that names may not have";
  if (isStyled(name)) return "it holds a styled form of a plain character";
  if (!START.test(name)) return "it does not begin with a letter, a digit or _";
  if (!END.test(name)) return "it does not end with a letter, a digit or _";
  if (name.includes("..")) return "it holds two dots in a row";
  if (!LETTER.test(name)) return "it has no letter";
  if (PILED_MARKS.test(name)) return "it piles marks on a letter";
  if (!singleScript(name)) return "it mixes scripts";
  return undefined;
}

/**
 * Full-width, bold, ligated: forms that stand for plainer ones. Not so the vowel am of Thai and Lao,
 * which is typed as one character though its compatibility form has two.
 */
function isStyled(name: string): boolean {
  const others = name.replace(/[\u0e33\u0eb3]/g, "");
  return others.normalize("NFKC") !== others.normalize("NFC");
}

/** Whether a name would speak for the node or its operators, or stand for a group. */
export function isReserved(name: string): boolean {
  const nameless = name.toLowerCase() === "anonymous";
  return !nameless && reservation(name, "anyone") !== undefined;
}

function reservation(name: string, giver: NameGiver): string | undefined {
  const looks = nameLooks(name);
  const same = (word: string): boolean => !nameLooks(word).isDisjointFrom(looks);
  if (RESERVED.some(same)) return "it is reserved";
  if (giver === "anyone" && OFFICIAL.some(same)) return "it is kept for the operator";
  return undefined;
}
