/** Coming in: every transport, certificate and mechanism, with real servers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemRandom } from "../../../src/accounts/random.ts";
import { FileVault } from "../../../src/accounts/vault/file_vault.ts";
import { systemClock } from "../../../src/clock.ts";
import { installationOf } from "../../../src/commands/xmpp/installation.ts";
import { KeptToken } from "../../../src/commands/xmpp/kept_token.ts";
import { XmppError } from "../../../src/transports/xmpp/errors.ts";
import { xml } from "../../../src/transports/xmpp/xml.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient, type XmppClientOptions } from "../../harness/xmpp_client.ts";
import { freePort } from "../../harness/free_ports.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

type Given = Partial<XmppClientOptions>;

function starttls({ ports }: XmppServer): string {
  return `xmpp://127.0.0.1:${ports.starttls}`;
}

/** Comes in, asks something, leaves; gives the mechanism. */
async function comesIn(server: XmppServer, given: Given = {}): Promise<string | undefined> {
  const { ca } = server.certificates;
  const options = { user: "alice", service: starttls(server), ca, ...given };
  await using client = await new XmppClient(options).online();
  await client.session.request("get", xml("query", "http://jabber.org/protocol/disco#info"), {
    to: client.session.account.split("@")[1] ?? "",
  });
  return client.session.mechanism;
}

/** Does not come in; gives why. */
async function staysOut(server: XmppServer, given: Given = {}): Promise<XmppError> {
  const { ca } = server.certificates;
  await using client = new XmppClient({ user: "alice", service: starttls(server), ca, ...given });
  const error = await client.failure();
  assert.ok(error instanceof XmppError, String(error));
  return error;
}

for (const kind of KINDS) {
  test(`${kind}: comes in over every transport`, async (context) => {
    await withServer(kind, async (server) => {
      const strongest = kind === "prosody" ? "SCRAM-SHA-1" : "SCRAM-SHA-512";
      const services = [starttls(server), `xmpps://127.0.0.1:${server.ports.direct}`, server.wss];
      for (const service of services) {
        await context.step(service.split(":")[0] ?? "", async () => {
          assert.equal(await comesIn(server, { service }), strongest);
        });
      }
      await context.step("anonymous", async () => {
        const nobody = { domain: "anon.test", credentials: { kind: "anonymous" } } as const;
        assert.equal(await comesIn(server, nobody), "ANONYMOUS");
      });
      await context.step("a password beyond ASCII", async () => {
        const password = "pa\u20acs\u65e5\u00e9";
        await server.register("uni", "localhost", password);
        const credentials = { kind: "password", username: "uni", password } as const;
        assert.equal(await comesIn(server, { user: "uni", credentials }), strongest);
      });
      await context.step("a wrong password", async () => {
        const credentials = { kind: "password", username: "alice", password: "wrong" } as const;
        assert.equal((await staysOut(server, { credentials })).code, "xmpp/credentials");
      });
      await context.step("an unknown domain", async () => {
        assert.equal((await staysOut(server, { domain: "nobody.test" })).code, "xmpp/stream");
      });
      await context.step("a WebSocket without encryption", async () => {
        assert.equal((await staysOut(server, { service: server.ws })).code, "xmpp/insecure");
        const insecure = { service: server.ws, privacy: "insecure-plaintext" } as const;
        assert.equal(await comesIn(server, insecure), strongest);
      });
      await context.step("an authority that nobody knows", async () => {
        const error = await staysOut(server, { tls: {} });
        assert.equal(error.code, "xmpp/certificate");
        assert.match(error.message, /nobody here knows the authority/);
        assert.ok(error.hint?.includes(await server.certificates.fingerprint("good")));
      });
    });
  });
}

const CERTIFICATES: readonly {
  readonly domain: string;
  readonly name: "selfsigned" | "expired" | "wrongname";
  readonly says: RegExp;
}[] = [
  { domain: "selfsigned.test", name: "selfsigned", says: /it is self-signed$/ },
  { domain: "expired.test", name: "expired", says: /it has expired on 2020-02-01$/ },
  { domain: "wrongname.test", name: "wrongname", says: /another name \(somebody-else\.example\)$/ },
];

