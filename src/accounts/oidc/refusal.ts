/**
 * What a provider refuses, in words.
 *
 * @module
 */
import { visible } from "../../text.ts";
import { OidcError } from "./contract.ts";

/** Characters of the provider's own words that are repeated. */
const MOST_WORDS = 200;

const MEANINGS: Readonly<Record<string, string>> = {
  access_denied: "the login was declined",
  expired_token: "the login took too long",
  invalid_client: "it does not know this client, or not its secret",
  unauthorized_client: "this client may not sign in this way",
  invalid_grant: "what was to be redeemed has expired, was used, or belongs to somebody else",
  redirect_uri_mismatch: "the redirect address is not registered there",
  invalid_scope: "a scope is unknown to it or not allowed",
  server_error: "it has a fault of its own",
  temporarily_unavailable: "it is overloaded or being repaired",
  login_required: "nobody is signed in there",
  consent_required: "consent is needed and was not asked for",
  interaction_required: "it needs to ask something and was not allowed to",
};

/**
 * The error for a provider's no.
 *
 * @param cannot the beginning of the sentence, as in "Cannot sign in"
 * @param reason the OAuth error code as it came
 * @param words its `error_description` as it came
 */
export function providerRefusal(cannot: string, reason: string, words: unknown): OidcError {
  const known = Object.hasOwn(MEANINGS, reason) ? MEANINGS[reason] : undefined;
  const code = visible(reason.slice(0, 60));
  const own = typeof words === "string" && words !== ""
    ? ` (in its words: ${visible(words.slice(0, MOST_WORDS))})`
    : "";
  return new OidcError(
    reason === "expired_token" ? "oidc/expired" : "oidc/refused",
    `${cannot}: the provider says ${code}${known === undefined ? "" : `, ${known}`}${own}`,
    { reason: code },
  );
}
