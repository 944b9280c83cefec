/** `chatnode account login`, `logout` and `whoami`, at a real provider. */
import assert from "node:assert/strict";
import { run } from "../../src/commands/cli.ts";
import type { Io } from "../../src/commands/io.ts";
import { openLoopback } from "../../src/commands/login_loopback.ts";
import { systemClock } from "../../src/clock.ts";
import { Browser } from "../harness/browser.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { inTime } from "../harness/eventually.ts";
import { signIn, withProvider } from "../harness/oidc_provider.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { test } from "../harness/test.ts";
import { type MemoryIo, memoryIo } from "./memory_io.ts";

/** In memory but for the clock: the provider's is the real one. */
function ioOf(folder: string, environment: Record<string, string> = {}): Io & MemoryIo {
  const io = memoryIo({ environment: { HOME: folder, CHATNODE_DATA: folder, ...environment } });
  return Object.assign(io, { clock: systemClock }) as unknown as Io & MemoryIo;
}

const PASSPHRASE = { CHATNODE_VAULT_PASSPHRASE: "correct horse" };

interface Started {
  readonly io: MemoryIo;
  readonly code: Promise<number>;
  /** The first address that it shows. */
  readonly address: string;
}

/** Starts `chatnode account login` and waits for the address that it shows. */
async function start(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Started> {
  const io = ioOf(folder, environment);
  const code = run(["account", "login", "--client-id", "terminal", ...args], io);
  await inTime("an address to open", io.stderr.shows(/Waiting/));
  const address = /^(?:Open )?(https?:\/\/\S+)/m.exec(io.stderr.text)?.[1];
  assert.ok(address !== undefined, io.stderr.text);
  return { io, code, address };
}

async function done(folder: string, ...args: string[]): Promise<{ out: string; err: string }> {
  const io = ioOf(folder);
  assert.equal(await run(["account", ...args], io), 0, io.stderr.text);
  return { out: io.stdout.text, err: io.stderr.text };
}

async function refused(folder: string, ...args: string[]): Promise<string> {
  const io = ioOf(folder);
  assert.ok(await run(["account", ...args], io) > 0);
  return io.stderr.text;
}

test("a person signs in through the browser, is known, and signs out", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const { io, code, address } = await start(folder, [
        ...["--provider", issuer, "--redirect-port", "0"],
      ]);
      const browser = new Browser();
      const back = await signIn(browser, address, "alice");
      assert.ok(back instanceof URL);
      const page = await browser.ask(back);
      assert.equal(page.status, 200);
      assert.match(page.text, /You are alice@example\.org\. You can close this page/);
      assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      assert.equal(page.headers.get("cache-control"), "no-store");
      assert.equal(await code, 0, io.stderr.text);
      assert.match(io.stderr.text, /Signed in as alice@example\.org \(http:\/\/127/);
      assert.equal(io.stdout.text, "");

      assert.equal((await done(folder, "whoami")).out, "alice@example.org\n");
      const [login, ...more] = JSON.parse((await done(folder, "whoami", "--json")).out);
      assert.equal(more.length, 0);
      assert.equal(login.issuer, issuer);
      assert.equal(login.renewable, true);
      const { err } = await done(folder, "logout");
      assert.match(err, /^Signed out alice@example\.org/);
      assert.doesNotMatch(err, /does not know/);
      assert.match(await refused(folder, "whoami"), /Nobody is signed in/);
      assert.match(await refused(folder, "logout"), /nobody is signed in/);
    });
  });
});

test("a person signs in with a code on another device", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const { io, code } = await start(folder, ["--provider", issuer, "--device"]);
      assert.match(io.stderr.text, /type the code [A-Z-]{9}/);
      const direct = /or open (\S+)/.exec(io.stderr.text)?.[1] ?? "";
      await signIn(new Browser(), direct, "bob-unverified");
      assert.equal(await inTime("the end of the login", code, 60_000), 0, io.stderr.text);
      assert.match(io.stderr.text, /Signed in as bob-unverified /);
      assert.match(io.stderr.text, /does not vouch for bob-unverified@example\.org/);
      assert.equal((await done(folder, "whoami")).out, "bob-unverified\n");
    });
  });
});

test("several logins are kept; one is current", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      for (const name of ["alice", "bob"]) {
        const started = await start(folder, ["--provider", issuer, "--redirect-port", "0"]);
        const browser = new Browser();
        await browser.ask(await signIn(browser, started.address, name) as URL);
        assert.equal(await started.code, 0);
      }
      assert.equal((await done(folder, "whoami")).out, "bob@example.org\n");
      const rows = (await done(folder, "whoami", "--all")).out.split("\n");
      assert.match(rows[1] ?? "", /^\* +bob@example\.org/);
      assert.match(rows[2] ?? "", /^ +alice@example\.org/);
      assert.match(await refused(folder, "logout", "carol"), /there is none/);
      await done(folder, "logout", "alice@example.org");
      assert.equal((await done(folder, "whoami")).out, "bob@example.org\n");
    });
  });
});

