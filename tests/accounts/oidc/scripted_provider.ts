/**
 * A provider on 127.0.0.1 that does as a test tells it, right by default.
 *
 * @module
 */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** What a script may turn wrong. A function that returns a Response answers with that. */
export interface Script {
  readonly description?: (document: Record<string, unknown>) => unknown;
  readonly keys?: (keys: JWK[]) => unknown;
  readonly tokens?: (body: Record<string, unknown>) => unknown;
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** The whole ID token, in place of a signed one. */
  readonly sign?: (claims: Record<string, unknown>, keys: SigningKeys) => Promise<string>;
  readonly userinfo?: (body: Record<string, unknown>) => unknown;
  /** What the browser brings back. */
  readonly answer?: (answer: URLSearchParams, issuer: string) => void;
}

/** The provider's key, and one that it does not publish. */
export interface SigningKeys {
  readonly own: CryptoKey;
  readonly publicJwk: JWK;
  readonly foreign: CryptoKey;
}

/** A running script. */
export interface Scripted {
  readonly issuer: string;
  /** What was asked for, path by path. */
  readonly asked: readonly string[];
  /** The browser's part: takes the address that a login begins with, gives what it brings back. */
  visit(url: string): URLSearchParams;
  /** The forms that the token endpoint got. */
  readonly forms: readonly URLSearchParams[];
}

/** Base 64 url of some JSON. */
export function part(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

async function signingKeys(): Promise<SigningKeys> {
  const [own, foreign] = await Promise.all([
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("ES256"),
  ]);
  const publicJwk = { ...await exportJWK(own.publicKey), kid: "one", alg: "ES256", use: "sig" };
  return { own: own.privateKey, publicJwk, foreign: foreign.privateKey };
}

/** Signs as a right provider does. */
export function signed(
  claims: Record<string, unknown>,
  key: CryptoKey,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid: "one", typ: "JWT", ...header })
    .sign(key);
}

/** Runs `body` beside a scripted provider, which is gone afterwards. */
export async function withScript(
  script: Script,
  body: (provider: Scripted) => Promise<void>,
): Promise<void> {
  const keys = await signingKeys();
  const asked: string[] = [];
  const forms: URLSearchParams[] = [];
  let issuer = "";
  let nonce = "";
  const made = (value: unknown): Response =>
    value instanceof Response ? value : Response.json(value);
  const same = <T>(value: T): T => value;
  const idToken = async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = (script.claims ?? same)({
      ...{ iss: issuer, sub: "alice", aud: "terminal", iat: now, exp: now + 300, nonce },
      ...{ email: "alice@example.org", email_verified: true },
    });
    return await (script.sign ?? ((all) => signed(all, keys.own)))(claims, keys);
  };
  const routes: Readonly<Record<string, (request: Request) => Promise<Response> | Response>> = {
    "/.well-known/openid-configuration": () =>
      made((script.description ?? same)({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        userinfo_endpoint: `${issuer}/me`,
        id_token_signing_alg_values_supported: ["ES256", "RS256", "HS256", "none"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
      })),
    "/keys": () => made((script.keys ?? ((all) => ({ keys: all })))([keys.publicJwk])),
    "/me": () => made((script.userinfo ?? same)({ sub: "alice", email: "alice@example.org" })),
    "/token": async (request) => {
      forms.push(new URLSearchParams(await request.text()));
      const tokens = { access_token: "at", token_type: "Bearer", expires_in: 300 };
      return made((script.tokens ?? same)({ ...tokens, id_token: await idToken() }));
    },
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return routes[pathname]?.(request) ?? new Response("no", { status: 404 });
  });
  issuer = `http://127.0.0.1:${server.addr.port}`;
  const visit = (url: string) => {
    const { searchParams } = new URL(url);
    nonce = searchParams.get("nonce") ?? "";
    const state = searchParams.get("state") ?? "";
    const answer = new URLSearchParams({ code: "a-code", state, iss: issuer });
    script.answer?.(answer, issuer);
    return answer;
  };
  try {
    await body({ issuer, asked, visit, forms });
  } finally {
    await server.shutdown();
  }
}
