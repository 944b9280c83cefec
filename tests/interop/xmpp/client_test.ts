/** `chatnode client xmpp:...`, the real program, with real servers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { MessageEvent } from "../../../src/transports/xmpp/features/messages.ts";
import { messages } from "../../../src/transports/xmpp/features/messages.ts";
import type { InvitationEvent } from "../../../src/transports/xmpp/features/invitations.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of stdout. */
  readonly lines: Record<string, unknown>[];
}

async function run(
  server: XmppServer,
  args: readonly string[],
  { input = "", env = {} }: {
    readonly input?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Run> {
  const where = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
  const ca = ["--ca", server.certificates.caFile];
  const result = await withDataFolder((data) =>
    runProgram(["client", ...args, ...where, ...ca], {
      input,
      env: { XMPP_PASSWORD: "alice-pw", CHATNODE_DATA: data, ...env },
    })
  );
  const lines = result.stdout.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  return { ...result, lines };
}

function bobOf(server: XmppServer): XmppClient {
  return new XmppClient({
    user: "bob",
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

for (const kind of KINDS) {
  test(`${kind}: scripts send and hear JSON lines`, async () => {
    await withServer(kind, async (server) => {
      await using bob = await bobOf(server).online();
      const input = [
        '{"to":"bob@localhost","body":"hi"}',
        '{"to":"bob","body":"waves",' +
        '"msgtype":"m.emote"}',
      ].map((line) => `${line}\n`).join("");
      const { code, lines, stderr } = await run(server, ["xmpp:alice@localhost", "--json"], {
        input,
      });
      assert.equal(code, 0, stderr);
      const sent = lines.filter(({ type }) => type === "chatnode.sent");
      assert.deepEqual(sent.map(({ line, room }) => [line, room]), [
        [1, "xmpp:alice@localhost/bob@localhost"],
        [2, "xmpp:alice@localhost/bob@localhost"],
      ]);
      const first = await bob.heard<MessageEvent>(
        "message",
        ({ message }) => message.body === "hi",
      );
      assert.equal(first.message.peer, "alice@localhost");
      const second = await bob.heard<MessageEvent>("message", ({ message }) => message.isAction);
      assert.equal(second.message.body, "waves");
    });
  });
}

test("the client's text form, its answers, and what it says of mistakes", async (context) => {
  await withServer("prosody", async (server) => {
    await context.step("lines of a pipe go to one person", async () => {
      await using bob = await bobOf(server).online();
      const args = ["xmpp:alice@localhost", "--to", "bob@localhost"];
      const { code, stderr } = await run(server, args, { input: "one\ntwo\n" });
      assert.equal(code, 0, stderr);
      await bob.heard<MessageEvent>("message", ({ message }) => message.body === "two");
      assert.deepEqual(bob.all<MessageEvent>("message").map(({ message }) => message.body), [
        "one",
        "two",
      ]);
    });
    await context.step("what was said while nobody listened comes at once", async () => {
      await using bob = await bobOf(server).online();
      await bob.session.use(messages).send({ to: "alice@localhost", body: "are you there?" })
        .accepted;
      const { lines } = await run(server, ["xmpp:alice@localhost", "--json"], {
        input: '/history 5\n{"to":"bob@localhost","body":"yes"}\n',
      });
      const heard = lines.find(({ type }) => type === "m.room.message");
      assert.deepEqual(
        [heard?.["sender_id"], (heard?.["content"] as { body?: string })?.body],
        ["bob@localhost", "are you there?"],
      );
    });
    await context.step("a room, by its commands", async () => {
      await using bob = await bobOf(server).online();
      const args = ["xmpp:alice@localhost", "--json", "--room", "tea@conference.localhost"];
      const { code, lines, stderr } = await run(server, args, {
        input: [
          '{"body":"anybody?"}',
          "/who",
          "/invite bob@localhost",
          "/join cake@conference.localhost Al",
          '{"room":"xmpp:alice@localhost/cake@conference.localhost","body":"hm"}',
          "/leave xmpp:alice@localhost/cake@conference.localhost",
        ].map((line) => `${line}\n`).join(""),
      });
      assert.equal(code, 0, stderr);
      const room = "xmpp:alice@localhost/tea@conference.localhost";
      const sent = lines.filter(({ type }) => type === "chatnode.sent");
      assert.equal(sent[0]?.["room"], room);
      const who = lines.find(({ type }) => type === "chatnode.who");
      assert.equal((who?.["people"] as readonly unknown[]).length, 1);
      await bob.heard<InvitationEvent>(
        "invitation",
        ({ room }) => room === "tea@conference.localhost",
      );
    });
    await context.step("the names that existing users have set", async () => {
      const env = { XMPP_USERNAME: "alice", XMPP_SERVER: "localhost", XMPP_RESOURCE: "desk" };
      const { code, lines, stderr } = await run(server, ["xmpp:", "--json"], { env });
      assert.equal(code, 0, stderr);
      const online = lines.find(({ type }) => type === "chatnode.online");
      assert.equal((online?.["you"] as { address?: string })?.address, "alice@localhost");
    });
    await context.step("a wrong password", async () => {
      const { code, stderr } = await run(server, ["xmpp:alice@localhost", "--json"], {
        env: { XMPP_PASSWORD: "wrong-secret" },
        input: '{"to":"bob@localhost","body":"hi"}\n',
      });
      assert.equal(code, 1);
      assert.match(stderr, /Cannot log in: the name or the password is wrong/);
      assert.doesNotMatch(stderr, /wrong-secret/);
    });
    await context.step("a password that is remembered once it has worked", async () => {
      await withDataFolder(async (folder) => {
        const env = { XMPP_PASSWORD: "", CHATNODE_DATA: folder };
        const args = ["xmpp:alice@localhost", "--json"];
        const wrong = { ...env, XMPP_PASSWORD: "wrong" };
        assert.equal((await run(server, [...args, "--remember"], { env: wrong })).code, 1);
        assert.equal((await run(server, args, { env })).code, 2);
        const right = { ...env, XMPP_PASSWORD: "alice-pw" };
        const input = '{"to":"bob@localhost","body":"hi"}\n';
        const kept = await run(server, [...args, "--remember"], { env: right, input });
        assert.equal(kept.code, 0, kept.stderr);
        const later = await run(server, args, { env, input });
        assert.equal(later.code, 0, later.stderr);
        const files = Array.fromAsync(Deno.readDir(join(folder, "vault")));
        for (const { name } of await files) {
          const text = await Deno.readFile(join(folder, "vault", name));
          assert.ok(!new TextDecoder("latin1").decode(text).includes("alice-pw"));
        }
      });
    });
    await context.step("a pinned certificate", async () => {
      const fingerprint = await server.certificates.fingerprint("expired");
      const args = ["xmpp:alice@expired.test", "--json", "--pin", fingerprint];
      const { code, stderr } = await run(server, args);
      assert.equal(code, 0, stderr);
    });
    await context.step("an expired one", async () => {
      const { code, stderr } = await run(server, ["xmpp:alice@expired.test", "--json"]);
      assert.equal(code, 1);
      assert.match(stderr, /it has expired on 2020-02-01/);
    });
    await context.step("no account and no password", async () => {
      const unnamed = await run(server, ["xmpp:", "--json"]);
      assert.equal(unnamed.code, 2);
      assert.match(unnamed.stderr, /no XMPP account is named/);
      const without = await run(server, ["xmpp:alice@localhost", "--json"], {
        env: { XMPP_PASSWORD: "" },
      });
      assert.equal(without.code, 2);
      assert.match(without.stderr, /Set XMPP_PASSWORD/);
      await withDataFolder(async (folder) => {
        const file = join(folder, "password");
        await Deno.writeTextFile(file, "alice-pw\n");
        const args = ["xmpp:alice@localhost", "--json", "--password-file", file];
        const from = await run(server, args, { env: { XMPP_PASSWORD: "" } });
        assert.equal(from.code, 0, from.stderr);
      });
    });
  });
});
