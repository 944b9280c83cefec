/** Servers and what belongs to them, in the terminal's words, with real ones. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { answering } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const HERE = "xmpp:alice@localhost/alice@localhost";

for (const kind of KINDS) {
  test(`${kind}: what the server is, and what belongs to it`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      const says = (text: string, ...answers: string[]) =>
        alice.session.command(text, HERE, answering(...answers));

      await context.step("the server", async () => {
        const text = await says("/server") ?? "";
        assert.match(text, /^localhost\n(?:Is .*\n)*Is server\/im /);
        assert.match(text, new RegExp(`^Runs ${kind}`, "im"));
        assert.match(text, /^Up for \d+ /m);
        assert.match(text, /^For abuse: mailto:abuse@localhost$/m);
        assert.equal([...text.matchAll(/^Has conference\.localhost/gm)].length, 1);
        assert.match(await says("/server conference.localhost") ?? "", /^Is conference\/text/m);
        await assert.rejects(says("/server nowhere.localhost"), /Cannot ask nowhere\.localhost: /);
      });

      await context.step("rooms that there are", async () => {
        assert.equal(await says("/browse"), "conference.localhost tells of no rooms.");
        const room = "xmpp:alice@localhost/tea@conference.localhost";
        await alice.session.join(room, { nick: "Alice" });
        await alice.session.command("/config publicroom yes", room);
        assert.match(await says("/browse") ?? "", /^tea@conference\.localhost/m);
        assert.match(await says("/browse conference.localhost") ?? "", /^tea@conf/m);
      });

      await context.step("whether somebody answers", async () => {
        assert.match(await says("/ping") ?? "", /^localhost answered after \d+ ms\.$/);
        const full = bob.session.xmpp.jid?.full ?? "";
        assert.equal((await says(`/ping ${full}`))?.startsWith(`${full} answered after`), true);
        // Prosody without connections to other servers says what also who cannot be pinged says.
        const nowhere = says("/ping nowhere.localhost");
        if (kind === "ejabberd") await assert.rejects(nowhere, /Cannot reach nowhere\.localhost: /);
        else await nowhere;
      });

      await context.step("registering, where one is and where nobody does", async () => {
        const person = answering();
        const given = await alice.session.command("/register localhost", HERE, person);
        assert.equal(given, "Given up; nothing was done.");
        assert.equal(person.told[0], "You are registered with localhost already.");
        const nobody = says("/register upload.localhost", "x", "y");
        await assert.rejects(nobody, /Cannot register with upload\.localhost: /);
      });

      await context.step("the end of an account, which has to be meant", async () => {
        const own = "xmpp:bob@localhost/bob@localhost";
        const end = (...answers: string[]) =>
          bob.session.command("/account delete", own, answering(...answers));
        assert.equal(await end("yes"), "The account stays.");
        assert.equal(await end("bob@localhost"), "The account was ended.");
        await using late = new Follower(server, "bob");
        await eventually("nobody has that name", () => late.session.failure !== undefined);
        assert.match(String(late.session.failure), /Cannot log in/);
      });
    });
  });
}
