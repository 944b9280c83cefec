/** Multi-user chat on real servers: rooms from their making to their end. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import type { ArchiveEvent } from "../../../src/transports/xmpp/features/archive.ts";
import { bookmarks, type BookmarksEvent } from "../../../src/transports/xmpp/features/bookmarks.ts";
import { formValue } from "../../../src/transports/xmpp/features/form.ts";
import {
  type InvitationEvent,
  invitations,
} from "../../../src/transports/xmpp/features/invitations.ts";
import {
  type Message,
  type MessageEvent,
  messages,
} from "../../../src/transports/xmpp/features/messages.ts";
import { presence } from "../../../src/transports/xmpp/features/presence.ts";
import { roomControl } from "../../../src/transports/xmpp/features/room_control.ts";
import {
  type OccupantEvent,
  type RoomEvent,
  rooms,
  type RoomSubjectEvent,
} from "../../../src/transports/xmpp/features/rooms.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ROOM = "tea@conference.localhost";

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

async function happened(
  client: XmppClient,
  change: OccupantEvent["change"],
  nick: string,
): Promise<OccupantEvent> {
  return await client.heard<OccupantEvent>(
    "occupant",
    (event) => event.change === change && event.nick === nick,
  );
}

for (const kind of KINDS) {
  test(`${kind}: rooms`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      await using bob = await client(server, "bob").online();
      await using carol = await client(server, "carol").online();
      const own = alice.session.use(rooms);
      const control = alice.session.use(roomControl);

      await context.step("made, configured, entered", async () => {
        const { isCreated } = await own.join(ROOM, { nick: "Alice" });
        assert.equal(isCreated, true);
        await control.configure(ROOM, {
          "muc#roomconfig_roomname": "Tea",
          "muc#roomconfig_persistentroom": true,
          "muc#roomconfig_whois": "anyone",
        });
        assert.equal(
          formValue(await control.configuration(ROOM), "muc#roomconfig_roomname"),
          "Tea",
        );
        await assert.rejects(control.configure(ROOM, { "no-such-field": "1" }), RangeError);
        const joined = await bob.session.use(rooms).join(ROOM, { nick: "Bob" });
        assert.equal(joined.isCreated, false);
        const { occupant } = await happened(alice, "joined", "Bob");
        assert.equal(occupant?.jid, "bob@localhost");
        assert.equal(occupant?.role, "participant");
        const room = bob.session.use(rooms).all.get(ROOM);
        assert.deepEqual([...room?.occupants.keys() ?? []].sort(), ["Alice", "Bob"]);
        assert.equal(room?.occupants.get("Alice")?.affiliation, "owner");
      });

      await context.step("what is said comes to all, once, and to who said it", async () => {
        const { id } = own.say(ROOM, "good morning");
        for (const each of [alice, bob]) {
          const message = await said(each, "good morning");
          assert.equal(message.id, id);
          assert.equal(message.type, "groupchat");
          assert.equal(message.peer, ROOM);
          assert.equal(message.from.resource, "Alice");
          assert.equal(message.direction, each === alice ? "out" : "in");
          assert.ok(message.stanzaId !== undefined);
        }
        bob.session.use(rooms).say(ROOM, "/me pours tea");
        assert.equal((await said(alice, "pours tea")).isAction, true);
      });

      await context.step("the archive of the room, for who comes later", async () => {
        await carol.session.use(rooms).join(ROOM, { nick: "Carol" });
        const message = await said(carol, "good morning");
        assert.equal(message.source, "archive");
        assert.equal(message.peer, ROOM);
        await said(carol, "pours tea");
        await carol.heard<ArchiveEvent>("archive", ({ archive }) => archive === ROOM);
        carol.session.use(rooms).leave(ROOM);
        await happened(alice, "left", "Carol");
        own.say(ROOM, "carol missed this");
        await said(bob, "carol missed this");
        await carol.session.use(rooms).join(ROOM, { nick: "Carol" });
        await said(carol, "carol missed this");
        for (const body of ["good morning", "pours tea", "carol missed this"]) {
          const times = carol.all<MessageEvent>("message")
            .filter(({ message }) => message.body === body).length;
          assert.equal(times, 1, body);
        }
      });

      await context.step("private messages", async () => {
        own.whisper(ROOM, "Bob", "between us");
        const message = await said(bob, "between us");
        assert.equal(message.peer, `${ROOM}/Alice`);
        assert.equal(message.type, "chat");
        assert.deepEqual(
          carol.all<MessageEvent>("message").filter(({ message }) => message.body === "between us"),
          [],
        );
      });

      await context.step("the subject", async () => {
        await own.setSubject(ROOM, "Earl Grey").accepted;
        const { nick } = await bob.heard<RoomSubjectEvent>(
          "room-subject",
          ({ subject }) => subject === "Earl Grey",
        );
        assert.equal(nick, "Alice");
        assert.equal(bob.session.use(rooms).all.get(ROOM)?.subject, "Earl Grey");
      });

      await context.step("nicknames, one's own and those of others", async () => {
        await assert.rejects(bob.session.use(rooms).rename(ROOM, "Alice"), /conflict/);
        await bob.session.use(rooms).rename(ROOM, "Robert");
        const { newNick } = await happened(alice, "renamed", "Bob");
        assert.equal(newNick, "Robert");
        assert.equal(bob.session.use(rooms).all.get(ROOM)?.nick, "Robert");
        assert.ok(own.all.get(ROOM)?.occupants.has("Robert"));
        assert.equal(own.all.get(ROOM)?.occupants.has("Bob"), false);
        carol.session.use(rooms).leave(ROOM);
        await happened(alice, "left", "Carol");
        await assert.rejects(
          carol.session.use(rooms).join(ROOM, { nick: "Alice" }),
          /conflict/,
        );
        assert.equal(carol.session.use(rooms).all.has(ROOM), false);
      });

      await context.step("presence is seen in rooms", async () => {
        bob.session.use(presence).set({ show: "away", status: "boiling water" });
        await alice.heard<OccupantEvent>(
          "occupant",
          ({ occupant }) => occupant?.show === "away" && occupant.status === "boiling water",
        );
      });

      await context.step("one knows whether one is still there", async () => {
        assert.equal(await bob.session.use(rooms).check(ROOM), true);
        // The server forgets us without a word.
        bob.session.post((await import("../../../src/transports/xmpp/xml.ts")).xml("presence", {
          to: `${ROOM}/Robert`,
          type: "unavailable",
        }));
        await happened(alice, "left", "Robert");
      });

      await context.step("invitations, through the room and directly", async () => {
        await alice.session.use(invitations).invite(ROOM, "carol@localhost", { reason: "come" });
        const first = await carol.heard<InvitationEvent>(
          "invitation",
          ({ way }) => way === "mediated",
        );
        assert.equal(first.room, ROOM);
        assert.equal(first.from, "alice@localhost");
        assert.equal(first.reason, "come");
        await carol.session.use(invitations).decline(ROOM, "alice@localhost", "not now");
        await alice.heard<InvitationEvent>("invitation", ({ state }) => state === "declined");
        await alice.session.use(invitations)
          .invite(ROOM, "carol@localhost", { way: "direct", reason: "please" });
        const second = await carol.heard<InvitationEvent>(
          "invitation",
          ({ way }) => way === "direct",
        );
        assert.equal(second.from, "alice@localhost");
        assert.equal(second.reason, "please");
        assert.equal(carol.session.use(rooms).all.has(ROOM), false);
      });

      await context.step("roles, kicks, bans", async () => {
        const robert = bob.session.use(rooms);
        if (!robert.all.has(ROOM)) await robert.join(ROOM, { nick: "Robert" });
        await carol.session.use(rooms).join(ROOM, { nick: "Carol" });
        await eventually("all are there", () => own.all.get(ROOM)?.occupants.size === 3);
        await assert.rejects(
          carol.session.use(roomControl).kick(ROOM, "Robert"),
          /forbidden|not-allowed/,
        );
        await control.setRole(ROOM, "Carol", "moderator");
        await eventually(
          "carol is",
          () => own.all.get(ROOM)?.occupants.get("Carol")?.role === "moderator",
        );
        await carol.session.use(roomControl).kick(ROOM, "Robert", "spilled tea");
        const kicked = await bob.heard<RoomEvent>("room", ({ state }) => state === "kicked");
        assert.equal(kicked.text, "spilled tea");
        assert.equal(robert.all.has(ROOM), false);
        assert.equal((await happened(alice, "kicked", "Robert")).text, "spilled tea");
        await robert.join(ROOM, { nick: "Robert" });
        await control.ban(ROOM, "bob@localhost", "again");
        await bob.heard<RoomEvent>("room", ({ state }) => state === "banned");
        await assert.rejects(robert.join(ROOM, { nick: "Robert" }), /forbidden/);
        assert.deepEqual(
          (await control.members(ROOM, "outcast")).map(({ jid }) => jid),
          ["bob@localhost"],
        );
        await control.setAffiliation(ROOM, "bob@localhost", "member");
        await robert.join(ROOM, { nick: "Robert" });
        assert.equal(robert.all.get(ROOM)?.self?.affiliation, "member");
      });

      await context.step("a password, and who has a wrong one", async () => {
        const secret = "secret@conference.localhost";
        await own.join(secret, { nick: "Alice" });
        await control.configure(secret, {
          // Prosody has no switch beside the password.
          ...kind === "ejabberd" ? { "muc#roomconfig_passwordprotectedroom": true } : {},
          "muc#roomconfig_roomsecret": "sesame",
        });
        const others = bob.session.use(rooms);
        await assert.rejects(others.join(secret, { nick: "Bob" }), /not-authorized/);
        await others.join(secret, { nick: "Bob", password: "sesame" });
        await control.destroy(secret, "tea is over");
        const { text } = await bob.heard<RoomEvent>("room", ({ state }) => state === "destroyed");
        assert.equal(text, "tea is over");
      });

      await context.step("bookmarks are with the account, and lead into rooms", async () => {
        const carols = carol.session.use(bookmarks);
        // Debian's ejabberd has no XEP-0402.
        const place = kind === "prosody" ? "pep" : "private";
        assert.equal(carols.place, place);
        await using second = await client(server, "carol").online();
        const tea = {
          room: ROOM,
          name: "Tea",
          nick: "Carol",
          password: undefined,
          isAutojoin: true,
        };
        await carols.set(tea);
        // The older kind tells nobody of changes; of the newer one the server tells those of whom it
        // has found out that they want to know.
        if (place === "pep") {
          await eventually("the other client has it", async () => {
            await carols.set(tea);
            return second.all<BookmarksEvent>("bookmarks")
              .some(({ all }) => all.some(({ room, isAutojoin }) => room === ROOM && isAutojoin));
          });
        }
        await carols.set({
          room: "other@conference.localhost",
          name: undefined,
          nick: undefined,
          password: undefined,
          isAutojoin: false,
        });
        await carols.remove("other@conference.localhost");
        if (place === "pep") {
          await eventually(
            "it is gone elsewhere too",
            () => second.session.use(bookmarks).all.size === 1,
          );
        }
        await second.session.close();
        await carol.session.close();
        await using again = await client(server, "carol").online();
        again.session.use(bookmarks).enterMarked();
        await again.heard<RoomEvent>(
          "room",
          ({ state, room }) => state === "joined" && room === ROOM,
        );
        assert.deepEqual([...again.session.use(rooms).all.keys()], [ROOM]);
      });

      await context.step("a restart of the server: back in the room, nothing missed", async () => {
        await server.stop();
        await server.start();
        await eventually(
          "both are back",
          () =>
            [alice, bob].every((each) =>
              each.session.isOnline && each.session.use(rooms).all.get(ROOM)?.isJoined === true
            ),
          60_000,
        );
        // Before one is back in the room, or after.
        bob.session.use(rooms).say(ROOM, "back again");
        await said(alice, "back again");
        await eventually("and see each other", () => own.all.get(ROOM)?.occupants.has("Robert"));
        bob.session.use(rooms).say(ROOM, "after the restart");
        await said(alice, "after the restart");
        alice.session.use(messages);
      });
    });
  });
}