for (const kind of KINDS) {
  test(`${kind}: where nothing else answers, the WebSocket that the domain names`, async () => {
    await withServer(kind, async (server) => {
      const closed = freePort();
      const asked: string[] = [];
      const links = [
        // Neither is taken: one is not encrypted, and one is another way.
        { rel: "urn:xmpp:alt-connections:websocket", href: server.ws },
        { rel: "urn:xmpp:alt-connections:xbosh", href: "https://localhost:1/bosh" },
        { rel: "urn:xmpp:alt-connections:websocket", href: server.wss },
      ];
      await using client = await new XmppClient({
        ...{ user: "alice", ca: server.certificates.ca },
        resolve: (name) => {
          asked.push(name);
          return name.startsWith("_xmpps-")
            ? Promise.reject(new Error("no such name"))
            : Promise.resolve([{ target: "127.0.0.1", port: closed, priority: 0, weight: 0 }]);
        },
        fetch: (url) => {
          asked.push(String(url));
          return Promise.resolve(Response.json({ links }));
        },
      }).online();
      assert.ok(client.session.isOnline);
      assert.deepEqual(asked.toSorted(), [
        "_xmpp-client._tcp.localhost.",
        "_xmpps-client._tcp.localhost.",
        "https://localhost/.well-known/host-meta.json",
      ]);
    });
  });
}

test("ejabberd as old servers are: DIGEST-MD5, and a password that is wrong", async () => {
  await withServer("ejabberd", async (server) => {
    const domain = "md5.test";
    await server.register("alice", domain, "pa\u20acs wort");
    const credentials = {
      kind: "password",
      username: "alice",
      password: "pa\u20acs wort",
    } as const;
    assert.equal(await comesIn(server, { domain, credentials }), "DIGEST-MD5");
    const wrong = { ...credentials, password: "wrong" };
    assert.equal((await staysOut(server, { domain, credentials: wrong })).code, "xmpp/credentials");
  });
});

test("bad certificates are told apart, and can be pinned", async (context) => {
  await withServer("prosody", async (server) => {
    const good = await server.certificates.fingerprint("good");
    for (const { domain, name, says } of CERTIFICATES) {
      await context.step(domain, async () => {
        const error = await staysOut(server, { domain });
        assert.equal(error.code, "xmpp/certificate");
        assert.match(error.message, says);
        const fingerprint = await server.certificates.fingerprint(name);
        assert.ok(error.hint?.includes(fingerprint));
        assert.equal(
          await comesIn(server, { domain, tls: { pins: [fingerprint] } }),
          "SCRAM-SHA-1",
        );
        const other = await staysOut(server, { domain, tls: { pins: [good] } });
        assert.equal(other.code, "xmpp/certificate");
      });
    }
  });
});

test("a good certificate is good for its own domains alone, whatever host was dialled", async () => {
  await withServer("prosody", async (server) => {
    const { folder } = server.certificates;
    const [cert, key] = ["good.chain.crt", "good.key"].map((name) => join(folder, name));
    // The certificate is for 127.0.0.1 and for localhost, too: neither is whose account it is.
    await using other = await TlsServer.start(cert ?? "", key ?? "");
    const service = `xmpps://127.0.0.1:${other.port}`;
    const error = await staysOut(server, { domain: "elsewhere.test", service });
    assert.equal(error.code, "xmpp/certificate", error.message);
    assert.match(error.message, /another name/);
  });
});

test("encryption is asked for, and missed", async (context) => {
  await withServer("prosody", async (server) => {
    await context.step("offered and not required", async () => {
      assert.equal(await comesIn(server, { domain: "opttls.test" }), "SCRAM-SHA-1");
    });
    await context.step("not offered", async () => {
      const error = await staysOut(server, { domain: "notls.test" });
      assert.equal(error.code, "xmpp/insecure");
    });
    await context.step("not offered, and that is said to be well", async () => {
      const given = { domain: "notls.test", privacy: "insecure-plaintext" } as const;
      assert.equal(await comesIn(server, given), "SCRAM-SHA-1");
    });
  });
});

