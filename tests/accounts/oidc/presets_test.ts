/** Google and Microsoft, as their documents describe them: addresses, scopes, Microsoft's tenants. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Fetch } from "../../../src/accounts/oidc/contract.ts";
import { providerOf } from "../../../src/accounts/oidc/providers.ts";
import { RelyingParty } from "../../../src/accounts/oidc/relying_party.ts";
import { systemRandom } from "../../../src/accounts/random.ts";
import { systemClock } from "../../../src/clock.ts";
import { test } from "../../harness/test.ts";

const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER_TENANT = "11111111-1111-1111-1111-111111111111";
const LOGIN = "https://login.microsoftonline.com";

const MICROSOFT = {
  issuer: `${LOGIN}/{tenantid}/v2.0`,
  authorization_endpoint: `${LOGIN}/common/oauth2/v2.0/authorize`,
  token_endpoint: `${LOGIN}/common/oauth2/v2.0/token`,
  device_authorization_endpoint: `${LOGIN}/common/oauth2/v2.0/devicecode`,
  jwks_uri: `${LOGIN}/common/discovery/v2.0/keys`,
  token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
  id_token_signing_alg_values_supported: ["RS256"],
  scopes_supported: ["openid", "profile", "email", "offline_access"],
};
const GOOGLE = {
  issuer: "https://accounts.google.com",
  authorization_endpoint: "https://accounts.google.com/o/oauth2/v2/auth",
  token_endpoint: "https://oauth2.googleapis.com/token",
  jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
  userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
  revocation_endpoint: "https://oauth2.googleapis.com/revoke",
  token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
  id_token_signing_alg_values_supported: ["RS256"],
  code_challenge_methods_supported: ["plain", "S256"],
};

interface World {
  readonly fetch: Fetch;
  /** The claims of the next ID token. */
  claims: Record<string, unknown>;
  readonly forms: URLSearchParams[];
  readonly headers: Headers[];
}

/** The hosts of both, answering as they do. */
async function world(): Promise<World> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const keys = { keys: [{ ...await exportJWK(publicKey), kid: "one", use: "sig" }] };
  const made: World = {
    claims: {},
    forms: [],
    headers: [],
    async fetch(url, init) {
      if (url === `${LOGIN}/common/v2.0/.well-known/openid-configuration`) {
        return Response.json(MICROSOFT);
      }
      if (url === "https://accounts.google.com/.well-known/openid-configuration") {
        return Response.json(GOOGLE);
      }
      if (url === MICROSOFT.jwks_uri || url === GOOGLE.jwks_uri) return Response.json(keys);
      assert.ok(url === MICROSOFT.token_endpoint || url === GOOGLE.token_endpoint, url);
      made.forms.push(new URLSearchParams(init.body as URLSearchParams));
      made.headers.push(new Headers(init.headers));
      const idToken = await new SignJWT(made.claims).setIssuedAt().setExpirationTime("5m")
        .setProtectedHeader({ alg: "RS256", kid: "one", typ: "JWT" }).sign(privateKey);
      const tokens = { access_token: "at", token_type: "Bearer", expires_in: 3599 };
      return Response.json({ ...tokens, id_token: idToken, refresh_token: "rt" });
    },
  };
  return made;
}

function party(name: string, fetcher: Fetch): RelyingParty {
  const tools = { fetch: fetcher, clock: systemClock, random: systemRandom };
  return new RelyingParty(providerOf(name), { id: "client", secret: "a&b" }, tools);
}

test("Google is asked for a lasting login in its own way", async () => {
  const google = await world();
  const relying = party("google", google.fetch);
  const { url, pending } = await relying.begin("http://localhost:8080/callback", "lasting");
  assert.ok(url.startsWith(`${GOOGLE.authorization_endpoint}?`));
  const asked = new URL(url).searchParams;
  assert.equal(asked.get("scope"), "openid email profile");
  assert.equal(asked.get("access_type"), "offline");
  assert.equal(asked.get("code_challenge_method"), "S256");
  google.claims = {
    ...{ iss: "https://accounts.google.com", aud: "client", azp: "client", sub: "1098" },
    ...{ email: "alice@gmail.com", email_verified: true, nonce: pending.nonce },
  };
  const answer = new URLSearchParams({ code: "c", state: pending.state });
  const { person, refreshToken } = await relying.finish(answer, pending);
  assert.equal(person.email, "alice@gmail.com");
  assert.equal(refreshToken, "rt");
  assert.equal(google.headers[0]?.get("authorization"), `Basic ${btoa("client:a%26b")}`);
});

test("Microsoft's issuer is that of the tenant that the token names, and no other", async () => {
  const microsoft = await world();
  const relying = party("microsoft", microsoft.fetch);
  const login = async (claims: Record<string, unknown>, iss?: string) => {
    const { url, pending } = await relying.begin("http://localhost:8080/callback", "lasting");
    assert.ok(url.startsWith(`${MICROSOFT.authorization_endpoint}?`));
    assert.match(new URL(url).searchParams.get("scope") ?? "", /offline_access/);
    microsoft.claims = { aud: "client", sub: "abc", nonce: pending.nonce, ...claims };
    const answer = new URLSearchParams({ code: "c", state: pending.state });
    if (iss !== undefined) answer.set("iss", iss);
    return await relying.finish(answer, pending);
  };
  const iss = `${LOGIN}/${TENANT}/v2.0`;
  const grant = await login({ iss, tid: TENANT, email: "ceo@victim.example" }, iss);
  assert.equal(grant.person.issuer, iss);
  assert.equal(grant.person.emailVerified, false, "tenants write there what they like");
  assert.equal(microsoft.forms[0]?.get("client_secret"), "a&b");
  assert.equal(microsoft.headers[0]?.get("authorization"), null);
  const wrong: readonly Record<string, unknown>[] = [
    { iss, tid: OTHER_TENANT },
    { iss },
    { iss: `${LOGIN}/{tenantid}/v2.0`, tid: "{tenantid}" },
    { iss: `${LOGIN}/evil/v2.0`, tid: "evil" },
    { iss: `https://evil.example/${TENANT}/v2.0`, tid: TENANT },
  ];
  for (const claims of wrong) {
    await assert.rejects(login(claims), { code: "oidc/id-token" }, JSON.stringify(claims));
  }
  for (const other of ["https://evil.example", `${LOGIN}/evil/v2.0`, `${LOGIN}/v2.0`]) {
    await assert.rejects(login({ iss, tid: TENANT }, other), { code: "oidc/state" }, other);
  }
});
