/** A voice in a moderated room, and a nickname that a room keeps, with real servers. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { answering } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const TEA = "tea@conference.localhost";

for (const kind of KINDS) {
  test(`${kind}: a voice, and a name that is kept`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      const here = `xmpp:alice@localhost/${TEA}`;
      const there = `xmpp:bob@localhost/${TEA}`;
      const alices = (text: string) => alice.session.command(text, here, answering());
      const bobs = (text: string) => bob.session.command(text, there, answering());
      await alice.session.join(here);
      await alice.hears("notice", ({ text }) => text.startsWith("The room is new"));
      await alices("/config moderatedroom yes");
      await bob.session.join(there, { nick: "Bob the second" });
      await alice.hears("member", ({ who }) => who.name === "Bob the second");

      await context.step("who is not heard asks, and is let speak", async () => {
        await alices("/role visitor Bob the second");
        const role = async () =>
          (await bob.session.occupants(there)).find(({ name }) => name === "Bob the second")?.role;
        await eventually("bob is a visitor", async () => await role() === "visitor");
        assert.equal(await bobs("/voice"), "The moderators are asked.");
        const { room } = await alice.hears(
          "notice",
          ({ text }) =>
            text === "Bob the second (bob@localhost) asks to be allowed to speak: " +
                "/role participant Bob the second",
        );
        assert.equal(room, here);
        await alices("/role participant Bob the second");
        await eventually("bob is none any more", async () => await role() !== "visitor");
        await bob.session.send({ room: there, body: "thank you" });
        await alice.hears("event", ({ event }) => event.content.body === "thank you");
      });

      await context.step("a room keeps a name", async () => {
        assert.equal(await bobs("/nick"), "You are Bob the second here.");
        // Prosody's rooms do that for their members, ejabberd for all rooms at once.
        const keeper = kind === "prosody" ? TEA : "conference.localhost";
        const register = (...names: string[]) =>
          bob.session.command(`/register ${keeper}`, there, answering(...names));
        if (kind === "prosody") {
          await assert.rejects(
            register("Bobby"),
            /Cannot register with .*: it is for members alone/,
          );
          await alices("/affiliation member bob@localhost");
        }
        assert.equal(await register("Bobby"), `You are registered with ${keeper}.`);
        // ejabberd 23.01 does not tell whose name it keeps, only that it is somebody's.
        const kept = kind === "prosody" ? "; the room keeps Bobby for you" : "";
        assert.equal(await bobs("/nick"), `You are Bob the second here${kept}.`);
        await assert.rejects(alices("/nick Bobby"), /somebody else is called that/);
      });

      await context.step("from outside one asks nobody", async () => {
        const none = "xmpp:bob@localhost/none@conference.localhost";
        await assert.rejects(
          bob.session.command("/voice", none, answering()),
          /you are not in the room/,
        );
      });
    });
  });
}
