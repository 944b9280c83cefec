/** What a provider, a network, or somebody at the browser may try: refused, each with its code. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { exportSPKI, importJWK } from "jose";
import { type Grant, OidcError, type Tools } from "../../../src/accounts/oidc/contract.ts";
import { providerOf } from "../../../src/accounts/oidc/providers.ts";
import { RelyingParty } from "../../../src/accounts/oidc/relying_party.ts";
import { systemRandom } from "../../../src/accounts/random.ts";
import { systemClock } from "../../../src/clock.ts";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { part, type Script, type Scripted, signed, withScript } from "./scripted_provider.ts";

const TOOLS: Tools = { fetch, clock: systemClock, random: systemRandom };

function party({ issuer }: { issuer: string }, tools: Tools = TOOLS): RelyingParty {
  return new RelyingParty(providerOf(issuer), { id: "terminal" }, tools);
}

async function login(provider: Scripted): Promise<Grant> {
  const relying = party(provider);
  const { url, pending } = await relying.begin("http://127.0.0.1:8080/callback", "once");
  return await relying.finish(provider.visit(url), pending);
}

/** Everything that an error tells a person. */
function told(error: OidcError): string {
  return `${error.message} ${error.hint ?? ""} ${error.reason ?? ""}`;
}

const now = () => Math.floor(Date.now() / 1000);
const json = (text: string, status = 200) =>
  new Response(text, { status, headers: { "Content-Type": "application/json" } });
const redirect = (to: string) => new Response(null, { status: 302, headers: { Location: to } });

test("a right provider is accepted, so that the tables below mean something", async () => {
  await withScript({}, async (provider) => {
    assert.equal((await login(provider)).person.email, "alice@example.org");
    const [form] = provider.forms;
    assert.equal(form?.get("code"), "a-code");
    assert.equal(form?.get("code_verifier")?.length, 43);
  });
});

interface Row extends Script {
  readonly why: string;
  readonly code: OidcError["code"];
  readonly says?: RegExp;
}

const FORGED_TOKENS: readonly Row[] = [
  {
    why: "no signature",
    sign: (claims) => Promise.resolve(`${part({ alg: "none" })}.${part(claims)}.`),
    code: "oidc/id-token",
  },
  {
    why: "an HMAC whose key is the published one",
    sign: async (claims, { publicJwk }) => {
      const key = await importJWK(publicJwk, "ES256", { extractable: true });
      const secret = await exportSPKI(key as CryptoKey);
      const text = `${part({ alg: "HS256", kid: "one" })}.${part(claims)}`;
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    },
    code: "oidc/id-token",
  },
  {
    why: "an HMAC whose key stands in the key set",
    keys: (keys) => ({ keys: [...keys, { kty: "oct", k: "c2VjcmV0", kid: "two" }] }),
    sign: (claims) => {
      const text = `${part({ alg: "HS256", kid: "two" })}.${part(claims)}`;
      return Promise.resolve(
        `${text}.${createHmac("sha256", "secret").update(text).digest("base64url")}`,
      );
    },
    code: "oidc/id-token",
  },
  {
    why: "somebody else's key under the right id",
    sign: (claims, { foreign }) => signed(claims, foreign),
    code: "oidc/id-token",
    says: /none of the provider's keys/,
  },
  {
    why: "an unknown key id",
    sign: (claims, { own }) => signed(claims, own, { kid: "two" }),
    code: "oidc/id-token",
  },
  {
    why: "a key in the token's own header",
    sign: (claims, { foreign }) => signed(claims, foreign, { kid: "two", jwk: { kty: "EC" } }),
    code: "oidc/id-token",
  },
  {
    why: "a critical header that nobody knows",
    sign: async (claims, { own }) => {
      const token = await signed(claims, own);
      const [, payload, signature] = token.split(".");
      const header = part({ alg: "ES256", kid: "one", crit: ["b64"], b64: false });
      return `${header}.${payload}.${signature}`;
    },
    code: "oidc/id-token",
  },
  {
    why: "an access token of the same provider",
    sign: (claims, { own }) => signed(claims, own, { typ: "at+jwt" }),
    code: "oidc/id-token",
    says: /another kind/,
  },
  {
    why: "a changed payload",
    sign: async (claims, { own }) => {
      const [header, , signature] = (await signed(claims, own)).split(".");
      return `${header}.${part({ ...claims, sub: "admin" })}.${signature}`;
    },
    code: "oidc/id-token",
  },
  {
    why: "a signing algorithm that the provider does not name",
    description: (document) => ({
      ...document,
      id_token_signing_alg_values_supported: ["RS256"],
    }),
    code: "oidc/id-token",
  },
  { why: "rubbish", sign: () => Promise.resolve("a.b"), code: "oidc/id-token" },
  { why: "a long one", sign: () => Promise.resolve("a".repeat(40_000)), code: "oidc/answer" },
];

