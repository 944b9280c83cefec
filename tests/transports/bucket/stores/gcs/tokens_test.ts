/** Tokens and signatures with the test server: what is refused, renewed and corrected. */
import assert from "node:assert/strict";
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { HttpClient } from "../../../../../src/transports/bucket/stores/http/client.ts";
import { metadataSource } from "../../../../../src/transports/bucket/stores/gcs/token_sources.ts";
import { Tokens } from "../../../../../src/transports/bucket/stores/gcs/tokens.ts";
import { probeBucket } from "../../../../../src/transports/bucket/stores/probe.ts";
import { GoogleStorage, HMAC_KEY } from "../../../../harness/google_storage/server.ts";
import { ManualClock } from "../../../../harness/manual_clock.ts";
import { ScriptedHttp } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";
import { credentialOf, openGoogle, SURROUNDINGS, type Way } from "./stage.ts";

const CONTENT = new TextEncoder().encode("hello");
const HOURS = 3_600_000;

async function withStorage(body: (storage: GoogleStorage) => Promise<void>): Promise<void> {
  await using storage = await GoogleStorage.start();
  storage.make("chat");
  await body(storage);
}

for (const way of ["hmac", "service_account", "authorized_user", "metadata"] satisfies Way[]) {
  test(`google: ${way} opens a bucket`, async () => {
    await withStorage(async (storage) => {
      await using bucket = openGoogle(storage, "chat", credentialOf(storage, way));
      await Promise.all(["a", "b", "c"].map((key) => bucket.put(key, CONTENT)));
      assert.equal((await bucket.list({ prefix: "" })).objects.length, 3);
      const { abilities } = await probeBucket(bucket, () => crypto.randomUUID());
      assert.deepEqual(abilities, { putIfAbsent: true, putIfMatch: true, delete: true });
      assert.equal(storage.tokens.issued, way === "hmac" ? 0 : 1, "one token for all");
    });
  });
}

for (const way of ["hmac", "service_account"] satisfies Way[]) {
  for (const hours of [2, -2]) {
    test(`google: ${way} with a clock that is ${hours} hours off`, async () => {
      await withStorage(async (storage) => {
        storage.time.ahead = hours * HOURS;
        await using bucket = openGoogle(storage, "chat", credentialOf(storage, way));
        assert.equal((await bucket.put("a", CONTENT)).outcome, "stored");
        const asked = storage.asked;
        assert.equal((await bucket.head("a"))?.size, 5);
        assert.equal(storage.asked, asked + 1, "what was learnt is kept");
      });
    });
  }
}

test("google: a wrong clock is noticed by HEAD, too, whose answer says nothing", async () => {
  await withStorage(async (storage) => {
    storage.time.ahead = 2 * HOURS;
    await using bucket = openGoogle(storage, "chat", credentialOf(storage, "hmac"));
    assert.equal(await bucket.head("a"), undefined);
  });
});

test("google: a revoked token is replaced once", async () => {
  await withStorage(async (storage) => {
    await using bucket = openGoogle(storage, "chat", credentialOf(storage, "service_account"));
    await bucket.put("a", CONTENT);
    storage.tokens.revokeAll();
    assert.equal((await bucket.head("a"))?.size, 5);
    assert.equal(storage.tokens.issued, 2);
  });
});

test("google: tokens that are never accepted end in an error", async () => {
  await withStorage(async (storage) => {
    storage.tokens.lifetime = -1_000;
    await using bucket = openGoogle(storage, "chat", credentialOf(storage, "service_account"));
    // No lifetime is no token at all.
    await assert.rejects(() => bucket.head("a"), { code: "bucket/corrupt" });
  });
  const script = [
    { status: 200, body: '{"access_token":"one","expires_in":3599}' },
    { status: 401 },
    { status: 200, body: '{"access_token":"two","expires_in":3599}' },
    { status: 401 },
  ];
  await using server = await ScriptedHttp.start(script);
  const stand = { origin: server.url } as GoogleStorage;
  await using bucket = openGoogle(stand, "chat", { type: "metadata", origin: server.url });
  await assert.rejects(() => bucket.head("a"), { code: "bucket/credentials" });
  assert.equal(server.requests[3]?.headers["authorization"], "Bearer two");
});

