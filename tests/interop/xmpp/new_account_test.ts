/** Accounts that are made before there is a login (XEP-0077), with real servers. */
import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { makeAccount } from "../../../src/commands/xmpp/new_account.ts";
import { parseTarget } from "../../../src/transports/xmpp/dial/target.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { answering, type Answers } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const PASSWORD = "erin-secret";

function made(server: XmppServer, username: string, domain: string, asking: Answers) {
  return makeAccount({
    ...{ domain, username, password: PASSWORD, asking, clock: systemClock },
    target: parseTarget(`xmpp://127.0.0.1:${server.ports.starttls}`),
    tls: { ca: server.certificates.ca },
    resolve: () => Promise.reject(new Error("tests do not look names up")),
    fetch: () => Promise.reject(new Error("tests do not look names up")),
    random: Math.random,
    uuid: () => crypto.randomUUID(),
  }, new AbortController().signal);
}

async function run(server: XmppServer, args: readonly string[], env: Record<string, string>) {
  return await withDataFolder((data) =>
    runProgram([
      ...["client", ...args, "--register", "--json"],
      ...["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`],
      ...["--ca", server.certificates.caFile],
    ], { input: "", env: { CHATNODE_DATA: data, ...env } })
  );
}

for (const kind of KINDS) {
  test(`${kind}: the program makes an account and comes in with it`, async (context) => {
    await withServer(kind, async (server) => {
      await context.step("a name that nobody has", async () => {
        const { code, stdout, stderr } = await run(server, ["xmpp:erin@localhost"], {
          XMPP_PASSWORD: PASSWORD,
        });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /chatnode: registered erin@localhost\./);
        assert.match(stdout, /"type":"chatnode.online"/);
        await using erin = new Follower(server, "erin", { password: PASSWORD });
        await erin.hears("online");
      });
      await context.step("and one that somebody has", async () => {
        const { code, stderr } = await run(server, ["xmpp:alice@localhost"], {
          XMPP_PASSWORD: PASSWORD,
        });
        assert.equal(code, 1);
        assert.match(stderr, /Cannot register alice@localhost: somebody has that name/);
        assert.doesNotMatch(stderr, new RegExp(PASSWORD));
      });
      await context.step("without a password nothing is made", async () => {
        const { code, stderr } = await run(server, ["xmpp:frank@localhost"], {});
        assert.equal(code, 2);
        assert.match(stderr, /Cannot ask for a new password: stdin is no terminal/);
      });
    });
  });
}

test("new accounts: what is refused, and what is asked besides", async (context) => {
  await withServer("prosody", async (server) => {
    await context.step("where the server does not offer it", async () => {
      const refused = made(server, "erin", "sha256.test", answering());
      await assert.rejects(refused, {
        code: "xmpp/unsupported",
        message: "Cannot register: sha256.test lets nobody register this way",
      });
    });
    await context.step("what the server wants besides is asked for", async () => {
      const person = answering("erin@example.org");
      await made(server, "erin", "opttls.test", person);
      assert.deepEqual(person.asked.map(({ text }) => text), ["Email"]);
    });
    await context.step("who gives that up has no account", async () => {
      const given = made(server, "frank", "opttls.test", answering());
      await assert.rejects(given, { code: "client/register" });
      await made(server, "frank", "opttls.test", answering("frank@example.org"));
    });
    await context.step("and a program is told what it lacks", async () => {
      const { code, stderr } = await run(server, ["xmpp:grace@opttls.test"], {
        XMPP_PASSWORD: PASSWORD,
      });
      assert.equal(code, 2);
      assert.match(stderr, /Cannot register: "Email" is asked, and nobody is there/);
    });
    await context.step("it is for XMPP accounts, one at a time", async () => {
      const two = await run(server, ["xmpp:a@localhost", "xmpp:b@localhost", "--headless"], {
        XMPP_PASSWORD: PASSWORD,
      });
      assert.equal(two.code, 2);
      assert.match(two.stderr, /one account at a time/);
      const other = await runProgram(["client", "tcp://127.0.0.1:9", "--register"], { input: "" });
      assert.equal(other.code, 2);
      assert.match(other.stderr, /for XMPP accounts alone/);
    });
  });
});
