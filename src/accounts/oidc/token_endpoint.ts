/**
 * The token endpoint and its neighbours that take a client's credentials.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2}
 * @module
 */
import type { JsonObject } from "../../message/event.ts";
import { type Answer, ask } from "./ask.ts";
import { type Client, OidcError, type Tools } from "./contract.ts";
import type { Metadata } from "./discovery.ts";
import { providerRefusal } from "./refusal.ts";

/** Whose request it is, and to whom. */
export interface Party {
  readonly metadata: Metadata;
  readonly client: Client;
  readonly tools: Tools;
}

/** The token endpoint's answer, its form checked and its ID token not yet. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string | undefined;
  readonly refreshToken: string | undefined;
  /** When the access token ends, milliseconds since the epoch. */
  readonly expires: number;
}

/** What is assumed of an access token that does not say how long it lasts, seconds. */
const UNTOLD_LIFETIME = 300;
/** Longest lifetime that is believed, seconds. */
const LONGEST_LIFETIME = 366 * 24 * 60 * 60;
/** Characters of one token. */
const MAX_TOKEN_LENGTH = 32 * 1024;

/** Posts a form as the client; whatever the answer is. @throws {OidcError} as `ask` */
export function post(
  { metadata, client, tools }: Party,
  what: string,
  url: string,
  fields: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Answer> {
  const { id, secret } = client;
  const byHeader = secret !== undefined && metadata.secretBy === "basic";
  return ask(tools, {
    what,
    url,
    form: {
      ...fields,
      ...(byHeader ? {} : { client_id: id }),
      ...(secret === undefined || byHeader ? {} : { client_secret: secret }),
    },
    ...(byHeader ? { headers: { Authorization: basic(id, secret) } } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Both parts are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function basic(id: string, secret: string): string {
  const encoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  const bytes = new TextEncoder().encode(`${encoded(id)}:${encoded(secret)}`);
  return `Basic ${bytes.toBase64()}`;
}

/**
 * Redeems something for tokens.
 *
 * @param cannot the beginning of the sentence when the provider says no
 * @throws {OidcError} `oidc/refused` and `oidc/expired` with the provider's reason; as `ask`
 */
export async function redeem(
  party: Party,
  cannot: string,
  fields: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Tokens> {
  const asked = party.tools.clock.now();
  const url = party.metadata.token;
  const answer = await post(party, "tokens from the provider", url, fields, signal);
  return readTokens(succeeded(answer, cannot), asked);
}

/** The body of a success. @throws {OidcError} `oidc/refused`, `oidc/answer` */
export function succeeded({ status, body, state }: Answer, cannot: string): JsonObject {
  const error = body?.["error"];
  if (status !== 200 && typeof error === "string") {
    throw providerRefusal(cannot, error, body?.["error_description"]);
  }
  if (status === 200 && body !== undefined) return body;
  throw new OidcError(
    "oidc/answer",
    `${cannot}: the provider does not answer as it should, ${state}`,
    {
      ...(status >= 500 || status === 429 ? { hint: "Try again later." } : {}),
    },
  );
}

function readTokens(body: JsonObject, asked: number): Tokens {
  const { access_token: access, token_type: type, expires_in: lifetime } = body;
  if (!isToken(access) || typeof type !== "string" || type.toLowerCase() !== "bearer") {
    throw new OidcError("oidc/answer", "Cannot use the provider's answer: it has no bearer token");
  }
  const seconds = Number(lifetime ?? UNTOLD_LIFETIME);
  const lasts = seconds > 0 ? Math.min(seconds, LONGEST_LIFETIME) : UNTOLD_LIFETIME;
  return {
    accessToken: access,
    idToken: isToken(body["id_token"]) ? body["id_token"] : undefined,
    refreshToken: isToken(body["refresh_token"]) ? body["refresh_token"] : undefined,
    expires: asked + Math.floor(lasts * 1000),
  };
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]+$/.test(value) &&
    value.length <= MAX_TOKEN_LENGTH;
}
