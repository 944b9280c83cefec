/** Signing in at a real provider, from the first address to the end of the tokens. */
import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import type { Fetch, Grant } from "../../../src/accounts/oidc/contract.ts";
import { providerOf } from "../../../src/accounts/oidc/providers.ts";
import { RelyingParty } from "../../../src/accounts/oidc/relying_party.ts";
import { systemRandom } from "../../../src/accounts/random.ts";
import { systemClock } from "../../../src/clock.ts";
import { Browser } from "../../harness/browser.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import {
  NODE,
  signIn,
  TERMINAL,
  type TestProvider,
  withProvider,
} from "../../harness/oidc_provider.ts";
import { test } from "../../harness/test.ts";

const REDIRECT = "http://127.0.0.1:8080/callback";

function party(
  { issuer }: TestProvider,
  client: typeof TERMINAL | typeof NODE = TERMINAL,
  fetcher: Fetch = fetch,
): RelyingParty {
  const tools = { fetch: fetcher, clock: systemClock, random: systemRandom };
  return new RelyingParty(providerOf(issuer), client, tools);
}

async function login(relying: RelyingParty, name = "alice", redirect = REDIRECT): Promise<Grant> {
  const { url, pending } = await relying.begin(redirect, "lasting");
  const back = await signIn(new Browser(), url, name);
  assert.ok(back instanceof URL, "the provider sends the browser back");
  assert.ok(back.href.startsWith(redirect));
  return await relying.finish(back.searchParams, pending);
}

type Lasting = Grant & { readonly refreshToken: string };

function lasting(grant: Grant): Lasting {
  assert.ok(grant.refreshToken !== undefined);
  return grant as Lasting;
}

test("a person signs in with a code, as a public client and as one with a secret", async () => {
  await withProvider(async (provider) => {
    const grant = await login(party(provider));
    assert.deepEqual(grant.person, {
      ...{ issuer: provider.issuer, subject: "alice", email: "alice@example.org" },
      emailVerified: true,
      wishes: ["alice", "alice@example.org"],
    });
    assert.ok(grant.expires > Date.now() + 3_000_000);
    const other = await login(
      party(provider, NODE),
      "bob-unverified",
      "http://127.0.0.1:1/auth/oidc/callback",
    );
    assert.equal(other.person.emailVerified, false);
    assert.equal(other.person.subject, "bob-unverified");
  });
});

test("a code is good once, with its verifier, for its login", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const { url, pending } = await relying.begin(REDIRECT, "once");
    const back = await signIn(new Browser(), url, "alice");
    assert.ok(back instanceof URL);
    const verifier = "x".repeat(43);
    const refused = { code: "oidc/refused", reason: "invalid_grant" };
    const stolen = relying.finish(back.searchParams, { ...pending, verifier });
    await assert.rejects(stolen, refused, "who has only the code");
    await relying.finish(back.searchParams, pending);
    await assert.rejects(relying.finish(back.searchParams, pending), refused, "spent");

    const mine = await relying.begin(REDIRECT, "once");
    const theirs = await relying.begin(REDIRECT, "once");
    const injected = await signIn(new Browser(), theirs.url, "mallory");
    assert.ok(injected instanceof URL);
    injected.searchParams.set("state", mine.pending.state);
    await assert.rejects(
      relying.finish(injected.searchParams, mine.pending),
      refused,
      "another login's code under this login's state",
    );
  });
});

test("who declines is told so", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const { url, pending } = await relying.begin(REDIRECT, "once");
    const browser = new Browser();
    const page = await browser.follow(await browser.ask(url), provider.issuer);
    assert.ok(!(page instanceof URL));
    const abort = /href="([^"]*abort[^"]*)"/.exec(page.text)?.[1];
    assert.ok(abort !== undefined);
    const back = await browser.follow(await browser.ask(abort), provider.issuer);
    assert.ok(back instanceof URL);
    await assert.rejects(relying.finish(back.searchParams, pending), {
      code: "oidc/refused",
      reason: "access_denied",
    });
  });
});