const WRONG_CLAIMS: readonly (Row & { readonly with: Record<string, unknown> })[] = [
  { why: "another login's nonce", with: { nonce: "other" }, code: "oidc/id-token", says: /login/ },
  { why: "no nonce", with: { nonce: undefined }, code: "oidc/id-token" },
  { why: "for another program", with: { aud: "other" }, code: "oidc/id-token", says: /program/ },
  { why: "for nobody", with: { aud: [] }, code: "oidc/id-token" },
  {
    why: "for several, and not said for whom",
    with: { aud: ["terminal", "other"] },
    code: "oidc/id-token",
  },
  {
    why: "for several, made for another",
    with: { aud: ["terminal", "other"], azp: "other" },
    code: "oidc/id-token",
  },
  { why: "made for another", with: { azp: "other" }, code: "oidc/id-token" },
  { why: "another issuer", with: { iss: "https://evil.example" }, code: "oidc/id-token" },
  { why: "no issuer", with: { iss: undefined }, code: "oidc/id-token" },
  { why: "an issuer in a list", with: { iss: ["x"] }, code: "oidc/id-token" },
  { why: "expired", with: { exp: now() - 120 }, code: "oidc/id-token", says: /expired/ },
  { why: "without an end", with: { exp: undefined }, code: "oidc/id-token" },
  { why: "an end that is no number", with: { exp: "9999999999" }, code: "oidc/id-token" },
  { why: "made in the future", with: { iat: now() + 3600 }, code: "oidc/id-token", says: /iat/ },
  { why: "made long ago", with: { iat: now() - 3600 }, code: "oidc/id-token" },
  { why: "made never", with: { iat: undefined }, code: "oidc/id-token" },
  { why: "not yet good", with: { nbf: now() + 3600 }, code: "oidc/id-token" },
  { why: "no subject", with: { sub: undefined }, code: "oidc/id-token" },
  { why: "an empty subject", with: { sub: "" }, code: "oidc/id-token" },
  { why: "a long subject", with: { sub: "x".repeat(256) }, code: "oidc/id-token" },
  { why: "a subject that is no text", with: { sub: 1 }, code: "oidc/id-token" },
  { why: "a subject with a line end", with: { sub: "a\nb" }, code: "oidc/id-token" },
  { why: "another access token's", with: { at_hash: "AAAA" }, code: "oidc/id-token" },
];

const WRONG_ANSWERS: readonly Row[] = [
  {
    why: "another state: a forged answer, or one meant for another tab",
    answer: (answer) => answer.set("state", "other"),
    code: "oidc/state",
  },
  { why: "no state", answer: (answer) => answer.delete("state"), code: "oidc/state" },
  { why: "two states", answer: (answer) => answer.append("state", "x"), code: "oidc/state" },
  { why: "two codes", answer: (answer) => answer.append("code", "x"), code: "oidc/state" },
  { why: "no code", answer: (answer) => answer.delete("code"), code: "oidc/state" },
  {
    why: "another provider's answer (mix-up)",
    answer: (answer) => answer.set("iss", "https://evil.example"),
    code: "oidc/state",
    says: /another provider/,
  },
  {
    why: "an unnamed provider's answer, though this one names itself",
    answer: (answer) => answer.delete("iss"),
    code: "oidc/state",
  },
  {
    why: "a no with words that would drive a terminal",
    answer: (answer) => {
      answer.set("error", "access_denied\u001b[31m");
      answer.set("error_description", `\u001b]0;title\u0007${"x".repeat(10_000)}`);
    },
    code: "oidc/refused",
  },
];

