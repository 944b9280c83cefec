/** What is said about messages, on real servers: corrections, retractions, reactions, replies. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import {
  type CorrectionEvent,
  corrections,
} from "../../../src/transports/xmpp/features/corrections.ts";
import {
  type Message,
  type MessageEvent,
  messages,
} from "../../../src/transports/xmpp/features/messages.ts";
import { ping } from "../../../src/transports/xmpp/features/ping.ts";
import { reactions, type ReactionsEvent } from "../../../src/transports/xmpp/features/reactions.ts";
import { readReply, replies } from "../../../src/transports/xmpp/features/replies.ts";
import {
  type RetractionEvent,
  retractions,
} from "../../../src/transports/xmpp/features/retractions.ts";
import { roomControl } from "../../../src/transports/xmpp/features/room_control.ts";
import { rooms } from "../../../src/transports/xmpp/features/rooms.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";
const ROOM = "tea@conference.localhost";
const THUMB = "\u{1f44d}";
const FAMILY = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}";

function client(server: XmppServer, user: string): XmppClient {
  return new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

async function said(client: XmppClient, body: string): Promise<Message> {
  const { message } = await client.heard<MessageEvent>(
    "message",
    ({ message }) => message.body === body,
  );
  return message;
}

for (const kind of KINDS) {
  test(`${kind}: messages are corrected, taken back, judged, answered`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      await using bob = await client(server, "bob").online();
      await using carol = await client(server, "carol").online();
      const own = alice.session.use(messages);

      await context.step("a correction, seen by the other and by one's other client", async () => {
        await using second = await client(server, "alice").online();
        const { id } = own.send({ to: BOB, body: "helo" });
        await said(bob, "helo");
        await said(second, "helo");
        alice.session.use(corrections).correct(id, { to: BOB, body: "hello" });
        for (const each of [bob, second]) {
          const event = await each.heard<CorrectionEvent>("correction");
          assert.equal(event.id, id);
          assert.equal(event.claim, "own");
          assert.equal(event.message.body, "hello");
          assert.equal(event.peer, each === bob ? ALICE : BOB);
        }
      });

      await context.step("nobody corrects or takes back what somebody else said", async () => {
        const { id } = own.send({ to: BOB, body: "I owe you 5" });
        await said(bob, "I owe you 5");
        carol.session.use(corrections).correct(id, { to: BOB, body: "I owe you 500" });
        const { peer, claim } = await bob.heard<CorrectionEvent>(
          "correction",
          (event) => event.id === id,
        );
        assert.deepEqual([peer, claim], ["carol@localhost", "unknown"]);
        carol.session.use(retractions).retract(BOB, "chat", id);
        await carol.session.flush();
        carol.session.use(messages).send({ to: BOB, body: "done" });
        await said(bob, "done");
        const forged = bob.all<CorrectionEvent | RetractionEvent>("correction")
          .filter((event) => event.id === id && event.peer !== "carol@localhost");
        assert.deepEqual(forged, []);
      });

      await context.step("a retraction", async () => {
        const { id } = own.send({ to: BOB, body: "a secret" });
        await said(bob, "a secret");
        alice.session.use(retractions).retract(BOB, "chat", id);
        const event = await bob.heard<RetractionEvent>("retraction", (event) => event.id === id);
        assert.equal(event.claim, "own");
        assert.equal(event.peer, ALICE);
        assert.equal(
          bob.all<MessageEvent>("message").some(({ message }) =>
            message.body?.includes("took a message back")
          ),
          false,
        );
      });

      await context.step("reactions, changed and taken back", async () => {
        const { id } = own.send({ to: BOB, body: "what do you think?" });
        await said(bob, "what do you think?");
        const all = bob.session.use(reactions);
        for (const emoji of [[THUMB, FAMILY], [THUMB], []]) {
          all.react(ALICE, "chat", id, emoji);
          const event = await alice.heard<ReactionsEvent>(
            "reactions",
            (event) => event.id === id && event.reactions.length === emoji.length,
          );
          assert.deepEqual(event.reactions, emoji);
          assert.equal(event.author, BOB);
        }
        assert.throws(() => all.react(ALICE, "chat", id, ["not one"]), RangeError);
      });

      await context.step("a reply, with the quotation apart", async () => {
        own.send({ to: BOB, body: "first line\nsecond line \u{1f600}" });
        const question = await said(bob, "first line\nsecond line \u{1f600}");
        bob.session.use(replies).reply(question, "my answer");
        const { message } = await alice.heard<MessageEvent>(
          "message",
          ({ message }) => message.body?.endsWith("my answer") === true,
        );
        assert.equal(message.body, "> first line\n> second line \u{1f600}\nmy answer");
        assert.deepEqual(readReply(message), {
          id: question.originId,
          to: ALICE,
          body: "my answer",
        });
      });

      await context.step("all of it in a room", async () => {
        await alice.session.use(rooms).join(ROOM, { nick: "Alice" });
        await alice.session.use(roomControl).configure(ROOM);
        await bob.session.use(rooms).join(ROOM, { nick: "Bob" });
        const { id } = bob.session.use(rooms).say(ROOM, "in the rom");
        const first = await said(alice, "in the rom");
        bob.session.use(corrections).correct(id, {
          to: ROOM,
          type: "groupchat",
          body: "in the room",
        });
        const { claim, peer } = await alice.heard<CorrectionEvent>(
          "correction",
          (event) => event.id === id,
        );
        assert.equal(claim, "own");
        assert.equal(peer, ROOM);
        const stanzaId = first.stanzaId ?? "";
        alice.session.use(reactions).react(ROOM, "groupchat", stanzaId, [THUMB]);
        const event = await bob.heard<ReactionsEvent>("reactions", ({ peer }) => peer === ROOM);
        assert.equal(event.id, stanzaId);
        assert.match(event.author ?? "", /Alice|^occupant /);
        // Somebody else cannot, and who comes under the same nickname is somebody else.
        alice.session.use(corrections).correct(id, {
          to: ROOM,
          type: "groupchat",
          body: "in my room",
        });
        await said(bob, "in my room");
        bob.session.use(rooms).leave(ROOM);
        await bob.session.use(ping).ping();
        await carol.session.use(rooms).join(ROOM, { nick: "Bob" });
        carol.session.use(corrections).correct(id, {
          to: ROOM,
          type: "groupchat",
          body: "in Carol's room",
        });
        await said(alice, "in Carol's room");
        carol.session.use(rooms).leave(ROOM);
      });

      await context.step("a moderator takes a message away, where the room can", async () => {
        await carol.session.use(rooms).join(ROOM, { nick: "Carol" });
        carol.session.use(rooms).say(ROOM, "buy my pills");
        const { stanzaId = "" } = await said(alice, "buy my pills");
        const moderation = alice.session.use(retractions).moderate(ROOM, stanzaId, "spam");
        if (kind === "ejabberd") {
          // Debian's has no XEP-0425.
          return await assert.rejects(moderation, /does not offer it/);
        }
        await moderation;
        const event = await carol.heard<RetractionEvent>(
          "retraction",
          ({ claim }) => claim === "moderated",
        );
        assert.equal(event.id, stanzaId);
        assert.equal(event.reason, "spam");
        await assert.rejects(
          carol.session.use(retractions).moderate(ROOM, stanzaId),
          /forbidden/,
        );
      });
    });
  });
}
