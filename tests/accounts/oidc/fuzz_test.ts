/** Whatever a provider answers: a login, or an OidcError that can be shown; never anything else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { exportJWK, generateKeyPair } from "jose";
import { codeOf } from "../../../src/accounts/oidc/authorization.ts";
import { type Fetch, OidcError } from "../../../src/accounts/oidc/contract.ts";
import { discover } from "../../../src/accounts/oidc/discovery.ts";
import { providerOf } from "../../../src/accounts/oidc/providers.ts";
import { RelyingParty } from "../../../src/accounts/oidc/relying_party.ts";
import { systemRandom } from "../../../src/accounts/random.ts";
import { VaultError } from "../../../src/accounts/vault/contract.ts";
import { readSealed } from "../../../src/accounts/vault/sealed.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { part, signed } from "./scripted_provider.ts";

const ISSUER = "https://id.example.org";
const PROVIDER = providerOf(ISSUER);
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const DESCRIPTION = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/keys`,
  userinfo_endpoint: `${ISSUER}/me`,
  device_authorization_endpoint: `${ISSUER}/device`,
  id_token_signing_alg_values_supported: ["ES256", "RS256", "PS256", "EdDSA"],
};

/** The answers by path; the others are 404. */
function tools(answers: Readonly<Record<string, unknown>>) {
  const fetch: Fetch = (url) => {
    const { pathname } = new URL(url);
    const known = Object.hasOwn(answers, pathname);
    return Promise.resolve(
      known ? Response.json(answers[pathname] ?? null) : new Response("", { status: 404 }),
    );
  };
  return { fetch, clock: new ManualClock(NOW), random: systemRandom };
}

/** Only an OidcError, fit to be shown. */
async function shown(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    // deno-lint-ignore no-control-regex -- that none is left
    assert.doesNotMatch(`${error.message} ${error.hint ?? ""}`, /[\u0000-\u001f\u007f-\u009f]/);
    assert.ok(error.message.length < 500);
  }
}

const strange = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.constantFrom("http://x", "javascript:1"));

/** A good object with some of its keys made strange. */
function bent(good: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const some = fc.dictionary(fc.constantFrom(...Object.keys(good)), strange, { maxKeys: 3 });
  return some.map((more) => ({ ...good, ...more }));
}

const WELL_KNOWN = "/.well-known/openid-configuration";

test("a description", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(strange, bent(DESCRIPTION)),
      (description) => shown(() => discover(PROVIDER, tools({ [WELL_KNOWN]: description }))),
    ),
  );
});

const TOKENS = { access_token: "at", token_type: "Bearer", expires_in: 300, refresh_token: "rt" };

/** A login with these answers at its end. */
async function login(
  answers: Readonly<Record<string, unknown>>,
  nonce?: (nonce: string) => Promise<unknown>,
): Promise<void> {
  const all: Record<string, unknown> = { [WELL_KNOWN]: DESCRIPTION, ...answers };
  const relying = new RelyingParty(PROVIDER, { id: "terminal" }, tools(all));
  const { pending } = await relying.begin("http://127.0.0.1/callback", "once");
  if (nonce !== undefined) all["/token"] = await nonce(pending.nonce);
  await relying.finish(new URLSearchParams({ code: "c", state: pending.state }), pending);
}

test("a token endpoint", async () => {
  const good = {
    ...TOKENS,
    id_token: "a.b.c",
    scope: "openid",
    error: "x",
    error_description: "y",
  };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(strange, bent(good)),
      (body) => shown(() => login({ "/token": body, "/keys": { keys: [] } })),
    ),
  );
});

test("keys, of all forms and none", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const key = { ...await exportJWK(publicKey), kid: "one", alg: "ES256", use: "sig" };
  const idToken = await signed({ iss: ISSUER, sub: "a" }, privateKey);
  const odd = fc.record({
    kty: fc.constantFrom("EC", "RSA", "OKP", "oct"),
    kid: fc.constant("one"),
    crv: fc.constantFrom("P-256", "P-384", "Ed25519", "x"),
    x: fc.base64String(),
    y: fc.base64String(),
    n: fc.base64String(),
    e: fc.constantFrom("AQAB", "Aw", ""),
  }, { requiredKeys: ["kty"] });
  const keys = fc.array(fc.oneof(strange, bent(key), odd), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(strange, keys),
      (found) =>
        shown(() =>
          login({ "/token": { ...TOKENS, id_token: idToken }, "/keys": { keys: found } })
        ),
    ),
  );
});

test("ID tokens: claims, headers and bytes", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = { keys: [{ ...await exportJWK(publicKey), kid: "one", use: "sig" }] };
  const iat = NOW / 1000;
  const claims = {
    ...{ iss: ISSUER, sub: "a", aud: "terminal", azp: "terminal", iat, exp: iat + 300, nbf: iat },
    ...{ email: "a@b", email_verified: true, name: "A", preferred_username: "a", at_hash: "x" },
  };
  const bytes = fc.oneof(
    fc.string(),
    fc.tuple(strange, strange, fc.base64String()).map(([a, b, c]) => `${part(a)}.${part(b)}.${c}`),
  );
  await fc.assert(
    fc.asyncProperty(bent(claims), (bad) =>
      shown(() =>
        login({ "/keys": keys }, async (nonce) => ({
          ...TOKENS,
          id_token: await signed({ ...bad as Record<string, unknown>, nonce }, privateKey),
        }))
      )),
  );
  await fc.assert(
    fc.asyncProperty(
      bytes,
      (idToken) =>
        shown(() => login({ "/keys": keys, "/token": { ...TOKENS, id_token: idToken } })),
    ),
  );
});

test("userinfo", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = { keys: [{ ...await exportJWK(publicKey), kid: "one", use: "sig" }] };
  const iat = NOW / 1000;
  const claims = { iss: ISSUER, sub: "a", aud: "terminal", iat, exp: iat + 300 };
  const good = { sub: "a", email: "a@b", email_verified: true, name: "A", nickname: "B" };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(strange, bent(good)),
      (body) =>
        shown(() =>
          login({ "/keys": keys, "/me": body }, async (nonce) => ({
            ...TOKENS,
            id_token: await signed({ ...claims, nonce }, privateKey),
          }))
        ),
    ),
  );
});

test("a device endpoint", async () => {
  const good = {
    ...{ device_code: "d", user_code: "u", verification_uri: "https://x.example/" },
    ...{ verification_uri_complete: "https://x.example/?u", expires_in: 600, interval: 5 },
  };
  await fc.assert(fc.asyncProperty(fc.oneof(strange, bent(good)), (body) =>
    shown(async () => {
      const answers = { [WELL_KNOWN]: DESCRIPTION, "/device": body };
      const relying = new RelyingParty(PROVIDER, { id: "terminal" }, tools(answers));
      const { interval, ends, address } = await relying.beginDevice("once");
      assert.ok(interval >= 1_000 && interval <= 60_000 && ends <= 1_800_000);
      assert.match(address, /^https?:/);
    })));
});

test("what a browser brings back", async () => {
  const metadata = await discover(PROVIDER, tools({ [WELL_KNOWN]: DESCRIPTION }));
  const pending = { state: "s", nonce: "n", verifier: "v", redirectUri: "http://127.0.0.1/" };
  const name = fc.constantFrom("state", "code", "iss", "error", "error_description", "x");
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("s", ISSUER, ""));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      (pairs) =>
        shown(() => Promise.resolve(codeOf(new URLSearchParams(pairs), pending, metadata))),
    ),
  );
});

test("a vault's file", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.throws(() => readSealed(bytes), VaultError);
  }));
});