const WRONG_SERVERS: readonly Row[] = [
  {
    why: "another issuer in the description (mix-up)",
    description: (document) => ({ ...document, issuer: "https://evil.example" }),
    code: "oidc/answer",
    says: /another issuer/,
  },
  {
    why: "a description that is elsewhere",
    description: () => redirect("https://evil.example/.well-known/openid-configuration"),
    code: "oidc/answer",
  },
  {
    why: "keys that are elsewhere",
    keys: () => redirect("https://evil.example/keys"),
    code: "oidc/answer",
  },
  {
    why: "a token endpoint that sends the code elsewhere",
    tokens: () => redirect("https://evil.example/token"),
    code: "oidc/answer",
  },
  {
    why: "an endpoint without encryption on another machine",
    description: (document) => ({ ...document, token_endpoint: "http://evil.example/token" }),
    code: "oidc/answer",
  },
  {
    why: "an endpoint that is a file",
    description: (document) => ({ ...document, jwks_uri: "file:///etc/passwd" }),
    code: "oidc/answer",
  },
  {
    why: "an endpoint with credentials",
    description: (document) => ({ ...document, jwks_uri: "https://a:b@evil.example/" }),
    code: "oidc/answer",
  },
  {
    why: "no token endpoint",
    description: ({ token_endpoint: _, ...document }) => document,
    code: "oidc/answer",
  },
  {
    why: "PKCE by the plain method only",
    description: (document) => ({ ...document, code_challenge_methods_supported: ["plain"] }),
    code: "oidc/unsupported",
  },
  {
    why: "only signatures that prove nothing",
    description: (document) => ({
      ...document,
      id_token_signing_alg_values_supported: ["none", "HS256"],
    }),
    code: "oidc/unsupported",
  },
  { why: "a list", description: () => [], code: "oidc/answer" },
  { why: "a page", description: () => new Response("<html>"), code: "oidc/answer" },
  { why: "a fault", description: () => json("{}", 500), code: "oidc/answer" },
  { why: "half of it", description: () => json('{"issuer":'), code: "oidc/answer" },
  {
    why: "a key twice, so that two readers see two things",
    description: (document) =>
      json(JSON.stringify(document).replace("{", '{"issuer":"https://evil.example",')),
    code: "oidc/answer",
  },
  {
    why: "deep nesting",
    description: () => json(`${'{"a":'.repeat(100_000 / 5)}1${"}".repeat(100_000 / 5)}`),
    code: "oidc/answer",
  },
  {
    why: "a description without an end",
    description: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
        }),
        { headers: { "Content-Type": "application/json" } },
      ),
    code: "oidc/answer",
    says: /more than/,
  },
  { why: "keys that are none", keys: () => ({ keys: "x" }), code: "oidc/answer" },
  { why: "no keys", keys: () => ({ keys: [] }), code: "oidc/id-token" },
  {
    why: "keys of strange forms",
    keys: () => ({ keys: [null, 1, "x", {}, { kty: "EC" }, { kty: "EC", kid: "one", crv: 1 }] }),
    code: "oidc/id-token",
  },
  {
    why: "a key for encryption",
    keys: ([key]) => ({ keys: [{ ...key, use: "enc" }] }),
    code: "oidc/id-token",
  },
  {
    why: "no ID token",
    tokens: ({ id_token: _, ...body }) => body,
    code: "oidc/answer",
  },
  {
    why: "no bearer token",
    tokens: (body) => ({ ...body, token_type: "mac" }),
    code: "oidc/answer",
  },
  {
    why: "an access token with a line end, for a header",
    tokens: (body) => ({ ...body, access_token: "a\r\nX: y" }),
    code: "oidc/answer",
  },
  {
    why: "a refusal that quotes what it got",
    tokens: () => json('{"error":"invalid_grant","error_description":"bad code \\u001b[2J"}', 400),
    code: "oidc/refused",
    says: /invalid_grant/,
  },
  { why: "a refusal without words", tokens: () => json("{}", 400), code: "oidc/answer" },
  {
    why: "userinfo about somebody else",
    claims: ({ email: _, ...claims }) => claims,
    userinfo: () => ({ sub: "bob", email: "bob@example.org" }),
    code: "oidc/id-token",
    says: /two persons/,
  },
];

