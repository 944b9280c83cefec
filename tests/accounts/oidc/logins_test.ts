/** The kept logins: renewed when they are used, once, whoever asks. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Fetch, Tools } from "../../../src/accounts/oidc/contract.ts";
import { Logins } from "../../../src/accounts/oidc/logins.ts";
import { providerOf } from "../../../src/accounts/oidc/providers.ts";
import { RelyingParty } from "../../../src/accounts/oidc/relying_party.ts";
import { systemRandom } from "../../../src/accounts/random.ts";
import { FileVault } from "../../../src/accounts/vault/file_vault.ts";
import { systemClock } from "../../../src/clock.ts";
import { Browser } from "../../harness/browser.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { signIn, TERMINAL, type TestProvider, withProvider } from "../../harness/oidc_provider.ts";
import { test } from "../../harness/test.ts";

const TOOLS: Tools = { fetch, clock: systemClock, random: systemRandom };

function logins(folder: string, tools: Tools = TOOLS): Logins {
  const vault = new FileVault({
    ...{ folder: join(folder, "vault"), clock: systemClock, random: systemRandom },
  });
  return new Logins(vault, tools);
}

async function enter({ issuer }: TestProvider, folder: string, name = "alice"): Promise<void> {
  const provider = providerOf(issuer);
  const party = new RelyingParty(provider, TERMINAL, TOOLS);
  const { url, pending } = await party.begin("http://127.0.0.1:1/callback", "lasting");
  const back = await signIn(new Browser(), url, name);
  assert.ok(back instanceof URL);
  await logins(folder).keep(provider, TERMINAL, await party.finish(back.searchParams, pending));
}

test("a login is there for later runs; fresh tokens cost no request", async () => {
  await withProvider(async (provider) => {
    await withDataFolder(async (folder) => {
      await enter(provider, folder);
      const silent: Fetch = () => assert.fail("nobody is to be asked");
      const login = await logins(folder, { ...TOOLS, fetch: silent }).current();
      assert.equal(login.sender, "alice@example.org");
      assert.ok(login.current);
      assert.equal(login.idToken.split(".").length, 3);
      assert.ok(login.expires > Date.now() + 60_000);
      assert.equal((await logins(folder).current("alice")).sender, "alice@example.org");
      await assert.rejects(logins(folder).current("bob"), { code: "oidc/no-login" });
      const text = await Deno.readTextFile(join(folder, "vault", "secrets"));
      assert.doesNotMatch(text, /alice|eyJ/);
    });
  });
});

test("tokens that end soon are renewed once, though many ask at once", async () => {
  await withProvider(async (provider) => {
    await withDataFolder(async (folder) => {
      await provider.quicken(30);
      await enter(provider, folder);
      await provider.quicken(3600);
      let renewals = 0;
      const counting: Fetch = (url, init) => {
        if (url.endsWith("/token")) renewals++;
        return fetch(url, init);
      };
      const asked = await Promise.all(
        Array.from({ length: 5 }, () => logins(folder, { ...TOOLS, fetch: counting }).current()),
      );
      assert.equal(renewals, 1, "a second use of the refresh token would end the login");
      assert.equal(new Set(asked.map(({ accessToken }) => accessToken)).size, 1);
      assert.equal((await logins(folder).current()).accessToken, asked[0]?.accessToken);
    });
  });
});

test("a login that the provider has ended says so, and stays until it is replaced", async () => {
  await withProvider(async (provider) => {
    await withDataFolder(async (folder) => {
      await provider.quicken(30);
      await enter(provider, folder);
      const [kept] = await logins(folder).list();
      const party = new RelyingParty(providerOf(provider.issuer), TERMINAL, TOOLS);
      const vault = new FileVault({
        ...{ folder: join(folder, "vault"), clock: systemClock, random: systemRandom },
      });
      const [name = ""] = await vault.list("oidc:login:");
      const { grant } = JSON.parse(await vault.get(name) ?? "");
      await party.revoke(grant.refreshToken, "refresh_token");
      await assert.rejects(logins(folder).current(), { code: "oidc/signed-out" });
      assert.deepEqual(await logins(folder).list(), [kept]);
      await provider.quicken(3600);
      await enter(provider, folder);
      assert.equal((await logins(folder).current()).sender, "alice@example.org");
      assert.equal((await logins(folder).list()).length, 1);
    });
  });
});

test("a login is forgotten though the provider cannot be told", async () => {
  await withDataFolder(async (folder) => {
    await withProvider((provider) => enter(provider, folder));
    const { login, told } = await logins(folder).forget();
    assert.equal(login.sender, "alice@example.org");
    assert.ok(typeof told !== "string");
    assert.equal(told.code, "oidc/unreachable");
    await assert.rejects(logins(folder).current(), { code: "oidc/no-login" });
    assert.deepEqual(await logins(folder).list(), []);
  });
});
