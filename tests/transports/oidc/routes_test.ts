/** Signing in to a node by a real provider, in a browser. */
import assert from "node:assert/strict";
import { Secret } from "../../../src/config/secret.ts";
import type { Settings } from "../../../src/config/schema.ts";
import { Browser, type Page } from "../../harness/browser.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { openTestNode, PASSWORD, type TestNode, withNode } from "../../harness/node.ts";
import { freePort } from "../../harness/free_ports.ts";
import { NODE, signIn, type TestProvider, withProvider } from "../../harness/oidc_provider.ts";
import { test } from "../../harness/test.ts";

function settingsFor(issuer: string, more: Partial<Settings> = {}): Partial<Settings> {
  const port = freePort();
  return {
    ...{ port, secondPort: false, oidcIssuer: issuer, oidcClientId: NODE.id },
    oidcClientSecret: new Secret(NODE.secret),
    oidcRedirectBase: `http://127.0.0.1:${port}`,
    ...more,
  };
}

interface Stage extends TestNode {
  readonly provider: TestProvider;
  /** Signs somebody in and gives what the callback answers. */
  enter(browser: Browser, name: string, begun?: Page): Promise<Page>;
}

async function withStage(
  more: Partial<Settings>,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withProvider(async (provider) => {
    await withNode(async (node) => {
      await body({
        ...node,
        provider,
        async enter(browser, name, begun) {
          const first = begun ?? await browser.ask(`${node.http}/auth/oidc/login`);
          assert.equal(first.status, 303, first.text);
          const back = await signIn(browser, first.headers.get("location") ?? "", name);
          assert.ok(back instanceof URL);
          assert.equal(back.origin, node.http);
          return await browser.ask(back);
        },
      });
    }, { settings: settingsFor(provider.issuer, more) });
  });
}

async function nameOf({ node }: TestNode, browser: Browser): Promise<string | undefined> {
  const found = await node.accounts.verify(browser.cookies.get("authToken"));
  return found.ok ? found.identity.name : undefined;
}

const says = (page: Page): string => /<p>([^<]*)<\/p>/.exec(page.text)?.[1] ?? "";

test("who signs in for the first time gets an account, and finds it again", async () => {
  await withStage({}, async (stage) => {
    const browser = new Browser();
    const front = await browser.ask(stage.http);
    assert.ok(front.text.includes(`<a href="${stage.http}/auth/oidc/login">Sign in</a>`));
    const end = await stage.enter(browser, "alice");
    assert.equal(end.status, 303, end.text);
    assert.equal(end.headers.get("location"), "/auth/oidc/account");
    assert.equal(await nameOf(stage, browser), "alice");
    const account = await browser.ask(`${stage.http}/auth/oidc/account`);
    assert.match(says(account), /^You are alice@/);
    assert.deepEqual([...browser.cookies.keys()].filter((name) => name.includes("chatnode")), []);
    const recv = await fetch(`${stage.http}/api/feedback`, {
      headers: { Cookie: `authToken=${browser.cookies.get("authToken")}` },
    });
    await recv.body?.cancel();
    assert.notEqual(recv.status, 401, "the other doors take the cookie");

    const elsewhere = new Browser();
    await stage.enter(elsewhere, "alice");
    assert.equal(await nameOf(stage, elsewhere), "alice");
    const accounts = stage.node.accounts.list().filter(({ name }) => name !== "admin");
    assert.deepEqual(
      accounts.map(({ name, hasPassword, identities }) => [
        ...[name, hasPassword, identities],
      ]),
      [
        ["alice", false, [{ issuer: stage.provider.issuer, by: "subject", value: "alice" }]],
      ],
    );
  });
});

test("neither a name nor an e-mail address makes somebody another's account", async () => {
  await withStage({ oidcLinkByEmail: true }, async (stage) => {
    await stage.account("alice");
    const browser = new Browser();
    await stage.enter(browser, "alice");
    assert.equal(await nameOf(stage, browser), "alice2");
  });
});

