/**
 * The part of a login that goes through the browser: the address that it is sent to, and the answer
 * that it brings back.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636} PKCE
 * @see {@link https://www.rfc-editor.org/rfc/rfc9207} the parameter `iss`
 * @module
 */
import { hash } from "node:crypto";
import type { Random } from "../random.ts";
import { OidcError } from "./contract.ts";
import type { Metadata } from "./discovery.ts";
import { providerRefusal } from "./refusal.ts";

/** What has to be remembered of a login until the browser comes back. Secret. */
export interface Pending {
  /** Ties the answer to this browser. */
  readonly state: string;
  /** Ties the ID token to this login. */
  readonly nonce: string;
  /** Proves to the token endpoint that who redeems the code is who asked for it. */
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Fresh values for one login, 256 random bits each. */
export function newPending(redirectUri: string, random: Random): Pending {
  const fresh = () => random(32).toBase64({ alphabet: "base64url", omitPadding: true });
  return { state: fresh(), nonce: fresh(), verifier: fresh(), redirectUri };
}

/** Where to send the browser. */
export function authorizationUrl(
  metadata: Metadata,
  clientId: string,
  pending: Pending,
  request: { readonly scope: string; readonly parameters: Readonly<Record<string, string>> },
): string {
  const url = new URL(metadata.authorization);
  const parameters = {
    ...request.parameters,
    response_type: "code",
    client_id: clientId,
    redirect_uri: pending.redirectUri,
    scope: request.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: hash("sha256", pending.verifier, "base64url"),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Longest code that is taken, characters. */
const MAX_CODE_LENGTH = 4096;

/**
 * The code in the browser's answer.
 *
 * @throws {OidcError} `oidc/state` when it is not the answer to `pending`, `oidc/refused` when the
 *   provider or the person said no
 */
export function codeOf(answer: URLSearchParams, pending: Pending, metadata: Metadata): string {
  // First: nothing else in a stranger's answer is worth a look.
  if (single(answer, "state") !== pending.state) throw mixed("it belongs to another login");
  const issuer = single(answer, "iss");
  if (issuer === undefined ? metadata.namesIssuer : !isFrom(issuer, metadata)) {
    throw mixed("it is from another provider");
  }
  const error = single(answer, "error");
  if (error !== undefined) {
    throw providerRefusal("Cannot sign in", error, single(answer, "error_description"));
  }
  const code = single(answer, "code");
  if (code === undefined || code.length > MAX_CODE_LENGTH) throw mixed("it has no code");
  return code;
}

function isFrom(issuer: string, metadata: Metadata): boolean {
  const [before = "", after] = metadata.issuer.split("{tenantid}");
  if (after === undefined) return issuer === metadata.issuer;
  const tenant = issuer.slice(before.length, issuer.length - after.length);
  return issuer === `${before}${tenant}${after}` && /^[0-9a-f-]{36}$/i.test(tenant);
}

/** A parameter must not come twice (RFC 6749, section 3.1): whom to believe? */
function single(answer: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = answer.getAll(name);
  if (more.length > 0) throw mixed(`it has ${name} twice`);
  return value === "" ? undefined : value;
}

function mixed(state: string): OidcError {
  return new OidcError("oidc/state", `Cannot finish the login: the answer is not to it, ${state}`, {
    hint: "Begin again.",
  });
}
