/**
 * What the accounts file holds: the whole state of an account, an invite or a revoked token per
 * change; the last one about the same thing counts.
 *
 * @module
 */
import type { Role } from "./contract.ts";

/** `removed` keeps the name reserved, so that nobody can become the author of old messages. */
export type AccountState = "active" | "disabled" | "removed";

/** One account. */
export interface AccountRecord {
  /** As its owner wrote it, in Unicode's form NFC. */
  readonly name: string;
  readonly role: Role;
  readonly state: AccountState;
  /** PHC string; null for an account that signs in elsewhere only. */
  readonly password: string | null;
  /**
   * 1, 2, 3, ...: stands in every token; raising it ends all tokens that were issued before,
   * whatever any clock says.
   */
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** One invite. The code itself is shown once and not kept. */
export interface InviteRecord {
  /** Hex SHA-256 of the code. */
  readonly hash: string;
  /** How many accounts it can still make; 0 for a spent or withdrawn one. */
  readonly uses: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** One token that was ended before its time. */
export interface RevokedRecord {
  /** The `jti`, or what stands for it in a token without one. */
  readonly id: string;
  /** The folded name of its account. */
  readonly account: string;
  /** When the token would have ended by itself, milliseconds since the epoch. */
  readonly until: number;
}

/** One name of a person at an identity provider, and the account that it signs in to. */
export interface LinkRecord {
  /** The provider, as its ID tokens name it. */
  readonly issuer: string;
  /**
   * `subject`: what the provider calls the person for good. `email`: a verified address that an
   * operator wrote down, until the person's first login tells their subject.
   */
  readonly by: "subject" | "email";
  /** The subject, or the address in lower case. */
  readonly value: string;
  /** The folded name of the account; null once the link is taken away. */
  readonly account: string | null;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** One thing that changed. */
export type Change =
  | { readonly account: AccountRecord }
  | { readonly link: LinkRecord }
  | { readonly invite: InviteRecord }
  | { readonly revoked: RevokedRecord };

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === "string" && value.length <= 512;
const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const ACCOUNT: Shape = {
  name: isText,
  role: (value) => value === "user" || value === "admin",
  state: (value) => value === "active" || value === "disabled" || value === "removed",
  password: (value) => value === null || isText(value),
  generation: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  created: isTime,
};
const INVITE: Shape = { hash: isText, uses: isTime, expires: isTime, created: isTime };
const REVOKED: Shape = { id: isText, account: isText, until: isTime };
const LINK: Shape = {
  issuer: isText,
  by: (value) => value === "subject" || value === "email",
  value: isText,
  account: (value) => value === null || isText(value),
  created: isTime,
};
const SHAPES: Readonly<Record<string, Shape>> = {
  account: ACCOUNT,
  invite: INVITE,
  link: LINK,
  revoked: REVOKED,
};

/** Whether a parsed value is a change, with exactly the keys that belong to it. */
export function isChange(value: unknown): value is Change {
  if (!isObject(value)) return false;
  const [kind, ...more] = Object.keys(value);
  if (kind === undefined || more.length > 0 || !Object.hasOwn(SHAPES, kind)) return false;
  return fits(value[kind], SHAPES[kind] ?? {});
}

function fits(value: unknown, shape: Shape): boolean {
  if (!isObject(value)) return false;
  const keys = Object.keys(shape);
  return Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key) && shape[key]?.(value[key]) === true);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