test("mechanisms of Prosody: SCRAM-SHA-256, certificates, tokens", async (context) => {
  await withServer("prosody", async (server) => {
    await context.step("SCRAM-SHA-256", async () => {
      assert.equal(await comesIn(server, { domain: "sha256.test" }), "SCRAM-SHA-256");
    });
    await context.step("EXTERNAL", async () => {
      const { folder, ca } = server.certificates;
      const read = (name: string): Promise<string> => Deno.readTextFile(join(folder, name));
      const certificate = { cert: await read("alice.chain.crt"), key: await read("alice.key") };
      const credentials = { kind: "certificate", username: "alice" } as const;
      const given = { domain: "external.test", credentials, tls: { ca, certificate } };
      assert.equal(await comesIn(server, given), "EXTERNAL");
    });
    await context.step("FAST: a token, then without the password, then no longer", async () => {
      await withDataFolder(async (folder) => {
        // Each run knows nothing but what lies in the folder.
        const installation = await installationOf(folder, () => crypto.randomUUID());
        const domain = "sasl2.test";
        const given = () => ({ domain, tokens: keptIn(folder, installation), installation });
        assert.equal(await comesIn(server, given()), "SCRAM-SHA-1");
        const credentials = { kind: "password", username: "alice", password: "forgotten" } as const;
        assert.equal(await comesIn(server, { ...given(), credentials }), "HT-SHA-256-NONE");
        assert.equal(await comesIn(server, { ...given(), credentials }), "HT-SHA-256-NONE");
        const token = await keptIn(folder, installation).load();
        assert.equal(token?.count, 2);
        await keptIn(folder, installation).save({ ...token, token: "made up" });
        assert.equal(await comesIn(server, given()), "SCRAM-SHA-1");
        assert.notEqual((await keptIn(folder, installation).load())?.token, "made up");
      });
    });
  });
});

test("a server that shows the pinned certificate without its key is refused", async () => {
  await withServer("prosody", async ({ certificates }) => {
    const { folder } = certificates;
    const key = join(folder, "impostor.key");
    await Deno.writeTextFile(key, await keyOfSomebodyElse(folder));
    await using impostor = await TlsServer.start(join(folder, "selfsigned.crt"), key);
    await using client = new XmppClient({
      user: "alice",
      domain: "selfsigned.test",
      service: `xmpps://127.0.0.1:${impostor.port}`,
      tls: { pins: [await certificates.fingerprint("selfsigned")] },
    });
    const error = await client.failure();
    assert.ok(error instanceof XmppError && error.code === "xmpp/certificate", String(error));
    assert.equal(client.all("online").length, 0);
  });
});

/** A TLS server that shows a certificate, whether the key is its own or not; it speaks no XMPP. */
class TlsServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(cert: string, key: string): Promise<TlsServer> {
    const port = freePort();
    const child = new Deno.Command("openssl", {
      args: [
        ...["s_server", "-accept", `127.0.0.1:${port}`, "-quiet"],
        ...["-cert", cert, "-cert_chain", cert, "-key", key],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await eventually("the server listens", async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return true;
      } catch {
        return false;
      }
    });
    return new TlsServer(port, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

/** OpenSSL compares public keys alone: a key with the right public and a wrong private half. */
async function keyOfSomebodyElse(folder: string): Promise<string> {
  const der = async (name: string): Promise<Uint8Array> => {
    const args = ["ec", "-in", join(folder, `${name}.key`), "-outform", "DER"];
    return (await new Deno.Command("openssl", { args, stderr: "null" }).output()).stdout;
  };
  const [own, other] = [await der("selfsigned"), await der("good")];
  // ECPrivateKey (RFC 5915): the private half is the OCTET STRING at byte 7.
  const mixed = new Uint8Array([
    ...own.subarray(0, 7),
    ...other.subarray(7, 39),
    ...own.subarray(39),
  ]);
  const base64 = btoa(String.fromCharCode(...mixed)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN EC PRIVATE KEY-----\n${base64}\n-----END EC PRIVATE KEY-----\n`;
}

function keptIn(folder: string, installation: string): KeptToken {
  const path = join(folder, "vault");
  const vault = new FileVault({ folder: path, clock: systemClock, random: systemRandom });
  return new KeptToken({ vault, name: "xmpp-token:alice@sasl2.test", installation });
}
