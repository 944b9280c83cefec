/**
 * What a provider says of itself.
 *
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html} OpenID Connect Discovery
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414} RFC 8414, for the second place to look
 * @module
 */
import type { JsonObject } from "../../message/event.ts";
import { isThisMachine, usableAddress } from "./addresses.ts";
import { type Answer, ask } from "./ask.ts";
import { OidcError, type Tools } from "./contract.ts";
import { SIGNATURES } from "./id_token.ts";
import type { Provider } from "./providers.ts";

/** A provider's document, checked. */
export interface Metadata {
  /** May hold `{tenantid}`, see {@linkcode Provider.issuer}. */
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly keys: string;
  readonly userinfo: string | undefined;
  readonly device: string | undefined;
  readonly revocation: string | undefined;
  /** Signatures of ID tokens that both sides know; at least one. */
  readonly signatures: readonly string[];
  /** How the token endpoint wants the client's secret. */
  readonly secretBy: "basic" | "post";
  /** Whether scope `offline_access` is known. */
  readonly offlineAccess: boolean;
  /** Whether answers to the browser name the issuer (RFC 9207). */
  readonly namesIssuer: boolean;
}

const WHAT = "the provider's description of itself";

/**
 * Fetches and checks the document.
 *
 * @throws {OidcError} `oidc/unreachable`, `oidc/answer`, `oidc/unsupported`
 */
export async function discover(
  provider: Provider,
  tools: Tools,
  signal?: AbortSignal,
): Promise<Metadata> {
  const question = { what: WHAT, ...(signal === undefined ? {} : { signal }) };
  const url = `${provider.base}/.well-known/openid-configuration`;
  let answer = await ask(tools, { ...question, url });
  const second = secondPlace(provider.base);
  if (answer.status === 404 && second !== undefined) {
    answer = await ask(tools, { ...question, url: second });
  }
  return read(answer, provider);
}

/** RFC 8414, section 3.1: before the path instead of behind it. */
function secondPlace(base: string): string | undefined {
  const { origin, pathname } = new URL(base);
  if (pathname === "/") return undefined;
  return `${origin}/.well-known/openid-configuration${pathname}`;
}

function read({ status, body, state }: Answer, provider: Provider): Metadata {
  if (status !== 200 || body === undefined) {
    throw new OidcError("oidc/answer", `Cannot get ${WHAT}: ${state}`, {
      hint: "Is the issuer's address right?",
    });
  }
  // Whoever else answers here must not be able to speak for this issuer.
  if (body["issuer"] !== provider.issuer) {
    throw new OidcError("oidc/answer", `Cannot use ${WHAT}: it is for another issuer`, {
      hint: "The issuer is compared letter by letter, the slash at its end included.",
    });
  }
  const local = isThisMachine(new URL(provider.base));
  const required = (key: string) => {
    const address = endpoint(body, key, local);
    if (address !== undefined) return address;
    throw new OidcError("oidc/answer", `Cannot use ${WHAT}: it has no ${key}`);
  };
  return {
    issuer: provider.issuer,
    authorization: required("authorization_endpoint"),
    token: required("token_endpoint"),
    keys: required("jwks_uri"),
    userinfo: endpoint(body, "userinfo_endpoint", local),
    device: endpoint(body, "device_authorization_endpoint", local),
    revocation: endpoint(body, "revocation_endpoint", local),
    signatures: signaturesOf(body),
    secretBy: secretBy(body),
    offlineAccess: texts(body["scopes_supported"])?.includes("offline_access") ?? false,
    namesIssuer: body["authorization_response_iss_parameter_supported"] === true,
  };
}

/** @param local whether the issuer is on this machine; nobody else's document leads there */
function endpoint(body: JsonObject, key: string, local: boolean): string | undefined {
  const text = body[key];
  if (text === undefined || text === null) return undefined;
  const url = usableAddress(text);
  if (url !== undefined && (local || url.protocol === "https:")) return url.href;
  throw new OidcError("oidc/answer", `Cannot use ${WHAT}: its ${key} is no https address`);
}

function signaturesOf(body: JsonObject): readonly string[] {
  const offered = texts(body["id_token_signing_alg_values_supported"]) ?? ["RS256"];
  const known = SIGNATURES.filter((name) => offered.includes(name));
  const challenges = texts(body["code_challenge_methods_supported"]);
  // Some providers know PKCE and do not say so; one that says others lacks what is needed.
  if (challenges !== undefined && !challenges.includes("S256")) throw lacks("PKCE with S256");
  if (known.length > 0) return known;
  throw lacks("any signature of ID tokens that can be checked");
}

/** Without a word it is `client_secret_basic` (Discovery, section 3). */
function secretBy(body: JsonObject): "basic" | "post" {
  const methods = texts(body["token_endpoint_auth_methods_supported"]);
  const post = methods?.includes("client_secret_post") === true;
  return post && !methods?.includes("client_secret_basic") ? "post" : "basic";
}

function texts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((one): one is string => typeof one === "string");
}

function lacks(what: string): OidcError {
  return new OidcError("oidc/unsupported", `Cannot sign in there: the provider lacks ${what}`);
}
