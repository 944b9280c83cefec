/**
 * What every room id and address has in common.
 *
 * @module
 */
import type { ReasonOf } from "./error.ts";
import { MessageError } from "./error.ts";
import { LIMITS } from "./event.ts";
import { encodeFileName } from "./file_name.ts";

/**
 * Never in a name: controls, whatever is invisible or turns the direction of text, private and
 * unassigned characters, lone surrogates, and every kind of space but U+0020.
 */
const FORBIDDEN = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/**
 * Whether a stored room id or sender is harmless: it becomes a file name within bounds, splits an
 * event id in one way and holds nothing invisible. Weaker than {@linkcode parseRoom}, since events
 * of other writers keep the names that were signed: a sender may be any opaque subject of an
 * identity provider.
 *
 * @returns the reason against it, or undefined
 */
export function nameFault(name: string): MessageError | undefined {
  try {
    checkName(name);
    encodeFileName(name);
    return undefined;
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
}

/**
 * The NFC of a text that may be part of a room id or an address.
 *
 * @throws {MessageError} `address/...`: `empty`, `too-long`, `not-unicode`, `character`, `space`,
 *   `separator`
 */
export function parseName(text: string): string {
  // Normalising may shorten, at most to a third; this only bounds the work.
  if (text.length > 4 * LIMITS.nameBytes) throw nameError("too-long", "it is too long");
  if (!text.isWellFormed()) throw nameError("not-unicode", "it is not well-formed Unicode");
  const name = text.normalize("NFC");
  checkName(name);
  return boundedName(name);
}

function checkName(name: string): void {
  if (name === "") throw nameError("empty", "it is empty");
  if (!name.isWellFormed()) throw nameError("not-unicode", "it is not well-formed Unicode");
  if (FORBIDDEN.test(name) || /^\p{M}/u.test(name)) {
    throw nameError("character", "it holds an invisible or control character");
  }
  if (/^ | $| {2}/.test(name)) throw nameError("space", "it has a space at an end or two together");
  if (/^:|::|:$/.test(name)) throw nameError("separator", "it holds :: or a colon at an end");
}

/**
 * The name, once it is known to fit a file name.
 *
 * @throws {MessageError} `address/too-long`
 */
export function boundedName(name: string): string {
  encodeFileName(name);
  return name;
}

/** The error of a name, `state` a clause that says what it is. */
export function nameError(
  reason: ReasonOf<"address">,
  state: string,
): MessageError {
  return new MessageError(`address/${reason}`, `Cannot use the name: ${state}`);
}
