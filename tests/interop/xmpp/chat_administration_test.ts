/** What moderators and owners do in rooms, in the terminal's words, with real servers. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { answering } from "./answers.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const TEA = "tea@conference.localhost";

for (const kind of KINDS) {
  test(`${kind}: a room is administered from the terminal`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      const here = `xmpp:alice@localhost/${TEA}`;
      const there = `xmpp:bob@localhost/${TEA}`;
      const says = (text: string, ...answers: string[]) =>
        alice.session.command(text, here, answering(...answers));
      const roleOf = async (nick: string) =>
        (await alice.session.occupants(here)).find(({ name }) => name === nick)?.role;
      await alice.session.join(here, { nick: "Alice" });
      await bob.session.join(there, { nick: "Bob the second" });
      await eventually("bob is seen", async () => await roleOf("Bob the second") !== undefined);

      await context.step("roles", async () => {
        assert.equal(
          await says("/role visitor Bob the second be quiet"),
          "Bob the second is a visitor now.",
        );
        await eventually("he is", async () => await roleOf("Bob the second") === "visitor");
        await says("/role moderator Bob the second");
        await eventually("he is one", async () => await roleOf("Bob the second") === "moderator");
        await assert.rejects(says("/role king Bob the second"), /Usage: \/role visitor\|/);
        assert.equal(await says("/role visitor Nobody"), "Nobody is called that here.");
      });

      await context.step("affiliations, by nickname and by address", async () => {
        assert.match(await says("/affiliation") ?? "", /^owner {2}alice@localhost$/m);
        await says("/affiliation member Bob the second a friend");
        await says("/affiliation admin dave@localhost");
        assert.equal(await says("/affiliation admin"), "admin  dave@localhost");
        assert.match(await says("/affiliation") ?? "", /^member {2}bob@localhost/m);
        assert.equal(await says("/affiliation outcast"), "Nobody is outcast here.");
        await says("/affiliation none dave@localhost");
        assert.equal(await says("/affiliation admin"), "Nobody is admin here.");
        await assert.rejects(says("/affiliation admin nobody"), /it is no address/);
        await assert.rejects(
          bob.session.command("/affiliation owner dave@localhost", there),
          /Cannot make dave@localhost owner: (?:you may not|it is not allowed)/,
        );
      });

      await context.step("settings", async () => {
        const all = await says("/config") ?? "";
        assert.match(all, /^roomname: /m);
        assert.match(all, /^membersonly: no /m);
        await says("/config membersonly yes");
        assert.match(await says("/config") ?? "", /^membersonly: yes /m);
        // Without a value it is asked for.
        assert.equal(
          await says("/config roomname", "Earl Grey"),
          "The setting roomname was changed.",
        );
        assert.match(await says("/config") ?? "", /^roomname: Earl Grey /m);
        assert.equal(await says("/config roomname"), "Nothing was changed.");
        await assert.rejects(says("/config membersonly perhaps"), /that is no value of it/);
        await assert.rejects(says("/config colour blue"), /the room has no such setting/);
        await assert.rejects(says("/config roomsecret pssst"), /a secret is not typed/);
        const person = answering("pssst");
        await alice.session.command("/config roomsecret", here, person);
        assert.equal(person.asked[0]?.echo, "hidden");
        assert.doesNotMatch(await says("/config") ?? "", /pssst/);
        // ejabberd takes a password only for a room that is to have one.
        const isKept = kind === "prosody";
        assert.equal(/^roomsecret: \(secret\)/m.test(await says("/config") ?? ""), isKept);
        await says("/config roomsecret", "");
        assert.doesNotMatch(await says("/config") ?? "", /^roomsecret: \(secret\)/m);
        await assert.rejects(
          bob.session.command("/config", there),
          /Cannot see the settings: (?:you may not|it is not allowed)/,
        );
      });

      await context.step("who is banned cannot come again until that is taken back", async () => {
        assert.equal(
          await says("/ban Bob the second enough"),
          "Bob the second was put out for good.",
        );
        const { code } = await bob.hears("lost");
        assert.equal(code, "xmpp/banned");
        await bob.hears("notice", ({ text }) => /for good.*enough/.test(text));
        assert.match(await says("/affiliation outcast") ?? "", /^outcast {2}bob@localhost/);
        // Not one who had a role before: ejabberd 23.01 lets those in nevertheless.
        await using carol = new Follower(server, "carol");
        await carol.hears("online");
        await says("/config membersonly no");
        await says("/ban carol@localhost");
        const cake = carol.session.join(`xmpp:carol@localhost/${TEA}`, { nick: "Carol" });
        await assert.rejects(cake, { condition: "forbidden" });
        await says("/unban carol@localhost");
        assert.equal(await says("/unban dave@localhost"), "dave@localhost is not banned here.");
        assert.equal(await says("/unban bob@localhost"), "bob@localhost may come again.");
        await bob.session.join(there, { nick: "Bob" });
      });

      await context.step("the end of a room, which has to be meant", async () => {
        assert.equal(await says("/destroy", "yes"), "The room stays.");
        await assert.rejects(
          bob.session.command("/destroy", there, answering("tea")),
          /Cannot end the room: (?:you may not|it is not allowed)/,
        );
        assert.equal(await says("/destroy closing time", "tea"), `The room ${TEA} was ended.`);
        await bob.hears("lost", ({ code }) => code === "xmpp/destroyed");
        await bob.hears("notice", ({ text }) => /closed: closing time/.test(text));
        await assert.rejects(says("/kick Bob"), /not in the room/);
      });
    });
  });
}
