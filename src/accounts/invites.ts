/**
 * Invites: codes that make an account where registration is by invitation.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { base32, type Random } from "./random.ts";
import type { InviteRecord } from "./record.ts";

/** What an operator asks for. */
export interface InviteRequest {
  /** Accounts the code can make, 1 to 1,000; 1 unless told. */
  readonly uses?: number;
  /** How long the code is good, milliseconds, up to a year; a week unless told. */
  readonly lifetime?: number;
}

export const DEFAULT_INVITE_LIFETIME_MS = 7 * 24 * 60 * 60_000;
export const MAX_INVITE_LIFETIME_MS = 366 * 24 * 60 * 60_000;
export const MAX_INVITE_USES = 1_000;

/** A new invite with the code that nobody can see again. */
export interface NewInvite {
  /** 26 letters and digits, 128 random bits. */
  readonly code: string;
  readonly record: InviteRecord;
}

/**
 * Makes an invite.
 *
 * @throws {RangeError} when `uses` or `lifetime` is out of bounds
 */
export function makeInvite(request: InviteRequest, now: number, random: Random): NewInvite {
  const { uses = 1, lifetime = DEFAULT_INVITE_LIFETIME_MS } = request;
  if (!Number.isInteger(uses) || uses < 1 || uses > MAX_INVITE_USES) {
    throw new RangeError(`uses must be 1 to ${MAX_INVITE_USES}`);
  }
  if (!(lifetime > 0 && lifetime <= MAX_INVITE_LIFETIME_MS)) {
    throw new RangeError(`lifetime must be above 0 and at most ${MAX_INVITE_LIFETIME_MS} ms`);
  }
  const code = base32(random(16));
  const record = { hash: hashOf(code), uses, expires: Math.ceil(now + lifetime), created: now };
  return { code, record };
}

/**
 * What a code is kept as. Spaces, hyphens and case do not count, nor do the letters that people
 * take for digits; anything far too long to be a code is none.
 *
 * A plain digest is enough: there is nothing to guess in 128 random bits.
 */
export function hashOf(code: string): string {
  const plain = code.slice(0, 100).toLowerCase().replace(/[\s-]/g, "")
    .replaceAll("o", "0").replace(/[il]/g, "1");
  return createHash("sha256").update(plain).digest("hex");
}