const ROWS: readonly Row[] = [
  ...FORGED_TOKENS,
  ...WRONG_CLAIMS.map(({ with: wrong, ...row }): Row => ({
    ...row,
    claims: (claims) => ({ ...claims, ...wrong }),
  })),
  ...WRONG_ANSWERS,
  ...WRONG_SERVERS,
];

for (const { why, code, says = /^Cannot /, ...script } of ROWS) {
  test("a login is refused", async () => {
    await withScript(script, async (provider) => {
      const error = await login(provider).then(() => undefined, (cause: unknown) => cause);
      assert.ok(error instanceof OidcError, `${error}`);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      const text = told(error);
      assert.doesNotMatch(text, /a-code|evil\.example|eyJ/, "nothing of what was sent is repeated");
      // deno-lint-ignore no-control-regex -- that none is left
      assert.doesNotMatch(text, /[\u0000-\u001f\u007f]/);
      assert.ok(text.length < 600);
    });
  }, { why });
}

test("what is refused at the browser costs the provider no request", async () => {
  await withScript({ answer: (answer) => answer.set("state", "other") }, async (provider) => {
    await assert.rejects(login(provider), { code: "oidc/state" });
    assert.deepEqual(provider.asked, ["/.well-known/openid-configuration"]);
  });
});

const FINE: readonly (Script & { readonly why: string })[] = [
  {
    why: "several audiences, and said for whom",
    claims: (claims) => ({ ...claims, aud: ["terminal", "other"], azp: "terminal" }),
  },
  { why: "a clock a little behind", claims: (claims) => ({ ...claims, iat: now() + 30 }) },
  {
    why: "keys without ids, of which one fits",
    keys: ([key]) => {
      const { kid: _, ...plain } = key ?? {};
      const other = {
        ...{ kty: "EC", crv: "P-256", alg: "ES256" },
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      };
      return { keys: [other, plain] };
    },
    sign: (claims, { own }) => signed(claims, own, { kid: undefined }),
  },
  {
    why: "a provider that does not name itself",
    description: ({ authorization_response_iss_parameter_supported: _, ...document }) => document,
    answer: (answer) => answer.delete("iss"),
  },
  { why: "claims that only userinfo has", claims: ({ email: _, ...claims }) => claims },
  {
    why: "userinfo that is not for us",
    claims: ({ email: _, ...claims }) => claims,
    userinfo: () => json("{}", 403),
  },
];

for (const { why, ...script } of FINE) {
  test("a login is accepted", async () => {
    await withScript(script, async (provider) => {
      assert.equal((await login(provider)).person.subject, "alice");
    });
  }, { why });
}

const ADDRESSES: readonly {
  readonly why: string;
  readonly email: unknown;
  readonly is: unknown;
}[] = [
  { why: "two at signs", email: "a@b@c", is: undefined },
  { why: "a space", email: "a b@c", is: undefined },
  { why: "an escape sequence", email: "a\u001b[31m@b", is: undefined },
  { why: "a text of another direction", email: "a\u202e@b", is: undefined },
  { why: "a list", email: ["a@b"], is: undefined },
  { why: "too long", email: `${"a".repeat(260)}@b`, is: undefined },
  { why: "one of another script", email: "\u00e4@b.example", is: "\u00e4@b.example" },
];