test("with a passphrase, nobody uses a login without it", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const args = ["--provider", issuer, "--redirect-port", "0"];
      const started = await start(folder, args, PASSPHRASE);
      const browser = new Browser();
      await browser.ask(await signIn(browser, started.address, "alice") as URL);
      assert.equal(await started.code, 0);
      assert.match(await refused(folder, "whoami"), /a passphrase protects them/);
      const wrong = ioOf(folder, { CHATNODE_VAULT_PASSPHRASE: "battery staple" });
      assert.equal(await run(["account", "whoami"], wrong), 1);
      assert.match(wrong.stderr.text, /the passphrase is another one/);
      const right = ioOf(folder, PASSPHRASE);
      assert.equal(await run(["account", "whoami"], right), 0);
      assert.equal(right.stdout.text, "alice@example.org\n");
    });
  });
});

test("Ctrl-C ends the wait, and the port is free again", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const { io, code, address } = await start(folder, [
        ...["--provider", issuer, "--redirect-port", "0"],
      ]);
      assert.ok(io.raise("SIGINT"));
      assert.equal(await code, 130);
      const redirect = new URL(new URL(address).searchParams.get("redirect_uri") ?? "");
      await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: Number(redirect.port) }));
    });
  });
});

test("what is missing or wrong is said before anybody signs in", async () => {
  await withDataFolder(async (folder) => {
    assert.match(await refused(folder, "login"), /no provider is named/);
    assert.match(await refused(folder, "login", "--provider", "google"), /no client id/);
    const wrong = await refused(folder, "login", "--provider", "http://id.example.org");
    assert.match(wrong, /neither google nor microsoft/);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    const args = ["--provider", "google", "--client-id", "x", "--redirect-port", String(port)];
    assert.match(await refused(folder, "login", ...args), /port \d+ of this machine: it is taken/);
  });
});

const STRANGERS: readonly {
  readonly why: string;
  readonly line: string;
  readonly host?: string;
  readonly status: number;
}[] = [
  { why: "another state", line: "GET /callback?state=other&code=x", status: 400 },
  { why: "no state", line: "GET /callback?code=x", status: 400 },
  { why: "two states", line: "GET /callback?state=right&state=right", status: 400 },
  { why: "another path", line: "GET /?state=right", status: 404 },
  { why: "another method", line: "POST /callback?state=right", status: 405 },
  {
    why: "another name for this machine",
    line: "GET /callback?state=right",
    host: "evil.example",
    status: 404,
  },
];

for (const { why, line, host, status } of STRANGERS) {
  test("a request that is not the answer changes nothing", async () => {
    const loopback = await openLoopback("127.0.0.1", 0, systemClock);
    try {
      const waiting = loopback.answer("right", new AbortController().signal);
      const own = new URL(loopback.redirectUri);
      const connection = await RawConnection.open(Number(own.port));
      await connection.write(`${line} HTTP/1.1\r\nHost: ${host ?? own.host}\r\n\r\n`);
      const strange = await connection.answer();
      connection.close();
      assert.equal(strange.status, status);
      assert.match(strange.body, /<h1>/);
      const right = fetch(`${loopback.redirectUri}?state=right&code=%3Cb%3E`);
      const answer = await inTime("the right answer", waiting);
      assert.equal(answer.parameters.get("code"), "<b>");
      await answer.show({ title: "<script>alert(1)</script>", text: `a "quoted" & 'text'` });
      const page = await (await right).text();
      assert.match(page, /&#60;script&#62;/);
      assert.match(page, /a &#34;quoted&#34; &#38; &#39;text&#39;/);
      assert.doesNotMatch(page, /<script/);
    } finally {
      await loopback.close();
    }
  }, { why });
}

test("an answer counts once", async () => {
  const loopback = await openLoopback("localhost", 0, systemClock);
  try {
    assert.match(loopback.redirectUri, /^http:\/\/localhost:\d+\/callback$/);
    const waiting = loopback.answer("right", new AbortController().signal);
    const first = fetch(`${loopback.redirectUri}?state=right&code=one`);
    const answer = await waiting;
    const second = await fetch(`${loopback.redirectUri}?state=right&code=two`);
    assert.equal(second.status, 400);
    await second.body?.cancel();
    await answer.show({ title: "Signed in", text: "." });
    await (await first).body?.cancel();
  } finally {
    await loopback.close();
  }
});
