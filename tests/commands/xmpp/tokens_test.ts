/** Tokens (FAST): used, counted, replaced, dropped, and kept between runs as secrets are. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { systemRandom } from "../../../src/accounts/random.ts";
import type { Vault } from "../../../src/accounts/vault/contract.ts";
import { FileVault } from "../../../src/accounts/vault/file_vault.ts";
import { systemClock } from "../../../src/clock.ts";
import { installationOf } from "../../../src/commands/xmpp/installation.ts";
import { KeptToken } from "../../../src/commands/xmpp/kept_token.ts";
import { tokenName } from "../../../src/commands/xmpp/secret_name.ts";
import type { FastToken } from "../../../src/transports/xmpp/sasl/hashed_token.ts";
import type { XmppError } from "../../../src/transports/xmpp/errors.ts";
import { FIRST_CERTIFICATE } from "../../harness/certificates.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { type Peer, ScriptedServer } from "../../transports/xmpp/scripted_server.ts";

const SASL2 = "urn:xmpp:sasl:2";
const FAST = "urn:xmpp:fast:0";
const NAME = tokenName("alice@localhost");
const INSTALLATION = "0b5f8b1e-6a3c-4f6e-9d43-2f1c0f9e7a11";
const LATER = "2126-01-01T00:00:00Z";
const FEATURES = `<authentication xmlns='${SASL2}'><mechanism>PLAIN</mechanism><inline>` +
  `<fast xmlns='${FAST}'><mechanism>HT-SHA-256-NONE</mechanism></fast>` +
  "<bind xmlns='urn:xmpp:bind:0'/></inline></authentication>";

/** What a server makes of a token. */
type Verdict = "good" | "refused" | "busy" | "unproven";

/** A server with one token for alice, as its operator sees it. */
class TokenServer implements AsyncDisposable {
  readonly server: ScriptedServer;
  /** How each login went: its mechanism, and the count that came with a token. */
  readonly logins: string[] = [];
  readonly installations = new Set<string>();
  verdict: Verdict = "good";
  /** The token that goes out with the next login. */
  next: string | undefined = "first";
  #token = "";
  #count = 0;

  constructor() {
    this.server = new ScriptedServer((peer) => this.#serve(peer), FIRST_CERTIFICATE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  async #serve(peer: Peer): Promise<void> {
    await peer.opens(FEATURES);
    const [asked = "", mechanism = ""] = await peer.hears(
      /<authenticate [^>]*mechanism="([^"]+)".*?<\/authenticate>/,
    );
    this.installations.add(/<user-agent id="([^"]+)"/.exec(asked)?.[1] ?? "");
    const said = atob(/<initial-response>([^<]*)</.exec(asked)?.[1] ?? "");
    const proof = mechanism === "PLAIN" ? "" : this.#byToken(asked, said);
    this.logins.push(mechanism === "PLAIN" ? "PLAIN" : `token ${this.#count}`);
    if (proof === undefined) {
      const condition = this.verdict === "busy" ? "temporary-auth-failure" : "not-authorized";
      await peer.say(
        `<failure xmlns='${SASL2}'><${condition} ` +
          "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>",
      );
      return await peer.left();
    }
    const data = proof === "" ? "" : `<additional-data>${proof}</additional-data>`;
    await peer.say(
      `<success xmlns='${SASL2}'>${data}${this.#fresh()}<authorization-identifier>` +
        "alice@localhost/x</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>" +
        "<stream:features/>",
    );
    await peer.left();
  }

  /** The server's own proof; undefined for who is not let in. */
  #byToken(asked: string, said: string): string | undefined {
    const count = Number(/<fast [^>]*count="(\d+)"/.exec(asked)?.[1]);
    const isAgain = !(count > this.#count);
    this.#count = count;
    const hmac = (who: string) => createHmac("sha256", this.#token).update(who);
    const isRight = said === `alice\0${hmac("Initiator").digest().toString("latin1")}`;
    if (isAgain || !isRight || this.verdict === "refused" || this.verdict === "busy") {
      return undefined;
    }
    return hmac(this.verdict === "unproven" ? "Nobody" : "Responder").digest("base64");
  }

  #fresh(): string {
    if (this.next === undefined) return "";
    this.#token = this.next;
    this.#count = 0;
    this.next = undefined;
    return `<token xmlns='${FAST}' token='${this.#token}' expiry='${LATER}'/>`;
  }
}

function vaultIn(folder: string): FileVault {
  const path = join(folder, "vault");
  return new FileVault({ folder: path, clock: systemClock, random: systemRandom });
}

/** One run of a client: everything that it knows comes from the folder. */
async function run(
  server: TokenServer,
  folder: string,
  vault: Vault = vaultIn(folder),
): Promise<XmppError | undefined> {
  const installation = await installationOf(folder, () => crypto.randomUUID());
  await using client = new XmppClient({
    user: "alice",
    service: server.server.service,
    ca: FIRST_CERTIFICATE.cert,
    installation,
    tokens: new KeptToken({ vault, name: NAME, installation }),
  });
  try {
    await client.online();
  } catch (error) {
    return error as XmppError;
  }
  return undefined;
}