test("the cookies of a login are the browser's alone", async () => {
  await withStage({}, async (stage) => {
    const begun = await new Browser().ask(`${stage.http}/auth/oidc/login`);
    const cookie = begun.headers.getSetCookie().join();
    assert.match(cookie, /^chatnode-login=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    assert.equal(begun.headers.get("cache-control"), "no-store");
    const location = new URL(begun.headers.get("location") ?? "");
    assert.equal(location.searchParams.get("code_challenge_method"), "S256");
    assert.doesNotMatch(cookie, new RegExp(location.searchParams.get("state") ?? "-"));
    const end = await stage.enter(new Browser(), "alice");
    const token = end.headers.getSetCookie().find((line) => line.startsWith("authToken="));
    assert.match(token ?? "", /; Path=\/; Max-Age=1\d{3}; HttpOnly; SameSite=Lax$/);
  });
});

test("an answer counts once, in the browser that began the login", async () => {
  await withStage({}, async (stage) => {
    const victim = new Browser();
    const attacker = new Browser();
    const begun = await attacker.ask(`${stage.http}/auth/oidc/login`);
    const back = await signIn(attacker, begun.headers.get("location") ?? "", "mallory");
    assert.ok(back instanceof URL);
    const other = await victim.ask(back);
    assert.equal(other.status, 400, "login CSRF: no cookie");
    assert.match(says(other), /has not begun a login here/);
    await victim.ask(`${stage.http}/auth/oidc/login`);
    const mixed = await victim.ask(back);
    assert.equal(mixed.status, 400, "login CSRF: another login's cookie");
    assert.equal(victim.cookies.get("authToken"), undefined);

    const cookie = attacker.cookies.get("chatnode-login") ?? "";
    assert.equal((await attacker.ask(back)).status, 303);
    const replay = async (value: string) => {
      const response = await fetch(back, {
        redirect: "manual",
        headers: { Cookie: `chatnode-login=${value}` },
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await replay(cookie), 400, "replayed");
    assert.equal(await replay(`${cookie.slice(0, -4)}AAAA`), 400, "changed");
    assert.equal(await replay("x".repeat(5000)), 400, "too long");
  });
});

test("a login that a restart has cut in two is begun again", async () => {
  await withProvider(async (provider) => {
    await withDataFolder(async (folder) => {
      const settings = settingsFor(provider.issuer);
      const browser = new Browser();
      const first = await openTestNode(folder, { settings });
      const begun = await browser.ask(`${first.http}/auth/oidc/login`);
      const back = await signIn(browser, begun.headers.get("location") ?? "", "alice");
      assert.ok(back instanceof URL);
      await first.node.stop(1_000);
      const second = await openTestNode(folder, { settings });
      try {
        const page = await browser.ask(back);
        assert.equal(page.status, 400);
        assert.match(page.text, /href="&#47;|href="\/auth\/oidc\/login"/);
      } finally {
        await second.node.stop(1_000);
      }
    });
  });
});

test("where registration is by invitation, the page asks for one", async () => {
  await withStage({ registration: "invite" }, async (stage) => {
    const { code } = await stage.node.accounts.registry.invitations.make();
    const browser = new Browser();
    const asked = await stage.enter(browser, "alice");
    assert.equal(asked.status, 403);
    assert.match(asked.text, /An invitation is needed/);
    const wrong = await stage.enter(browser, "alice", await browser.submit(asked, { invite: "x" }));
    assert.equal(wrong.status, 403);
    assert.match(wrong.text, /unknown, used up or expired/);
    const end = await stage.enter(browser, "alice", await browser.submit(wrong, { invite: code }));
    assert.equal(end.status, 303, end.text);
    assert.equal(await nameOf(stage, browser), "alice");
    assert.deepEqual(stage.node.accounts.registry.invitations.list(), []);
    assert.equal((await stage.enter(new Browser(), "alice")).status, 303, "an invite is for once");
    const inAddress = await new Browser().ask(`${stage.http}/auth/oidc/login?invite=${code}`);
    assert.doesNotMatch(inAddress.headers.get("location") ?? "", new RegExp(code));
  });
});

test("where only the operator makes accounts, a linked one is found", async () => {
  await withStage({ registration: "closed" }, async (stage) => {
    const { registry } = stage.node.accounts;
    await registry.add({ name: "alice-liddell", password: undefined, role: "admin" });
    const issuer = stage.provider.issuer;
    const refused = await stage.enter(new Browser(), "alice");
    assert.equal(refused.status, 403);
    assert.match(says(refused), /operator makes its accounts/);
    await registry.link("alice-liddell", { issuer, by: "email", value: "alice@example.org" });
    assert.equal((await stage.enter(new Browser(), "alice")).status, 403, "the setting is off");
    await registry.link("alice-liddell", { issuer, by: "subject", value: "alice" });
    const browser = new Browser();
    assert.equal((await stage.enter(browser, "alice")).status, 303);
    assert.equal(await nameOf(stage, browser), "alice-liddell");
    await registry.unlink("alice-liddell");
    assert.equal(await nameOf(stage, browser), undefined, "unlinking ends what came from there");
    assert.equal((await stage.enter(new Browser(), "alice")).status, 403);
  });
});

test("an e-mail address finds an account once, where the operator wants it", async () => {
  await withStage({ registration: "closed", oidcLinkByEmail: true }, async (stage) => {
    const { registry } = stage.node.accounts;
    const { issuer } = stage.provider;
    for (const name of ["alice", "bob"]) {
      await registry.add({ name, password: undefined, role: "user" });
    }
    const email = (value: string) => ({ issuer, by: "email", value } as const);
    await registry.link("alice", email("alice@example.org"));
    await registry.link("bob", email("bob-unverified@example.org"));
    const unverified = await stage.enter(new Browser(), "bob-unverified");
    assert.equal(unverified.status, 403, "an address that the provider does not vouch for");
    const browser = new Browser();
    assert.equal((await stage.enter(browser, "alice")).status, 303);
    assert.equal(await nameOf(stage, browser), "alice");
    assert.deepEqual(registry.find("alice")?.identities, [
      { issuer, by: "subject", value: "alice" },
    ], "from now on the subject counts, and the address does not");
  });
});

test("an account that is shut stays shut", async () => {
  await withStage({}, async (stage) => {
    const { registry } = stage.node.accounts;
    await stage.enter(new Browser(), "alice");
    await registry.disable("alice");
    const disabled = await stage.enter(new Browser(), "alice");
    assert.equal(disabled.status, 403);
    assert.match(says(disabled), /the account is disabled/);
    await registry.remove("alice");
    const removed = await stage.enter(new Browser(), "alice");
    assert.match(says(removed), /the account is removed/, "no way around it by registering");
  });
});

test("a token for another program is shown to the browser's own page only", async () => {
  await withStage({}, async (stage) => {
    const browser = new Browser();
    await stage.enter(browser, "alice");
    const token = browser.cookies.get("authToken") ?? "";
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${stage.http}/auth/oidc/token`, { method: "POST", headers });
      return { status: response.status, text: await response.text() };
    };
    const Cookie = `authToken=${token}`;
    const shown = await ask({ Cookie, Origin: stage.http });
    assert.equal(shown.status, 200);
    assert.equal(/<pre[^>]*>([^<]*)</.exec(shown.text)?.[1], token);
    for (const headers of [{ Cookie }, { Cookie, Origin: "https://evil.example" }, {}]) {
      const refused = await ask(headers);
      assert.equal(refused.status, 401);
      assert.ok(!refused.text.includes(token));
    }
    const socket = await stage.socket(token);
    socket.sendJson({ type: 1, sender: "alice", content: "hello" });
    await socket.close();
  });
});

test("who is signed in adds an identity to the account, from a page of the node only", async () => {
  await withStage({ registration: "closed" }, async (stage) => {
    const token = await stage.account("carol");
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${stage.http}/auth/oidc/link`, {
        ...{ method: "POST", redirect: "manual", headers },
      });
      await response.body?.cancel();
      return response;
    };
    const Cookie = `authToken=${token}`;
    assert.equal((await ask({ Origin: stage.http })).status, 401, "nobody");
    assert.equal((await ask({ Cookie })).status, 401, "no page");
    assert.equal((await ask({ Cookie, Origin: "https://evil.example" })).status, 401, "another's");
    assert.equal((await ask({ Cookie, Origin: "null" })).status, 401, "a hidden one");
    const begun = await ask({ Cookie, Origin: stage.http });
    assert.equal(begun.status, 303);
    const browser = new Browser();
    const back = await signIn(browser, begun.headers.get("location") ?? "", "alice");
    assert.ok(back instanceof URL);
    const pending = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const linked = await fetch(back, { headers: { Cookie: pending }, redirect: "manual" });
    assert.match(await linked.text(), /sign in to carol by this provider/);
    assert.equal(linked.status, 200);
    await stage.enter(browser, "alice");
    assert.equal(await nameOf(stage, browser), "carol");
    assert.equal(
      (await stage.node.accounts.authenticate("carol", PASSWORD)).name,
      "carol",
      "the password still counts",
    );
  });
});

const ACCOUNT = "/auth/oidc/account";
const NEXT: readonly { readonly why: string; readonly next: string; readonly leads: string }[] = [
  { why: "a path", next: "/rooms?x=1#y", leads: "/rooms?x=1#y" },
  { why: "another host", next: "https://evil.example/", leads: ACCOUNT },
  { why: "another host without a scheme", next: "//evil.example/", leads: ACCOUNT },
  { why: "what browsers read as that", next: "/\\evil.example/", leads: ACCOUNT },
  { why: "a tab that browsers leave out", next: "/\t/evil.example/", leads: ACCOUNT },
  { why: "dots that lead to it", next: "/.//evil.example", leads: ACCOUNT },
  { why: "a script", next: "javascript:alert(1)", leads: ACCOUNT },
  { why: "a header", next: "/\r\nSet-Cookie: a=b", leads: ACCOUNT },
  { why: "far too long", next: `/${"x".repeat(600)}`, leads: ACCOUNT },
  { why: "nothing", next: "", leads: ACCOUNT },
];

test("a login goes on at a path of this node, and nowhere else", async (context) => {
  await withStage({}, async (stage) => {
    for (const { why, next, leads } of NEXT) {
      await context.step(why, async () => {
        const browser = new Browser();
        const query = new URLSearchParams({ next });
        const begun = await browser.ask(`${stage.http}/auth/oidc/login?${query}`);
        const end = await stage.enter(browser, "alice", begun);
        assert.equal(end.headers.get("location"), leads);
      });
    }
  });
});

test("with a public address of https, cookies are for it alone", async () => {
  await withProvider(async ({ issuer }) => {
    const settings = settingsFor(issuer, { oidcRedirectBase: "https://chat.example.org" });
    await withNode(async ({ http }) => {
      const { headers } = await new Browser().ask(`${http}/auth/oidc/login`);
      assert.match(headers.getSetCookie().join(), /^__Host-chatnode-login=.*; Path=\/;.*; Secure$/);
      const { searchParams } = new URL(headers.get("location") ?? "");
      const redirect = searchParams.get("redirect_uri");
      assert.equal(redirect, "https://chat.example.org/auth/oidc/callback");
    }, { settings });
  });
});

test("a provider that is not there keeps nobody from the node", async () => {
  const settings = settingsFor(`http://127.0.0.1:${freePort()}`);
  await withNode(async ({ http, account }) => {
    const page = await new Browser().ask(`${http}/auth/oidc/login`);
    assert.equal(page.status, 502);
    assert.match(says(page), /no connection to its host/);
    assert.equal((await account("alice")).split(".").length, 3);
  }, { settings });
});

test("a node without a provider has none of this", async () => {
  await withNode(async ({ http }) => {
    assert.equal((await new Browser().ask(`${http}/auth/oidc/login`)).status, 404);
  });
});
