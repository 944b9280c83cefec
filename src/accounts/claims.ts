/**
 * What a token says, checked without regard to any account.
 *
 * @module
 */

/** The claims that count, in this program's units. */
export interface Claims {
  readonly subject: string;
  /** Milliseconds since the epoch, from an `exp` that may have a fraction. */
  readonly expires: number;
  /** Milliseconds since the epoch; the token counts from then on. 0 for none. */
  readonly notBefore: number;
  /** `jti`; undefined in AloneChat's own tokens. */
  readonly id: string | undefined;
  /** The account's generation at issue; undefined in AloneChat's own tokens. */
  readonly generation: number | undefined;
}

/** Claims, or what is wrong with them, as the end of "Cannot accept the token: ". */
export type ClaimsResult =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: "invalid" | "no-subject"; readonly detail: string };

/** The end of the year 9999: what lies behind was meant in other units. */
const LAST_SECOND = 253_402_300_799;
/** Longest `sub` and `jti`, in UTF-16 units. */
const MAX_TEXT = 200;

/**
 * Reads a payload whose signature was found good.
 *
 * @param issuer what `iss` has to be where there is one; AloneChat's tokens have none
 */
export function readClaims(payload: Uint8Array, issuer: string): ClaimsResult {
  const value = parseObject(payload);
  if (value === undefined) return invalid("its payload is not a JSON object");
  const { sub, exp, nbf, iss, jti, gen } = value;
  if (!isDate(exp)) return invalid("it has no usable exp");
  if (nbf !== undefined && !isDate(nbf)) return invalid("its nbf is not a time");
  if (iss !== undefined && iss !== issuer) return invalid("another issuer made it");
  if (jti !== undefined && !isText(jti)) return invalid("its jti is not a short text");
  if (gen !== undefined && !Number.isSafeInteger(gen)) return invalid("its gen is not a number");
  if (sub === undefined || sub === null || sub === "") {
    return { ok: false, reason: "no-subject", detail: "it names no user" };
  }
  if (!isText(sub)) return invalid("its sub is not a short text");
  return {
    ok: true,
    claims: {
      subject: sub,
      expires: Math.round(exp * 1000),
      notBefore: Math.round((nbf ?? 0) * 1000),
      id: jti,
      generation: gen as number | undefined,
    },
  };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** NumericDate (RFC 7519, section 2). */
function isDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_SECOND;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT;
}

function invalid(detail: string): ClaimsResult {
  return { ok: false, reason: "invalid", detail };
}
