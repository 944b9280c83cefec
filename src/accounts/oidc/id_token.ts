/**
 * Whether an ID token is from this provider, for this program and for this login.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation}
 * @module
 */
import { hash } from "node:crypto";
import {
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
} from "jose";
import type { Clock } from "../../clock.ts";
import { OidcError } from "./contract.ts";
import type { KeySet } from "./keys.ts";

/** Signatures that are accepted: with a key pair, and none that is known to be weak. */
export const SIGNATURES: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Seconds that the provider's clock may differ from ours. */
const SKEW_SECONDS = 60;
/** A token that was made longer ago is not the answer to a login that has just happened, seconds. */
const MAX_AGE_SECONDS = 10 * 60;
/** Characters; one with many groups in it still has room. */
const MAX_LENGTH = 32 * 1024;

/** What a token has to say. */
export interface Expected {
  /** May hold `{tenantid}`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly signatures: readonly string[];
  /** Of the login; undefined for flows that have none (RFC 8628, refreshing). */
  readonly nonce: string | undefined;
  /** What came beside it; the token may vouch for it (`at_hash`). */
  readonly accessToken: string;
  readonly clock: Clock;
}

/** The claims of a good token. */
export type IdClaims = JWTPayload & { readonly iss: string; readonly sub: string };

/**
 * Checks everything that section 3.1.3.7 asks for. The keys are fetched anew once when the token's
 * is not among them: providers change theirs without notice.
 *
 * @throws {OidcError} `oidc/id-token`, or what fetching the keys throws
 */
export async function checkIdToken(
  token: string,
  keys: KeySet,
  expected: Expected,
): Promise<IdClaims> {
  if (token.length > MAX_LENGTH) throw refused("it is too long");
  const { payload, protectedHeader } = await verified(token, keys, expected);
  const { typ, alg } = protectedHeader;
  // Other tokens of the same provider are signed with the same keys.
  if (typ !== undefined && !/^jwt$/i.test(typ)) throw refused("it is a token of another kind");
  const { sub, iss } = payload;
  checkIssuer(payload, expected.issuer);
  checkParty(payload, expected.clientId);
  if (expected.nonce !== undefined && payload["nonce"] !== expected.nonce) {
    throw refused("it belongs to another login");
  }
  if (typeof sub !== "string" || !/^[\x20-\x7e]{1,255}$/.test(sub)) {
    throw refused("its subject is not 1 to 255 characters of ASCII");
  }
  checkAccessToken(payload["at_hash"], alg, expected.accessToken);
  return { ...payload, iss: String(iss), sub };
}

async function verified(
  token: string,
  keys: KeySet,
  expected: Expected,
): Promise<JWTVerifyResult> {
  const current = await keys.current();
  try {
    return await verify(token, current, expected);
  } catch (error) {
    if (!isForeignKey(error)) throw described(error);
  }
  const renewed = await keys.renewed();
  if (renewed === undefined) throw refused("none of the provider's keys has signed it");
  try {
    return await verify(token, renewed, expected);
  } catch (error) {
    throw described(error);
  }
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { signatures, clientId, clock }: Expected,
): Promise<JWTVerifyResult> {
  const options = {
    algorithms: [...signatures],
    audience: clientId,
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(clock.now()),
    maxTokenAge: MAX_AGE_SECONDS,
    requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
  };
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Without a key id, every key that fits has to be tried.
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options);
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Unknown key id, or a key that was replaced under its id. */
function isForeignKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWSSignatureVerificationFailed;
}

/** jose's errors in words; their own may quote claims. */
function described(error: unknown): OidcError {
  if (error instanceof errors.JWTExpired) return refused("it has expired", CLOCK);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim } = error;
    if (claim === "aud") return refused("it is for another program");
    if (claim === "iat" || claim === "nbf") return refused(`its ${claim} is not now`, CLOCK);
    return refused(`its ${claim} is missing or wrong`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused("it is not signed in a way that is accepted");
  }
  if (isForeignKey(error)) return refused("none of the provider's keys has signed it");
  if (error instanceof errors.JOSEError) return refused("it is not of the form of a token");
  // A key that is too short, or not even a point of its curve: the platform says so in its own way.
  return refused("its key cannot be used", undefined, error);
}

const CLOCK = "Is the clock of this machine right?";

/** Issuers are compared as text. A template stands for the tenant that the token names. */
function checkIssuer({ iss, tid }: JWTPayload, issuer: string): void {
  if (iss === issuer && !issuer.includes("{")) return;
  const tenant = typeof tid === "string" && /^[0-9a-f-]{36}$/i.test(tid) ? tid : undefined;
  if (tenant !== undefined && iss === issuer.replace("{tenantid}", tenant)) return;
  throw refused("another issuer made it");
}

/** With several audiences the token has to say that it was made for this one. */
function checkParty({ aud, azp }: JWTPayload, clientId: string): void {
  const several = Array.isArray(aud) && aud.length > 1;
  if ((azp !== undefined || several) && azp !== clientId) {
    throw refused("it is for another program");
  }
}

/** The left half of the access token's digest, where the token has it (section 3.1.3.6). */
function checkAccessToken(atHash: unknown, alg: string, accessToken: string): void {
  const bits = /(256|384|512)$/.exec(alg)?.[1];
  if (atHash === undefined || bits === undefined) return;
  const digest = Uint8Array.fromHex(hash(`sha${bits}`, accessToken, "hex"));
  const half = digest.subarray(0, digest.length / 2);
  if (atHash !== half.toBase64({ alphabet: "base64url", omitPadding: true })) {
    throw refused("it came with another access token");
  }
}

function refused(state: string, hint?: string, cause?: unknown): OidcError {
  return new OidcError("oidc/id-token", `Cannot accept the provider's ID token: ${state}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
