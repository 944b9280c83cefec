/**
 * A name for an account that is made by itself: near to what the person is called elsewhere, and
 * one that they could have registered.
 *
 * @module
 */
import * as decisions from "./decisions.ts";
import { AccountError } from "./failure.ts";
import { checkNewName, NAME_LENGTH } from "./names.ts";
import { base32, type Random } from "./random.ts";
import type { ReadonlyState } from "./state.ts";

/** Numbers that are tried behind one name. */
const MOST_NUMBERS = 99;
const MOST_TRIES = 20;

/**
 * The first wish that can be had; of a taken one the first that is free with a number behind it;
 * else `user-` and some letters.
 *
 * @param wishes as a provider tells them: user names, e-mail addresses, names of people
 * @throws {AccountError} `accounts/name-taken` when chance is against it
 */
export function wishedName(
  state: ReadonlyState,
  wishes: readonly string[],
  random: Random,
): string {
  for (const wish of wishes) {
    const base = cleaned(wish);
    for (let number = 1; number <= MOST_NUMBERS; number++) {
      const name = usable(state, number === 1 ? base : withNumber(base, number));
      if (name === "unfit") break;
      if (name !== "taken") return name.name;
    }
  }
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const name = usable(state, `user-${base32(random(5))}`);
    if (typeof name === "object") return name.name;
  }
  throw new AccountError("accounts/name-taken", "Cannot find a free name for the account");
}

/** What stands before an `@`, with everything that no name may hold turned into dashes. */
function cleaned(wish: string): string {
  const [local = ""] = wish.slice(0, 200).split("@");
  const plain = local.normalize("NFKC").replace(/[^\p{L}\p{M}\p{Nd}_.-]+/gu, "-")
    .replace(/\.{2,}/g, ".").replace(/^[^\p{L}\p{Nd}_]+/u, "");
  return cut(plain, NAME_LENGTH.max);
}

function withNumber(base: string, number: number): string {
  const digits = `${number}`;
  return cut(base, NAME_LENGTH.max - digits.length) + digits;
}

function cut(text: string, length: number): string {
  return [...text].slice(0, length).join("").replace(/[-.]+$/, "");
}

function usable(
  state: ReadonlyState,
  candidate: string,
): { readonly name: string } | "taken" | "unfit" {
  try {
    const name = checkNewName(candidate, "anyone");
    decisions.checkNotTaken(state, name);
    decisions.checkLook(state, name);
    return { name };
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    return error.code === "accounts/name-taken" ? "taken" : "unfit";
  }
}
