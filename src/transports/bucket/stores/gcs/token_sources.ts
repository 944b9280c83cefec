/**
 * The ways to an access token: a service account's key, a person's refresh token, the metadata
 * server of a machine at Google.
 *
 * @module
 */
import { importPKCS8, SignJWT } from "jose";
import { visible } from "../../../../text.ts";
import { BucketError } from "../errors.ts";
import type { Answer, Exchange, Verdict } from "../http/exchange.ts";
import type { ServerClock } from "../http/server_clock.ts";
import { judgeStatus } from "../http/verdict.ts";
import { jsonFields, type TokenSource } from "./tokens.ts";

/** Objects may be read, made, overwritten and removed; nothing else. */
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
/** The longest that Google takes, seconds. */
const ASSERTION_LIFETIME = 3600;

/** The metadata server is next to the machine. */
const METADATA_DEADLINE = 10_000;

/** The key file of a service account. */
export interface ServiceAccount {
  readonly type: "service_account";
  readonly email: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly keyId?: string;
  readonly tokenUri: string;
}

/** What `gcloud auth application-default login` leaves. */
export interface AuthorizedUser {
  readonly type: "authorized_user";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly tokenUri: string;
}

/**
 * Tokens for a signed assertion (RFC 7523, 2.1).
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account
 */
export function serviceAccountSource(account: ServiceAccount, clock: ServerClock): TokenSource {
  const name = `the service account ${visible(account.email)}`;
  const request = async () =>
    form(account.tokenUri, {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await assertionOf(account, clock, name),
    });
  return {
    name,
    exchange: () => ({
      request,
      accepts: [200],
      judge: (answer) => {
        const verdict = judgeToken(name, answer, clock.now());
        // An assertion of another hour is refused like a wrong one.
        const isLate = verdict.kind === "fail" && clock.correct(answer.headers);
        return isLate ? { kind: "again", error: verdict.error, afterMs: 0 } : verdict;
      },
    }),
  };
}

/** Tokens for a refresh token (RFC 6749, 6). */
export function authorizedUserSource(user: AuthorizedUser, clock: ServerClock): TokenSource {
  const name = "the user of the Google credentials";
  const request = () =>
    form(user.tokenUri, {
      grant_type: "refresh_token",
      client_id: user.clientId,
      client_secret: user.clientSecret,
      refresh_token: user.refreshToken,
    });
  return {
    name,
    exchange: () => ({
      request,
      accepts: [200],
      judge: (answer) => judgeToken(name, answer, clock.now()),
    }),
  };
}

/**
 * Tokens of the machine's own service account.
 *
 * @param origin `http://metadata.google.internal`
 * @see https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
export function metadataSource(origin: string): TokenSource {
  const path = "/computeMetadata/v1/instance/service-accounts/default/token";
  return {
    name: "this machine's service account",
    // Elsewhere than at Google there is none, and the reader should learn that soon.
    deadlineMs: METADATA_DEADLINE,
    hint: "Machines elsewhere than at Google need GOOGLE_APPLICATION_CREDENTIALS or an HMAC key.",
    exchange: () => ({
      request: () => ({
        method: "GET",
        url: `${origin}${path}?${new URLSearchParams({ scopes: SCOPE })}`,
        headers: { "Metadata-Flavor": "Google" },
      }),
      accepts: [200],
    }),
  };
}

async function assertionOf(
  account: ServiceAccount,
  clock: ServerClock,
  name: string,
): Promise<string> {
  const seconds = Math.floor(clock.now() / 1000);
  const { email, keyId, tokenUri } = account;
  try {
    const key = await importPKCS8(account.privateKey, "RS256");
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({
        alg: "RS256",
        typ: "JWT",
        ...(keyId === undefined ? {} : { kid: keyId }),
      })
      .setIssuer(email).setAudience(tokenUri)
      .setIssuedAt(seconds).setExpirationTime(seconds + ASSERTION_LIFETIME)
      .sign(key);
  } catch {
    // What the parser says may quote the key.
    const state = "its private key is not an RSA key in PKCS #8";
    throw new BucketError("bucket/credentials", `Cannot authenticate as ${name}: ${state}`);
  }
}

function form(
  url: string,
  fields: Readonly<Record<string, string>>,
): ReturnType<Exchange["request"]> {
  return {
    method: "POST",
    url,
    headers: { "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json" },
    body: new TextEncoder().encode(new URLSearchParams(fields).toString()),
  };
}

/** Errors of token endpoints (RFC 6749, 5.2). */
function judgeToken(name: string, answer: Answer, now: number): Verdict {
  const what = `authenticate as ${name}`;
  const fault = jsonFields(new TextDecoder().decode(answer.bytes))["error"];
  const said = typeof fault === "string" ? fault : "";
  const verdict = judgeStatus(what, answer, now, said);
  if (verdict.kind === "again" || answer.status >= 500) return verdict;
  const reason = said === "" ? `status ${answer.status}` : visible(said.slice(0, 100));
  const error = new BucketError(
    "bucket/credentials",
    `Cannot ${what}: Google does not accept the credentials (${reason})`,
    { hint: "The key may have been deleted, or the login may have expired: make a new one." },
  );
  return { kind: "fail", error };
}
