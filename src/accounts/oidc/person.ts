/**
 * Who the claims of a login speak of.
 *
 * @module
 */
import { ask } from "./ask.ts";
import { OidcError, type Person, type Tools } from "./contract.ts";
import type { Metadata } from "./discovery.ts";
import type { IdClaims } from "./id_token.ts";

/** Longest e-mail address and wish, characters. */
const MAX_EMAIL_LENGTH = 254;
const MAX_WISH_LENGTH = 100;
/** One `@`, no spaces, no controls: enough to compare with. What it means is the mail server's. */
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;

/**
 * The person of a checked ID token. Claims that a token leaves out are asked for at the userinfo
 * endpoint, where there is one; its answer counts only when it is about the same subject.
 *
 * @throws {OidcError} `oidc/id-token` when the endpoint speaks of somebody else; as `ask`
 */
export async function personOf(
  claims: IdClaims,
  accessToken: string,
  metadata: Metadata,
  tools: Tools,
): Promise<Person> {
  const url = metadata.userinfo;
  if (claims["email"] !== undefined || url === undefined) return read(claims, claims);
  const { status, body } = await ask(tools, {
    what: "the person's address from the provider",
    url,
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  // Who may not ask there signs in all the same, without an address.
  if (status !== 200 || body === undefined) return read(claims, claims);
  if (body["sub"] !== claims.sub) {
    throw new OidcError(
      "oidc/id-token",
      "Cannot accept the provider's answer: token and userinfo are about two persons",
    );
  }
  return read(claims, { ...body, ...claims });
}

function read({ iss, sub }: IdClaims, claims: Readonly<Record<string, unknown>>): Person {
  const { email } = claims;
  const usable = typeof email === "string" && email.length <= MAX_EMAIL_LENGTH &&
    EMAIL.test(email);
  const wishes = [claims["preferred_username"], usable ? email : undefined, claims["nickname"]]
    .concat(claims["given_name"], claims["name"])
    .filter((wish): wish is string => typeof wish === "string" && wish.length <= MAX_WISH_LENGTH);
  return {
    issuer: iss,
    subject: sub,
    ...(usable ? { email } : {}),
    emailVerified: usable && isVerified(claims),
    wishes,
  };
}

/**
 * Some providers write the boolean as text. Microsoft has no such claim and lets tenants write what
 * they like into `email`; its optional `xms_edov` says that the domain is the tenant's.
 */
function isVerified(claims: Readonly<Record<string, unknown>>): boolean {
  const { email_verified: verified, xms_edov: owned } = claims;
  const isTrue = (value: unknown) => value === true || value === "true" || value === 1;
  return verified === undefined ? isTrue(owned) || owned === "1" : isTrue(verified);
}