for (const { why, email, is } of ADDRESSES) {
  test("an e-mail address is taken only in a form that can be shown", async () => {
    await withScript({ claims: (claims) => ({ ...claims, email }) }, async (provider) => {
      const { person } = await login(provider);
      assert.equal(person.email, is);
      assert.equal(person.emailVerified, is !== undefined);
    });
  }, { why });
}

const VERIFIED: readonly {
  readonly why: string;
  readonly claims: Record<string, unknown>;
  readonly is: boolean;
}[] = [
  { why: "true", claims: { email_verified: true }, is: true },
  { why: "the word", claims: { email_verified: "true" }, is: true },
  { why: "false", claims: { email_verified: false }, is: false },
  { why: "nothing said", claims: { email_verified: undefined }, is: false },
  { why: "another word", claims: { email_verified: "yes" }, is: false },
  {
    why: "the owner of the domain",
    claims: { email_verified: undefined, xms_edov: true },
    is: true,
  },
  {
    why: "not verified, whoever owns the domain",
    claims: { email_verified: false, xms_edov: true },
    is: false,
  },
];

for (const { why, claims, is } of VERIFIED) {
  test("an e-mail address is verified only by a clear word", async () => {
    await withScript({ claims: (all) => ({ ...all, ...claims }) }, async (provider) => {
      assert.equal((await login(provider)).person.emailVerified, is);
    });
  }, { why });
}

test("an endpoint that hangs is given up, before and within its answer", async () => {
  const never = Promise.withResolvers<Response>();
  const hanging = [
    () => never.promise,
    () =>
      Promise.resolve(
        new Response(new ReadableStream(), { headers: { "Content-Type": "application/json" } }),
      ),
  ];
  for (const fetcher of hanging) {
    const clock = new ManualClock();
    const relying = party({ issuer: "https://id.example.org" }, {
      ...{ clock, random: systemRandom, fetch: fetcher },
    });
    const waiting = assert.rejects(relying.begin("http://127.0.0.1/callback", "once"), {
      code: "oidc/unreachable",
      message: /10 s/,
    });
    await eventually("a deadline", () => clock.pending > 0);
    clock.advance(10_000);
    await waiting;
    assert.equal(clock.pending, 0);
  }
});

test("a provider that fails is asked again after a while, not by everybody", async () => {
  const clock = new ManualClock();
  let asked = 0;
  const relying = party({ issuer: "https://id.example.org" }, {
    ...{ clock, random: systemRandom },
    fetch: () => {
      asked++;
      return Promise.resolve(new Response("", { status: 503 }));
    },
  });
  const begin = () =>
    assert.rejects(relying.begin("http://127.0.0.1/callback", "once"), { code: "oidc/answer" });
  await Promise.all([begin(), begin(), begin()]);
  await begin();
  assert.equal(asked, 1);
  clock.advance(5_000);
  await begin();
  assert.equal(asked, 2);
});

test("a provider that is not there is named as that", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const issuer = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  listener.close();
  const begin = party({ issuer }).begin("http://127.0.0.1/callback", "once");
  await assert.rejects(begin, { code: "oidc/unreachable" });
});

const PROVIDERS: readonly { readonly text: string; readonly why: string }[] = [
  { text: "", why: "nothing" },
  { text: "gogle", why: "a misspelt name" },
  { text: "http://id.example.org", why: "no encryption" },
  { text: "ftp://id.example.org", why: "another protocol" },
  { text: "https://me:secret@id.example.org", why: "credentials" },
  { text: "https://id.example.org/#x", why: "a fragment" },
  { text: "https://id.example.org/?x=1", why: "a query" },
  { text: "http://localhost.evil.example", why: "a name that begins like this machine's" },
  { text: "http://127.0.0.1.evil.example", why: "a name that begins like an address" },
];

for (const { text, why } of PROVIDERS) {
  test("a provider is refused by its address", () => {
    assert.throws(() => providerOf(text), { code: "oidc/provider" });
  }, { why });
}