test("a login lasts: tokens are renewed, the refresh token changes, an old one ends it", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const first = lasting(await login(relying));
    const second = lasting(await relying.refresh(first));
    assert.notEqual(second.refreshToken, first.refreshToken);
    assert.notEqual(second.accessToken, first.accessToken);
    assert.deepEqual(second.person, first.person);
    // The provider takes the second use of one refresh token for a theft, and ends the login.
    await assert.rejects(relying.refresh(first), { code: "oidc/signed-out" });
    await assert.rejects(relying.refresh(second), { code: "oidc/signed-out" });
  });
});

test("a revoked login cannot be renewed", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const grant = lasting(await login(relying));
    assert.equal(await relying.revoke(grant.refreshToken, "refresh_token"), true);
    await assert.rejects(relying.refresh(grant), { code: "oidc/signed-out" });
  });
});

test("a provider may change its keys between two logins", async () => {
  await withProvider(async (provider) => {
    // The provider's clock is the real one; only how old the keys are is the test's to say.
    const manual = new ManualClock();
    const clock = { ...systemClock, monotonic: () => manual.monotonic() };
    const asked: string[] = [];
    const counted: Fetch = (url, init) => {
      asked.push(url);
      return fetch(url, init);
    };
    const tools = { fetch: counted, clock, random: systemRandom };
    const relying = new RelyingParty(providerOf(provider.issuer), TERMINAL, tools);
    const keys = () => asked.filter((url) => url.endsWith("/jwks")).length;
    const before = await login(relying);
    await login(relying, "bob");
    assert.equal(keys(), 1, "known keys are not fetched again");
    await provider.rotate();
    await assert.rejects(login(relying), { code: "oidc/id-token" }, "fetched a moment ago");
    assert.equal(keys(), 1, "unknown keys do not make every login cost a request");
    manual.advance(30_000);
    const after = await login(relying);
    assert.equal(keys(), 2);
    const keyOf = (grant: Grant) => decodeProtectedHeader(grant.idToken).kid;
    assert.notEqual(keyOf(after), keyOf(before));
  });
});

test("a person signs in on another device", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const device = await relying.beginDevice("lasting");
    assert.ok(device.addressWithCode !== undefined);
    assert.equal(device.interval, 5_000);
    const waiting = relying.finishDevice({ ...device, interval: 50 }, new AbortController().signal);
    const end = await signIn(new Browser(), device.addressWithCode, "alice");
    assert.ok(!(end instanceof URL) && end.status === 200);
    const grant = lasting(await waiting);
    assert.equal(grant.person.email, "alice@example.org");
    assert.notEqual((await relying.refresh(grant)).accessToken, grant.accessToken);
  });
});

test("a login on another device ends when it is declined, when time is up, when told to", async () => {
  await withProvider(async (provider) => {
    const relying = party(provider);
    const none = new AbortController().signal;
    const late = await relying.beginDevice("once");
    const short = { ...late, interval: 20, ends: systemClock.monotonic() + 200 };
    await assert.rejects(relying.finishDevice(short, none), { code: "oidc/expired" });

    const stopping = new AbortController();
    const stopped = relying.finishDevice(await relying.beginDevice("once"), stopping.signal);
    stopping.abort(new Error("enough"));
    await assert.rejects(stopped, { message: "enough" });

    const device = await relying.beginDevice("once");
    const browser = new Browser();
    assert.ok(device.addressWithCode !== undefined);
    const page = await browser.ask(device.addressWithCode);
    const confirm = await browser.submit(page, {});
    await browser.submit(confirm, { abort: "yes" });
    const declined = relying.finishDevice({ ...device, interval: 20 }, none);
    await assert.rejects(declined, { code: "oidc/refused", reason: "access_denied" });
  });
});
