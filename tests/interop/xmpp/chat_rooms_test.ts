/** Rooms of an XMPP account as the terminal has them, with real servers. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const TEA = "tea@conference.localhost";

for (const kind of KINDS) {
  test(`${kind}: rooms in the terminal's words`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      const here = "xmpp:alice@localhost/tea@conference.localhost";
      const there = "xmpp:bob@localhost/tea@conference.localhost";

      await context.step("a room is made, opened and entered", async () => {
        const room = await alice.session.find(TEA, "room");
        assert.equal(room, here);
        await alice.session.join(room, { nick: "Alice" });
        const { room: summary } = await alice.hears("room");
        assert.deepEqual([summary.kind, summary.isFollowed], ["room", true]);
        await alice.hears("notice", ({ text }) => text.startsWith("The room is new"));
        await bob.session.join(there);
        const { who } = await alice.hears("member", ({ state }) => state === "joined");
        assert.deepEqual(who, { address: `${TEA}/bob`, name: "bob" });
        const people = await bob.session.occupants(there);
        assert.deepEqual(people.map(({ name, address }) => [name, address]).toSorted(), [
          ["Alice", `${TEA}/Alice`],
          ["bob", "bob@localhost"],
        ]);
        assert.equal(people.find(({ name }) => name === "Alice")?.role, "owner");
        assert.ok(
          (await bob.session.rooms()).some(({ room: id, members }) =>
            id === there && members === 2
          ),
        );
      });

      await context.step("what is said is there once for everybody, oneself included", async () => {
        const said = await alice.session.send({ room: here, body: "good morning" });
        assert.deepEqual([said.room_id, said.sender_id], [here, "alice@localhost"]);
        const { event } = await bob.hears("event", ({ event }) => event.room_id === there);
        assert.deepEqual([event.sender_id, event.content.body], [`${TEA}/Alice`, "good morning"]);
        assert.equal(bob.session.nameOf(event.sender_id, there), "Alice");
        await bob.session.send({ room: there, body: "waves", msgtype: "m.emote" });
        await alice.hears("event", ({ event }) => event.content.msgtype === "m.emote");
        const page = await alice.session.history(here, 10);
        assert.deepEqual(page.map(({ content }) => content.body), ["good morning", "waves"]);
        assert.ok(
          !alice.told.some((one) =>
            one.kind === "event" && one.event.content.body === "good morning"
          ),
        );
      });

      await context.step("a word to one person there, who is no contact", async () => {
        const sent = await alice.session.send({ to: `${TEA}/bob`, body: "between us" });
        assert.equal(sent.room_id, `${here}/bob`);
        const { event } = await bob.hears(
          "event",
          ({ event }) => event.content.body === "between us",
        );
        assert.equal(event.room_id, `${there}/Alice`);
        await bob.session.send({ room: event.room_id, body: "indeed" });
        await alice.hears("event", ({ event }) => event.room_id === `${here}/bob`);
      });

      await context.step("the topic, nicknames, an invitation", async () => {
        await alice.session.command("/topic Earl Grey", here);
        await bob.hears("room", ({ room }) => room.topic === "Earl Grey");
        await bob.session.command("/nick Robert", there);
        await alice.hears("notice", ({ text }) => text === "bob is called Robert now");
        await assert.rejects(bob.session.command("/topic", there), /Usage: \/topic TEXT/);
        await using carol = new Follower(server, "carol");
        // There for others: before, ejabberd passes no invitation on.
        await carol.hears("presence", ({ who }) => who.address === "carol@localhost");
        await alice.session.command("/invite carol@localhost come over", here);
        const { room, who, text } = await carol.hears("invitation");
        assert.equal(text, "come over");
        // Prosody does not tell who somebody is where not everybody may know.
        assert.deepEqual(
          who,
          kind === "prosody"
            ? { address: `${TEA}/Alice`, name: "Alice (in the room)" }
            : { address: "alice@localhost", name: "alice@localhost" },
        );
        assert.equal(carol.session.about(room), undefined);
        await carol.session.contacts.decline(TEA);
        await alice.hears("notice", ({ text }) => /carol@localhost does not come/.test(text));
        await carol.session.join(room);
        assert.equal(carol.session.about(room)?.kind, "room");
      });

      await context.step("who is put out is told so, and cannot speak", async () => {
        await eventually(
          "bob is there by his new name",
          async () => (await alice.session.occupants(here)).some(({ name }) => name === "Robert"),
        );
        await alice.session.command("/kick Robert enough tea", here);
        const { code } = await bob.hears("lost");
        assert.equal(code, "xmpp/kicked");
        await bob.hears("notice", ({ text }) => /put out of the room.*enough tea/.test(text));
        await assert.rejects(bob.session.send({ room: there, body: "x" }), /not in the room/);
        const whisper = bob.session.send({ room: `${there}/Alice`, body: "x" });
        await assert.rejects(whisper, /not in the room/);
      });

      await context.step(
        "a bookmark brings one back at the next start; leaving ends it",
        async () => {
          await bob.session.join(there, { nick: "Bob" });
          await bob.session.command("/bookmark", there);
          await bob.session.leave(there);
          await using again = new Follower(server, "bob", { begins: "bob@localhost" });
          await again.hears("room", ({ room }) => room.room === there && room.isFollowed === true);
          await alice.session.leave(here);
          assert.equal(alice.session.about(here)?.isFollowed, false);
          assert.ok(!alice.told.some(({ kind }) => kind === "lost"));
          await assert.rejects(alice.session.send({ room: here, body: "x" }), /not in the room/);
          await assert.rejects(alice.session.occupants(here), /not in the room/);
        },
      );

      await context.step("a person is no room, whoever says so", async () => {
        await alice.session.join("xmpp:alice@localhost/bob@localhost");
        await alice.session.send({ to: "bob@localhost", body: "to you" });
        await bob.hears("event", ({ event }) => event.content.body === "to you");
      });
    });
  });
}
