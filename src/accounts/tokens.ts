/**
 * Tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256 and nothing else. This file knows
 * keys, claims and time; whether the account still stands is asked of the account, each time.
 *
 * @module
 */
import { hash } from "node:crypto";
import { CompactSign, compactVerify } from "jose";
import type { Clock } from "../clock.ts";
import { type Claims, readClaims } from "./claims.ts";
import { LruMap } from "./lru.ts";
import type { Random } from "./random.ts";
import type { SigningKeys } from "./secret.ts";

/** Longer tokens are refused before they are looked at. Characters; tokens are ASCII. */
export const MAX_TOKEN_LENGTH = 4096;
/**
 * A token counts this long beyond its `exp`, and before its `nbf`: clocks of two machines that share
 * a secret need not agree better than this.
 */
export const LEEWAY_MS = 5_000;
/** Tokens whose signature need not be checked again: at 400 bytes each, about 4 MB. */
const CACHED_TOKENS = 10_000;

const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** A token whose signature and time are good. */
export interface GoodToken extends Claims {
  /** What revoking it is recorded under: its `jti`, or a digest of what was signed. */
  readonly id: string;
}

/** Why a token is not accepted, as doors tell it. */
export interface TokenRefusal {
  readonly ok: false;
  readonly reason: "none" | "invalid" | "expired" | "no-subject";
  /** For the client: the end of the sentence "Cannot accept the token: ...". Holds nothing of it. */
  readonly detail: string;
}

export type TokenCheck = { readonly ok: true; readonly token: GoodToken } | TokenRefusal;

export interface TokensOptions {
  readonly keys: SigningKeys;
  /** `iss` of the tokens made here; tokens with another one are refused. */
  readonly issuer: string;
  /** How long a new token lasts, milliseconds. */
  readonly lifetime: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes and checks tokens. */
export class Tokens {
  readonly #options: TokensOptions;
  /**
   * Signature verdicts by SHA-256 of the token. Only what can never change is kept: time,
   * revocation and the account are looked at on every use.
   */
  readonly #seen = new LruMap<string, GoodToken>(CACHED_TOKENS);

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** Makes a token for an account. Times in the result are milliseconds since the epoch. */
  async issue(
    account: { readonly name: string; readonly role: string; readonly generation: number },
  ): Promise<{ token: string; id: string; expires: number }> {
    const { keys, issuer, lifetime, clock, random } = this.#options;
    const id = random(16).toBase64({ alphabet: "base64url", omitPadding: true });
    const issued = Math.floor(clock.now() / 1000);
    const exp = Math.ceil((clock.now() + lifetime) / 1000);
    const claims = {
      ...{ sub: account.name, exp, role: account.role, jti: id, iat: issued, iss: issuer },
      gen: account.generation,
    };
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .sign(keys.current);
    return { token, id, expires: exp * 1000 };
  }

  /** Checks form, algorithm, signature, claims and time. Never throws for anything in `token`. */
  async check(token: string | undefined): Promise<TokenCheck> {
    if (token === undefined || token === "") return refuse("none", "there is none");
    if (token.length > MAX_TOKEN_LENGTH) return refuse("invalid", "it is too long");
    const key = hash("sha256", token, "base64");
    const seen = this.#seen.get(key);
    if (seen !== undefined) return this.#inTime(seen);
    if (!FORM.test(token)) return refuse("invalid", "it is not of the form of a token");
    const payload = await this.#verified(token);
    if (payload === undefined) return refuse("invalid", "its signature or algorithm is not ours");
    const result = readClaims(payload, this.#options.issuer);
    if (!result.ok) return result;
    const good = { ...result.claims, id: result.claims.id ?? digestOfSigned(token) };
    const check = this.#inTime(good);
    if (check.ok) this.#seen.set(key, good);
    return check;
  }

  #inTime(token: GoodToken): TokenCheck {
    const now = this.#options.clock.now();
    if (now >= token.expires + LEEWAY_MS) return refuse("expired", "it has expired");
    if (now < token.notBefore - LEEWAY_MS) return refuse("invalid", "it does not count yet");
    return { ok: true, token };
  }

  async #verified(token: string): Promise<Uint8Array | undefined> {
    const { current, previous } = this.#options.keys;
    return await verifiedBy(token, current) ??
      (previous === undefined ? undefined : await verifiedBy(token, previous));
  }
}

/** The payload when `key` signed the token with HS256 and its header asks for nothing unusual. */
async function verifiedBy(token: string, key: CryptoKey): Promise<Uint8Array | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(token, key, {
      algorithms: ["HS256"],
    });
    const { typ, crit, b64 } = protectedHeader;
    const usual = (typ === undefined || /^jwt$/i.test(typ)) && crit === undefined &&
      b64 === undefined;
    return usual ? payload : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stands for the `jti` of a token without one. Over header and payload, not the whole token: a
 * signature's last character has spare bits, so that one token can be spelled in several ways.
 */
function digestOfSigned(token: string): string {
  const signed = token.slice(0, token.lastIndexOf("."));
  return `sha256:${hash("sha256", signed, "base64url")}`;
}

function refuse(reason: TokenRefusal["reason"], detail: string): TokenRefusal {
  return { ok: false, reason, detail };
}
