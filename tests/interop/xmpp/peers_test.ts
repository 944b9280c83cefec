/** With other programs, in both directions: profanity in a terminal, slixmpp in a script. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import {
  type CorrectionEvent,
  corrections,
} from "../../../src/transports/xmpp/features/corrections.ts";
import { invitations } from "../../../src/transports/xmpp/features/invitations.ts";
import {
  type Message,
  type MessageEvent,
  messages,
} from "../../../src/transports/xmpp/features/messages.ts";
import { reactions, type ReactionsEvent } from "../../../src/transports/xmpp/features/reactions.ts";
import type { ReceiptEvent } from "../../../src/transports/xmpp/features/receipts.ts";
import { replies } from "../../../src/transports/xmpp/features/replies.ts";
import { roomControl } from "../../../src/transports/xmpp/features/room_control.ts";
import { rooms } from "../../../src/transports/xmpp/features/rooms.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Tmux } from "../../process/tmux.ts";
import { SlixmppPeer } from "./peers/slixmpp_peer.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";
const ROOM = "tea@conference.localhost";
const THUMB = "\u{1f44d}";

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

async function received(client: XmppClient, id: string): Promise<void> {
  await client.heard<ReceiptEvent>("receipt", (event) => event.id === id);
}

/** A room that alice owns and is in. */
async function makeRoom(alice: XmppClient): Promise<void> {
  await alice.session.use(rooms).join(ROOM, { nick: "Alice" });
  await alice.session.use(roomControl).configure(ROOM);
}

for (const kind of KINDS) {
  test(`slixmpp at ${kind}: both directions`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      await using bob = await SlixmppPeer.online(server, "bob");
      const own = alice.session.use(messages);

      await context.step("messages, actions and receipts", async () => {
        const { id } = own.send({ to: BOB, body: "hello <b> & \u{1f600}" });
        await bob.heard("message", { id, body: "hello <b> & \u{1f600}" });
        await received(alice, id);
        own.send({ to: BOB, body: "waves", isAction: true });
        await bob.heard("message", { body: "/me waves" });
        await bob.order({ do: "say", to: ALICE, body: "/me bows", id: "s1" });
        assert.equal((await said(alice, "bows")).isAction, true);
        await bob.heard("receipt", { id: "s1" });
      });

      await context.step("corrections, replies, reactions", async () => {
        const { id } = own.send({ to: BOB, body: "wrnog" });
        alice.session.use(corrections).correct(id, { to: BOB, body: "wrong" });
        await bob.heard("message", { body: "wrong", replaces: id });
        await bob.order({ do: "say", to: ALICE, body: "helo", id: "s2" });
        const message = await said(alice, "helo");
        await bob.order({ do: "say", to: ALICE, body: "hello", id: "s3", replaces: "s2" });
        const event = await alice.heard<CorrectionEvent>("correction", ({ id }) => id === "s2");
        assert.equal(event.claim, "own");
        alice.session.use(replies).reply(message, "hello yourself");
        await bob.heard("message", { body: "> helo\nhello yourself", replies_to: "s2" });
        alice.session.use(reactions).react(BOB, "chat", "s2", [THUMB]);
        await bob.heard("reactions", { id: "s2", values: [THUMB] });
        await bob.order({ do: "react", to: ALICE, id, values: [THUMB] });
        const reacted = await alice.heard<ReactionsEvent>("reactions", (event) => event.id === id);
        assert.deepEqual(reacted.reactions, [THUMB]);
      });

      await context.step("a room", async () => {
        await makeRoom(alice);
        await alice.session.use(invitations).invite(ROOM, BOB, { way: "direct" });
        await bob.heard("invitation", { room: ROOM });
        await bob.order({ do: "join", to: ROOM, nick: "Bob" });
        await bob.heard("joined");
        await eventually(
          "alice sees bob",
          () => alice.session.use(rooms).all.get(ROOM)?.occupants.has("Bob"),
        );
        alice.session.use(rooms).say(ROOM, "tea?");
        await bob.heard("message", { body: "tea?", type: "groupchat" });
        await bob.order({ do: "say", to: ROOM, body: "yes", id: "s4", type: "groupchat" });
        assert.equal((await said(alice, "yes")).from.resource, "Bob");
        alice.session.use(rooms).setSubject(ROOM, "Earl Grey");
        await bob.heard("subject", { text: "Earl Grey" });
      });
    });
  });

  test(`profanity at ${kind}: both directions`, async (context) => {
    await withServer(kind, async (server) =>
      await withDataFolder(async (folder) => {
        await using alice = await client(server, "alice").online();
        await using terminal = await Tmux.open(folder, 110, 30);
        const own = alice.session.use(messages);
        const homes = `HOME='${folder}' XDG_CONFIG_HOME='${folder}' XDG_DATA_HOME='${folder}'`;
        await terminal.enter(`${homes} profanity`);
        await terminal.shows(/first time starting Profanity/);
        const { starttls } = server.ports;
        await terminal.enter(`/connect ${BOB} server 127.0.0.1 port ${starttls} tls trust`);
        await terminal.shows(/Enter password/);
        await terminal.enter("bob-pw");
        await terminal.shows(/logged in successfully/);
        for (const line of ["/correction on", "/receipts request on", "/receipts send on"]) {
          await terminal.enter(line);
        }

        await context.step("messages, actions, receipts, corrections", async () => {
          await terminal.enter(`/msg ${ALICE} hello from a terminal`);
          await said(alice, "hello from a terminal");
          const { id } = own.send({ to: BOB, body: "hello terminal" });
          await terminal.shows(/hello terminal/);
          await received(alice, id);
          await terminal.enter("/me waves");
          assert.equal((await said(alice, "waves")).isAction, true);
          own.send({ to: BOB, body: "bows", isAction: true });
          await terminal.shows(/\*.*alice@localhost.* bows/);
          await terminal.enter("a typpo");
          const first = await said(alice, "a typpo");
          await terminal.enter("/correct a typo");
          const event = await alice.heard<CorrectionEvent>(
            "correction",
            ({ message }) => message.body === "a typo",
          );
          assert.equal(event.id, first.id);
          assert.equal(event.claim, "own");
          const wrong = own.send({ to: BOB, body: "antoher typo" });
          await terminal.shows(/antoher typo/);
          alice.session.use(corrections).correct(wrong.id, { to: BOB, body: "no typo at all" });
          await terminal.shows(/no typo at all/);
        });

        await context.step("a room", async () => {
          await makeRoom(alice);
          await terminal.enter(`/join ${ROOM} nick Bob`);
          await terminal.shows(/You have joined the room as Bob/);
          await eventually("alice sees bob", () =>
            alice.session.use(rooms).all.get(ROOM)?.occupants.has("Bob"));
          alice.session.use(rooms).say(ROOM, "tea?");
          await terminal.shows(/Alice: tea\?/);
          await terminal.enter("yes please");
          assert.equal((await said(alice, "yes please")).from.resource, "Bob");
          await alice.session.use(rooms).rename(ROOM, "Alicia");
          await terminal.shows(/Alice is now known as Alicia/);
          await terminal.enter("/nick Robert");
          await eventually("alice sees robert", () =>
            alice.session.use(rooms).all.get(ROOM)?.occupants.has("Robert"));
          await alice.session.use(roomControl).kick(ROOM, "Robert", "no sugar");
          await terminal.shows(/kicked/i);
        });
        await terminal.enter("/quit");
        await terminal.shows(/shell>\s*$/);
      }));
  });
}