test("google: wrong credentials of every kind are named", async () => {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  await withStorage(async (storage) => {
    const account = credentialOf(storage, "service_account");
    const user = credentialOf(storage, "authorized_user");
    assert.ok(account.type === "service_account" && user.type === "authorized_user");
    const other = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const wrong = [
      { ...account, privateKey: other },
      { ...account, privateKey: "not a key, but secret" },
      { ...account, email: "somebody@else" },
      { ...user, refreshToken: "revoked secret" },
      { type: "hmac", key: { ...HMAC_KEY, secret: "another secret" } },
      { type: "hmac", key: { ...HMAC_KEY, accessId: "GOOG1NOBODY" } },
    ] as const;
    for (const credential of wrong) {
      await using bucket = openGoogle(storage, "chat", credential);
      await assert.rejects(() => bucket.put("a", CONTENT), (error) => {
        assert.ok(error instanceof Error && "code" in error && "hint" in error);
        assert.equal(error.code, "bucket/credentials");
        assert.doesNotMatch(`${error.message} ${error.hint}`, /secret|BEGIN/);
        return true;
      });
    }
    assert.equal(storage.tokens.issued, 0);
  });
});

test("google: a missing bucket and a held object", async () => {
  await withStorage(async (storage) => {
    const credential = credentialOf(storage, "hmac");
    await using missing = openGoogle(storage, "nothing-here", credential);
    const code = { code: "bucket/missing" };
    await assert.rejects(() => missing.put("a", CONTENT), code);
    await assert.rejects(() => missing.get("a"), code);
    await assert.rejects(() => missing.head("a"), code);
    await assert.rejects(() => missing.list({ prefix: "" }), code);
    await assert.rejects(() => missing.delete("a"), code);
    const space = storage.make("held");
    await using bucket = openGoogle(storage, "held", credential, "");
    await bucket.put("a", CONTENT);
    space.held.add("a");
    await assert.rejects(() => bucket.delete("a"), { code: "bucket/forbidden" });
    await assert.rejects(() => bucket.put("a", CONTENT), { code: "bucket/forbidden" });
    const absent = { condition: { kind: "absent" } } as const;
    assert.deepEqual(await bucket.put("a", CONTENT, absent), { outcome: "refused" });
  });
});

test("google: tokens are renewed before they end, and fetched once for all who wait", async () => {
  await using server = await ScriptedHttp.start((_, number) => ({
    status: 200,
    body: JSON.stringify({ access_token: `t${number}`, expires_in: number === 0 ? 3600 : 100 }),
  }));
  const clock = new ManualClock();
  const client = new HttpClient({ ...SURROUNDINGS, clock });
  const tokens = new Tokens(metadataSource(server.url), client, clock);
  assert.deepEqual(await Promise.all([tokens.get(), tokens.get()]), ["t0", "t0"]);
  clock.advance(3_299_000);
  assert.equal(await tokens.get(), "t0");
  clock.advance(2_000);
  assert.equal(await tokens.get(), "t1", "five minutes before its end");
  clock.advance(49_000);
  assert.equal(await tokens.get(), "t1");
  clock.advance(2_000);
  assert.equal(await tokens.get(), "t2", "a short one at half of its time");
  tokens.forget("t1");
  assert.equal(await tokens.get(), "t2", "what is forgotten already stays so");
  tokens.forget("t2");
  assert.equal(await tokens.get(), "t3");
  assert.equal(server.requests[0]?.headers["metadata-flavor"], "Google");
  client.calls.close();
  await assert.rejects(() => new Tokens(metadataSource(server.url), client, clock).get(), {
    code: "bucket/closed",
  });
});

test("google: a machine elsewhere is told what it needs", async () => {
  const gone = await ScriptedHttp.start([]);
  const origin = gone.url;
  await gone[Symbol.asyncDispose]();
  await withStorage(async (storage) => {
    await using bucket = openGoogle(storage, "chat", { type: "metadata", origin });
    await assert.rejects(() => bucket.head("a"), {
      code: "bucket/unavailable",
      hint: /GOOGLE_APPLICATION_CREDENTIALS/,
    });
  });
});

const NO_TOKENS: readonly (readonly [string, string])[] = [
  ["<html>", "a captive portal"],
  ["{}", "no token"],
  ['{"access_token":"a b","expires_in":100}', "not one for a header"],
  ['{"access_token":"a\\r\\nX-Evil: 1","expires_in":100}', "a header within"],
  ['{"access_token":"a","expires_in":"100"}', "no time"],
  ["[1]", "no object"],
];

for (const [body, why] of NO_TOKENS) {
  test("google: an answer without a token", async () => {
    await using server = await ScriptedHttp.start(() => ({ status: 200, body }));
    const client = new HttpClient(SURROUNDINGS);
    const tokens = new Tokens(metadataSource(server.url), client, SURROUNDINGS.clock);
    await assert.rejects(() => tokens.get(), { code: "bucket/corrupt" });
  }, { why });
}