async function keptIn(folder: string): Promise<Partial<FastToken>> {
  return JSON.parse(await vaultIn(folder).get(NAME) ?? "{}");
}

test("a token is kept between runs, and each use has a number of its own", async () => {
  await withDataFolder(async (folder) => {
    await using server = new TokenServer();
    for (let at = 0; at < 4; at++) assert.equal(await run(server, folder), undefined);
    assert.deepEqual(server.logins, ["PLAIN", "token 1", "token 2", "token 3"]);
    assert.equal(server.installations.size, 1);
    const { mode } = await Deno.stat(join(folder, "vault", "secrets"));
    assert.equal((mode ?? 0) & 0o077, 0);
    assert.equal((((await Deno.stat(join(folder, "installation"))).mode) ?? 0) & 0o077, 0);
    const text = await Deno.readTextFile(join(folder, "vault", "secrets"));
    assert.doesNotMatch(text, /first/);
  });
});

test("a token that the server replaces is counted anew", async () => {
  await withDataFolder(async (folder) => {
    await using server = new TokenServer();
    await run(server, folder);
    await run(server, folder);
    server.next = "second";
    await run(server, folder);
    await run(server, folder);
    assert.deepEqual(server.logins, ["PLAIN", "token 1", "token 2", "token 1"]);
    assert.equal((await keptIn(folder)).token, "second");
  });
});

test("a refused token is dropped, and the password takes its place", async () => {
  await withDataFolder(async (folder) => {
    await using server = new TokenServer();
    await run(server, folder);
    server.verdict = "refused";
    assert.equal(await run(server, folder), undefined);
    assert.deepEqual(server.logins, ["PLAIN", "token 1", "PLAIN"]);
    assert.equal(await vaultIn(folder).get(NAME), undefined);
  });
});

test("a server that cannot check a token for now costs neither token nor count", async () => {
  await withDataFolder(async (folder) => {
    await using server = new TokenServer();
    await run(server, folder);
    server.verdict = "busy";
    assert.equal((await run(server, folder))?.code, "xmpp/credentials");
    server.verdict = "good";
    assert.equal(await run(server, folder), undefined);
    assert.deepEqual(server.logins, ["PLAIN", "token 1", "token 2"]);
  });
});

test("a server that does not know the token itself gets nothing more", async () => {
  await withDataFolder(async (folder) => {
    await using server = new TokenServer();
    await run(server, folder);
    server.verdict = "unproven";
    assert.equal((await run(server, folder))?.code, "xmpp/server-proof");
    assert.deepEqual(server.logins, ["PLAIN", "token 1"]);
  });
});

const UNUSABLE: readonly { readonly why: string; readonly kept: string }[] = [
  { why: "no JSON", kept: "{secret" },
  { why: "something else", kept: "[]" },
  { why: "of another installation", kept: token({ installation: crypto.randomUUID() }) },
  { why: "of an unknown mechanism", kept: token({ mechanism: "HT-MD5-NONE" }) },
  { why: "without a count", kept: token({ count: "many" }) },
  { why: "over", kept: token({ expires: 1 }) },
];

function token(given: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    ...{ mechanism: "HT-SHA-256-NONE", token: "old", expires: 4_000_000_000_000, count: 3 },
    ...{ installation: INSTALLATION, ...given },
  });
}

for (const { why, kept } of UNUSABLE) {
  test(`a kept token is not used: ${why}`, async () => {
    await withDataFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "installation"), `${INSTALLATION}\n`);
      await vaultIn(folder).set(NAME, kept);
      await using server = new TokenServer();
      assert.equal(await run(server, folder), undefined);
      assert.deepEqual(server.logins, ["PLAIN"]);
    });
  });
}

test("a vault that stays closed keeps nobody out, and keeps nothing", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "vault");
    const parts = { folder: path, clock: systemClock, random: systemRandom };
    const cost = { ln: 10, r: 8, p: 1 };
    await new FileVault({ ...parts, passphrase: "open", cost }).set("other", "one");
    await using server = new TokenServer();
    assert.equal(await run(server, folder, new FileVault(parts)), undefined);
    assert.equal(await run(server, folder, new FileVault(parts)), undefined);
    assert.deepEqual(server.logins, ["PLAIN", "PLAIN"]);
  });
});

test("an installation whose file is damaged is a new one", async () => {
  await withDataFolder(async (folder) => {
    const first = await installationOf(folder, () => crypto.randomUUID());
    assert.equal(await installationOf(folder, () => "unused"), first);
    await Deno.writeTextFile(join(folder, "installation"), "../../etc");
    const second = await installationOf(folder, () => crypto.randomUUID());
    assert.notEqual(second, first);
    assert.equal(await installationOf(folder, () => "unused"), second);
  });
});
