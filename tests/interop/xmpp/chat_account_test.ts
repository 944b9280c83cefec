/** Commands of servers and another password, in the terminal's words, with real servers. */
import assert from "node:assert/strict";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { answering, Answers } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const NOTES = "xmpp:admin@localhost/admin@localhost";

for (const kind of KINDS) {
  test(`${kind}: commands of the server, field by field`, async (context) => {
    await withServer(kind, async (server) => {
      await using admin = new Follower(server, "admin");
      await admin.hears("online");
      const name = "add user";

      await context.step("what is offered, and what is not", async () => {
        const list = await admin.session.command("/command", NOTES) ?? "";
        assert.match(list, /^Add User {2}\(http:\/\/jabber\.org\/protocol\/admin#add-user\)$/im);
        assert.match(list, /^\/command NAME does one of them\.$/m);
        assert.match(
          await admin.session.command("/command localhost", NOTES) ?? "",
          /^Add User /im,
        );
        const none = admin.session.command("/command brew tea", NOTES);
        await assert.rejects(none, /Cannot run brew tea: localhost offers no such command/);
      });

      await context.step("a form is asked for in plain lines", async () => {
        const person = new Answers(({ text }) => {
          if (/retyp|again|verif/i.test(text)) return "dave-pw";
          if (/password/i.test(text)) return "dave-pw";
          if (/jid|jabber id|account/i.test(text)) return "dave@localhost";
          return "";
        });
        const done = await admin.session.command(`/command ${name}`, NOTES, person);
        assert.ok(done !== undefined && done !== "");
        const secret = person.asked.filter(({ echo }) => echo === "hidden");
        assert.equal(secret.length, 2, JSON.stringify(person.asked));
        await using dave = new Follower(server, "dave");
        await dave.hears("online");
        // Who is no administrator is told so.
        const refused = dave.session.command(
          "/command http://jabber.org/protocol/admin#add-user",
          "xmpp:dave@localhost/dave@localhost",
        );
        await assert.rejects(
          refused,
          /Cannot run .*: (?:you may not|it is not allowed|localhost offers no such)/,
        );
      });

      await context.step("who gives a question up has done nothing", async () => {
        const given = await admin.session.command(`/command ${name}`, NOTES, answering());
        assert.equal(given, "Given up; nothing was done.");
      });

      await context.step("whom nobody can ask", async () => {
        const nobody = admin.session.command("/command nobody@localhost", NOTES);
        await assert.rejects(nobody, /Cannot ask nobody@localhost for commands: /);
      });
    });
  });

  test(`${kind}: another password`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await alice.hears("online");
      const here = "xmpp:alice@localhost/alice@localhost";
      const change = (...answers: readonly string[]) =>
        alice.session.command("/account password", here, answering(...answers));

      await context.step("not without both, and the same twice", async () => {
        assert.equal(await change(), "The password was not changed.");
        assert.equal(await change("new-secret"), "The password was not changed.");
        await assert.rejects(change("new-secret", "new-secrte"), /the two differ/);
        const typed = alice.session.command("/account password new-secret", here);
        await assert.rejects(typed, { code: "client/password" });
      });

      await context.step("asked where nobody sees it, and it is the one from now on", async () => {
        const person = answering("new-secret", "new-secret");
        const told = await alice.session.command("/account password", here, person);
        assert.equal(told, "The password was changed. It is known.");
        assert.deepEqual(person.asked.map(({ echo }) => echo), ["hidden", "hidden"]);
        await using late = new Follower(server, "alice");
        await eventually("the old one is refused", () => late.session.failure !== undefined);
        assert.match(String(late.session.failure), /the name or the password is wrong/);
      });

      await context.step("one comes back with it", async () => {
        alice.told.length = 0;
        await server.stop();
        await alice.hears("offline");
        await server.start();
        await alice.hears("online");
      });
    });
  });
}

/** The program with JSON lines, and what it says. */
async function run(server: XmppServer, data: string, given: {
  readonly args?: readonly string[];
  readonly password?: string;
  readonly lines: readonly string[];
}) {
  const { args = [], password, lines } = given;
  const result = await runProgram([
    ...["client", "xmpp:alice@localhost", "--json", ...args],
    ...["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`],
    ...["--ca", server.certificates.caFile],
  ], {
    input: lines.map((line) => `${line}\n`).join(""),
    env: {
      ...{ CHATNODE_DATA: data, CHATNODE_VAULT_PASSPHRASE: "a passphrase of tests" },
      ...password === undefined ? {} : { XMPP_PASSWORD: password },
    },
  });
  const said = result.stdout.split("\n").filter((line) => line.startsWith("{"))
    .map((line): Record<string, unknown> => JSON.parse(line));
  const texts = said.filter(({ type }) => type === "chatnode.reply").map(({ text }) => text);
  const questions = said.filter(({ type }) => type === "chatnode.question");
  return { ...result, said, texts, questions };
}

test("programs are asked line by line; a kept password is kept anew", async (context) => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      await context.step("a password, which stands nowhere", async () => {
        const { code, questions, texts, stdout, stderr } = await run(server, data, {
          ...{ password: "alice-pw", args: ["--remember"] },
          lines: ["/account password", '{"answer":"second-secret"}', '{"answer":"second-secret"}'],
        });
        assert.equal(code, 0, stderr);
        assert.deepEqual(questions.map(({ line, secret }) => [line, secret]), [[1, true], [
          1,
          true,
        ]]);
        assert.deepEqual(texts, ["The password was changed. It is kept instead of the old one."]);
        assert.doesNotMatch(stdout + stderr, /second-secret/);
      });
      await context.step("the next run comes in with it", async () => {
        const { code, stderr, texts } = await run(server, data, {
          lines: ["/vcard set name Alice A.", "/vcard", "/whois bob"],
        });
        assert.equal(code, 0, stderr);
        assert.deepEqual(texts.slice(0, 2), ["You say that of yourself now.", "Name: Alice A."]);
        assert.match(String(texts[2]), /^bob@localhost\nNot on your contact list/);
      });
      await context.step("a room that is ended, and one that is not", async () => {
        const { code, said, texts, stderr } = await run(server, data, {
          args: ["--room", "tea@conference.localhost"],
          lines: ["/destroy", '{"body":"on with it"}', "/destroy", '{"answer":"tea"}', "/kick Bob"],
        });
        assert.equal(code, 1, stderr);
        assert.deepEqual(texts, [
          "The room stays.",
          "The room tea@conference.localhost was ended.",
        ]);
        const failed = said.find(({ type }) => type === "chatnode.error");
        assert.deepEqual([failed?.["line"], failed?.["code"]], [5, "client/not-there"]);
      });
    }));
});
