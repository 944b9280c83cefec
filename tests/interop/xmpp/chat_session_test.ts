/** An XMPP account as a session of the terminal. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

for (const kind of KINDS) {
  test(`${kind}: a conversation in the terminal's words`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);

      await context.step("a request, an answer, two contacts", async () => {
        await alice.session.contacts.add("bob@localhost", { name: "Bob", groups: ["Friends"] });
        const { who } = await bob.hears("request");
        assert.equal(who.address, "alice@localhost");
        await bob.session.contacts.accept("alice@localhost");
        await alice.hears("request");
        await alice.session.contacts.accept("bob@localhost");
        await eventually(
          "both see each other",
          () =>
            alice.session.contacts.list().some((contact) =>
              contact.sees === "both" && contact.show === "online" && contact.name === "Bob"
            ),
        );
      });

      await context.step("a message, its receipt, and that it was read", async () => {
        const sent = await alice.session.send({ to: "Bob", body: "hello" });
        assert.equal(sent.room_id, "xmpp:alice@localhost/bob@localhost");
        assert.equal(sent.sender_id, "alice@localhost");
        const { event } = await bob.hears("event");
        const { xmpp: names, ...content } = event.content;
        assert.deepEqual(content, { body: "hello", msgtype: "m.text" });
        assert.deepEqual(Object.keys(names as object).toSorted(), ["archived", "id"]);
        assert.equal(event.room_id, "xmpp:bob@localhost/alice@localhost");
        const [room] = await bob.session.rooms();
        assert.equal(room?.unread, 1);
        await alice.hears(
          "receipt",
          ({ id, state }) => id === sent.event_id && state === "delivered",
        );
        bob.session.signals.seen(event.room_id, event.event_id);
        await alice.hears("receipt", ({ id, state }) => id === sent.event_id && state === "read");
        assert.equal((await bob.session.rooms())[0]?.unread, 0);
      });

      await context.step("typing, presence, and what was said", async () => {
        const room = "xmpp:bob@localhost/alice@localhost";
        bob.session.signals.typing(room, "typing");
        await alice.hears("typing", ({ state }) => state === "typing");
        await bob.session.status.set("dnd", "busy");
        const { text } = await alice.hears("presence", ({ show }) => show === "busy");
        assert.equal(text, "busy");
        await bob.session.send({ room, body: "waves", msgtype: "m.emote" });
        await alice.hears("event", ({ event }) => event.content.msgtype === "m.emote");
        const page = await alice.session.history("xmpp:alice@localhost/bob@localhost", 10);
        assert.deepEqual(page.map(({ content }) => content.body), ["hello", "waves"]);
        const [found] = await alice.session.search("WAVES");
        assert.equal(found?.sender_id, "bob@localhost");
        const [, other] = await alice.session.occupants("xmpp:alice@localhost/bob@localhost");
        assert.deepEqual([other?.name, other?.show], ["Bob", "busy"]);
      });

      await context.step("another client of the account is told, once", async () => {
        await using second = new Follower(server, "alice");
        await second.hears("online");
        await alice.session.send({ to: "bob@localhost", body: "from the first" });
        // An archive whose clock tells seconds may have what was said just before, too.
        const { event } = await second.hears(
          "event",
          ({ event }) => event.content.body === "from the first",
        );
        assert.equal(event.sender_id, "alice@localhost");
        assert.ok(
          !alice.told.some((one) =>
            one.kind === "event" && one.event.content.body === "from the first"
          ),
        );
      });

      await context.step("what cannot be said", async () => {
        await assert.rejects(alice.session.send({ room: "lobby", body: "x" }), /no XMPP/);
        await assert.rejects(alice.session.send({ to: "b b@x", body: "x" }), /Cannot use the JID/);
        await assert.rejects(alice.session.send({ to: "bob@localhost", body: " " }), /nothing in/);
        const failed = await alice.session.send({ to: "nobody@localhost", body: "anybody?" });
        await alice.hears(
          "receipt",
          ({ id, state }) => id === failed.event_id && state === "failed",
        );
      });

      await context.step("finishing says everything first", async () => {
        const sent = Array.from(
          { length: 20 },
          (_, at) => alice.session.send({ to: "bob@localhost", body: `last ${at}` }),
        );
        await alice.session.finish();
        await Promise.all(sent);
        await bob.hears("event", ({ event }) => event.content.body === "last 19");
      });
    });
  });
}
