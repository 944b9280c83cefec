/** What clients do for people, between two accounts on real servers: the first half. */
import assert from "node:assert/strict";
import { about } from "../../../src/transports/xmpp/features/about.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import {
  type ChatStateEvent,
  chatStates,
} from "../../../src/transports/xmpp/features/chat_states.ts";
import { disco } from "../../../src/transports/xmpp/features/disco.ts";
import {
  type FailedMessageEvent,
  type MessageEvent,
  messages,
} from "../../../src/transports/xmpp/features/messages.ts";
import { ping } from "../../../src/transports/xmpp/features/ping.ts";
import { presence, type PresenceEvent } from "../../../src/transports/xmpp/features/presence.ts";
import {
  type ReadElsewhereEvent,
  type ReceiptEvent,
  receipts,
} from "../../../src/transports/xmpp/features/receipts.ts";
import {
  roster,
  type RosterEvent,
  type SubscriptionEvent,
} from "../../../src/transports/xmpp/features/roster.ts";
import { xml } from "../../../src/transports/xmpp/xml.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";

function client(server: XmppServer, user: string): XmppClient {
  return new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

/** Two people who see each other. */
async function befriend(alice: XmppClient, bob: XmppClient): Promise<void> {
  const mine = alice.session.use(roster);
  const theirs = bob.session.use(roster);
  await mine.set(BOB, { name: "Bob", groups: ["Friends", "Work"] });
  assert.ok(mine.subscribe(BOB));
  await bob.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
  assert.deepEqual([...theirs.requests], [ALICE]);
  theirs.accept(ALICE);
  theirs.subscribe(ALICE);
  await alice.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
  mine.accept(BOB);
  await eventually("both see each other", () =>
    mine.contacts.get(BOB)?.subscription === "both" &&
    theirs.contacts.get(ALICE)?.subscription === "both");
}

for (const kind of KINDS) {
  test(`${kind}: contacts, presence, messages`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      await using bob = await client(server, "bob").online();
      const own = alice.session.use(messages);

      await context.step("a stranger's presence and receipts stay theirs", async () => {
        const { id, accepted } = own.send({ to: BOB, body: "hello stranger" });
        await accepted;
        const { message } = await bob.heard<MessageEvent>("message");
        assert.equal(message.body, "hello stranger");
        assert.equal(message.peer, ALICE);
        assert.equal(message.id, id);
        assert.equal(message.originId, id);
        assert.equal(message.isDelayed, false);
        assert.ok(message.stanzaId !== undefined, "the archive has named it");
        // Bob has not said anything to alice, and she may not see him.
        await bob.session.use(ping).ping();
        await alice.session.use(ping).ping();
        assert.deepEqual(alice.all("receipt"), []);
        assert.deepEqual(
          bob.all<PresenceEvent>("presence").filter(({ from }) => from === ALICE),
          [],
        );
      });

      await context.step("contacts with a name and groups, seen by both", async () => {
        await befriend(alice, bob);
        const contact = alice.session.use(roster).contacts.get(BOB);
        assert.deepEqual(contact, {
          jid: BOB,
          name: "Bob",
          groups: ["Friends", "Work"].sort(),
          subscription: "both",
          isAsked: false,
        });
      });

      for (const show of ["chat", "away", "xa", "dnd", "available"] as const) {
        await context.step(`presence ${show} with a text`, async () => {
          alice.session.use(presence).set({ show, status: `I am ${show}`, priority: 7 });
          const { best } = await bob.heard<PresenceEvent>(
            "presence",
            ({ best, from }) => from === ALICE && best?.status === `I am ${show}`,
          );
          assert.equal(best?.show, show);
          assert.equal(best?.priority, 7);
        });
      }

      await context.step("receipts and markers", async () => {
        const { id } = own.send({ to: BOB, body: "did you get it?" });
        const { message } = await bob.heard<MessageEvent>(
          "message",
          ({ message }) => message.id === id,
        );
        await alice.heard<ReceiptEvent>(
          "receipt",
          (event) => event.id === id && event.state === "delivered" && event.peer === BOB,
        );
        bob.session.use(receipts).displayed(message);
        await alice.heard<ReceiptEvent>(
          "receipt",
          (event) => event.id === id && event.state === "displayed",
        );
      });

      await context.step("typing", async () => {
        assert.ok(bob.session.use(chatStates).tell(ALICE, "chat", "composing"));
        const { from } = await alice.heard<ChatStateEvent>(
          "chat-state",
          ({ state }) => state === "composing",
        );
        assert.equal(from, bob.session.jid?.full);
        bob.session.use(chatStates).tell(ALICE, "chat", "paused");
        await alice.heard<ChatStateEvent>("chat-state", ({ state }) => state === "paused");
      });

      await context.step("actions and what XML cannot hold", async () => {
        own.send({ to: BOB, body: "waves", isAction: true });
        const { message } = await bob.heard<MessageEvent>(
          "message",
          ({ message }) => message.isAction,
        );
        assert.equal(message.body, "waves");
        own.send({ to: BOB, body: "a\u0000b\ud800c<&\u{1f600}" });
        await bob.heard<MessageEvent>(
          "message",
          ({ message }) => message.body === "a\ufffdb\ufffdc<&\u{1f600}",
        );
      });

      await context.step("a second client gets copies of both sides", async () => {
        await using second = await client(server, "alice").online();
        const { id } = own.send({ to: BOB, body: "from the desk" });
        const sent = await second.heard<MessageEvent>(
          "message",
          ({ message }) => message.id === id,
        );
        assert.equal(sent.message.direction, "out");
        assert.equal(sent.message.source, "carbon");
        assert.equal(sent.message.peer, BOB);
        const answer = bob.session.use(messages).send({
          to: alice.session.jid?.full ?? "",
          body: "to the desk",
        });
        const received = await second.heard<MessageEvent>(
          "message",
          ({ message }) => message.id === answer.id,
        );
        assert.equal(received.message.direction, "in");
        assert.equal(received.message.peer, BOB);
        // What the desk has read, this one knows.
        const { message } = await alice.heard<MessageEvent>(
          "message",
          ({ message }) => message.id === answer.id,
        );
        alice.session.use(receipts).displayed(message);
        const { peer } = await second.heard<ReadElsewhereEvent>(
          "read-elsewhere",
          (event) => event.id === answer.id,
        );
        assert.equal(peer, BOB);
      });

      await context.step("changes of the roster reach a second client", async () => {
        await using second = await client(server, "alice").online();
        await alice.session.use(roster).set("dave@localhost", { name: "Dave" });
        await second.heard<RosterEvent>(
          "roster",
          ({ changed }) =>
            changed.some(({ jid, name }) => jid === "dave@localhost" && name === "Dave"),
        );
        await second.session.use(roster).remove("dave@localhost");
        await alice.heard<RosterEvent>(
          "roster",
          ({ removed }) => removed.includes("dave@localhost"),
        );
      });

      await context.step("who is away gets it later, with the time it was said", async () => {
        const { accepted } = own.send({ to: "carol@localhost", body: "for later" });
        await accepted;
        await using carol = await client(server, "carol").online();
        const { message } = await carol.heard<MessageEvent>("message");
        assert.equal(message.body, "for later");
        assert.equal(message.isDelayed, true);
      });

      await context.step("a message to nobody fails", async () => {
        const { id } = own.send({ to: "nobody@localhost", body: "anybody there?" });
        const failed = await alice.heard<FailedMessageEvent>(
          "message-failed",
          (event) => event.id === id,
        );
        assert.match(failed.condition, /service-unavailable|item-not-found/);
      });

      await context.step("what clients and servers can and are", async () => {
        const full = bob.session.jid?.full ?? "";
        const info = await alice.session.use(disco).ofClient(full);
        assert.ok(info?.features.has("urn:xmpp:receipts"));
        assert.deepEqual(info?.identities.map(({ category, type }) => [category, type]), [
          ["client", "console"],
        ]);
        assert.equal((await alice.session.use(about).version(full)).name, "chatnode");
        assert.notEqual((await alice.session.use(about).version("localhost")).name, "");
        assert.equal((await alice.session.use(about).time(full))?.offset, "+00:00");
        assert.equal(await alice.session.use(about).idleSeconds(full) !== undefined, true);
        assert.ok(await alice.session.use(ping).ping(full) >= 0);
        assert.equal(
          await alice.session.use(disco).service("urn:xmpp:http:upload:0"),
          "upload.localhost",
        );
        await using carol = await client(server, "carol").online();
        await assert.rejects(carol.session.use(about).idleSeconds(full), /forbidden|unavailable/);
      });

      await context.step("leaving is seen", async () => {
        await alice.session.close();
        await eventually("bob sees it", () => bob.session.use(presence).of(ALICE).length === 0);
      });
    });
  });
}

test("prosody: another account cannot push a roster, or answer for the server", async () => {
  await withServer("prosody", async (server) => {
    await using alice = await client(server, "alice").online();
    await using mallory = await client(server, "bob").online();
    const to = alice.session.jid?.full ?? "";
    const item = xml("item", { jid: "evil@localhost", name: "Friend", subscription: "both" });
    const push = xml("query", "jabber:iq:roster", item);
    await assert.rejects(mallory.session.request("set", push, { to }), /service-unavailable/);
    assert.equal(alice.session.use(roster).contacts.size, 0);
  });
});
