/** Commands of servers and another password, in the terminal's words, with real servers. */
import assert from "node:assert/strict";
import { test } from "../../harness/test.ts";
import { eventually } from "../../harness/eventually.ts";
import { answering, Answers } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

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
