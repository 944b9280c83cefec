/** What is said about messages, in the terminal's words, with real servers; and what is kept of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { Keeping } from "../../../src/commands/xmpp/keeping.ts";
import {
  editContent,
  reactionContent,
  readEdit,
  readReaction,
  readRedaction,
  redactionContent,
} from "../../../src/message/content.ts";
import type { ChatEvent, EventId } from "../../../src/message/event.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const THUMB = "\u{1f44d}";
const HEART = "\u2764\ufe0f";
const TEA = "tea@conference.localhost";

async function heard(follower: Follower, body: string): Promise<ChatEvent> {
  const { event } = await follower.hears("event", ({ event }) => event.content.body === body);
  return event;
}

async function changed(follower: Follower, type: string, room: string): Promise<ChatEvent> {
  const { event } = await follower.hears(
    "event",
    ({ event }) => event.type === type && event.room_id === room,
  );
  return event;
}

function edit(id: EventId, body: string) {
  const content = editContent(id, { body, msgtype: "m.text" });
  return { event_type: "m.room.edit", content } as const;
}

function reaction(id: EventId, sign: string) {
  return { event_type: "m.room.reaction", content: reactionContent(id, sign) } as const;
}

function takenBack(id: EventId) {
  return { event_type: "m.room.redaction", content: redactionContent(id) } as const;
}

for (const kind of KINDS) {
  test(`${kind}: edits, redactions, reactions and answers`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      for (
        const { where, here, there } of [
          {
            where: "a conversation",
            here: "xmpp:alice@localhost/bob@localhost",
            there: "xmpp:bob@localhost/alice@localhost",
          },
          {
            where: "a room",
            here: `xmpp:alice@localhost/${TEA}`,
            there: `xmpp:bob@localhost/${TEA}`,
          },
        ]
      ) {
        await context.step(where, async () => {
          if (where === "a room") {
            await alice.session.join(here);
            await bob.session.join(there);
          }
          const sent = await alice.session.send({ room: here, body: `helo, ${where}` });
          const original = await heard(bob, `helo, ${where}`);
          await alice.session.send({ room: here, ...edit(sent.event_id, `hello, ${where}`) });
          const corrected = await changed(bob, "m.room.edit", there);
          assert.equal(corrected.sender_id, original.sender_id);
          const { replaces, content } = readEdit(corrected.content) ?? {};
          assert.deepEqual([replaces, content?.body], [original.event_id, `hello, ${where}`]);

          for (const sign of [THUMB, HEART]) {
            await bob.session.send({ room: there, ...reaction(original.event_id, sign) });
            await alice.hears("event", ({ event }) => {
              const found = readReaction(event.content);
              return found?.relatesTo === sent.event_id && found.reaction === sign;
            });
          }
          const both = alice.told.filter((one) =>
            one.kind === "event" && readReaction(one.event.content)?.relatesTo === sent.event_id
          );
          assert.equal(both.length, 2);
          // Taken back, the other one stays; taken back from there, nothing does.
          const own = (await bob.session.history(there, 50)).filter(({ type, sender_id: sender }) =>
            type === "m.room.reaction" && sender === "bob@localhost"
          );
          for (const [at, sign] of [THUMB, HEART].entries()) {
            const mine = own.findLast(({ content }) => readReaction(content)?.reaction === sign);
            await bob.session.send({ room: there, ...takenBack(mine?.event_id ?? "") });
            const said = both.find((one) =>
              one.kind === "event" && readReaction(one.event.content)?.reaction === sign
            );
            await alice.hears("event", ({ event }) =>
              said?.kind === "event" &&
              readRedaction(event.content)?.redacts === said.event.event_id);
            const gone = alice.told.filter((one) =>
              one.kind === "event" && one.event.type === "m.room.redaction" &&
              one.event.room_id === here
            );
            assert.equal(gone.length, at + 1);
          }
          const again = bob.session.send({
            room: there,
            ...takenBack(both[0]?.kind === "event" ? both[0].event.event_id : ""),
          });
          await assert.rejects(again, /no such message/);
          const wrong = bob.session.send({ room: there, ...reaction(original.event_id, "+1") });
          await assert.rejects(wrong, /one emoji/);

          await bob.session.send({ room: there, body: "indeed", parent: original.event_id });
          const { event: answer } = await alice.hears(
            "event",
            ({ event }) => event.room_id === here && event.content.body === "indeed",
          );
          assert.equal(answer.parent_event_id, sent.event_id);

          const foreign = bob.session.send({ room: there, ...edit(original.event_id, "mine") });
          await assert.rejects(foreign, /somebody else's/);
          await alice.session.send({
            room: here,
            ...{ event_type: "m.room.redaction", content: redactionContent(sent.event_id) },
          });
          const gone = await changed(bob, "m.room.redaction", there);
          assert.equal(readRedaction(gone.content)?.redacts, original.event_id);
          assert.ok(
            !bob.told.some((one) =>
              one.kind === "event" && /took a message back/.test(one.event.content.body ?? "")
            ),
          );
        });
      }
    });
  });
}

test("what was said between two runs comes out of the archive, once, and changes hold", async (context) => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      const open = () =>
        Keeping.open({
          account: "alice@localhost",
          settings: {
            ...{ data, search: false, durability: "relaxed", chatLogs: "off" },
            chatLogsDir: join(data, "logs"),
          },
          clock: systemClock,
        });
      // Takes what comes for the account, so that nothing is kept for who is absent.
      await using elsewhere = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([elsewhere.hears("online"), bob.hears("online")]);
      const here = "xmpp:alice@localhost/bob@localhost";
      const there = "xmpp:bob@localhost/alice@localhost";
      const room = `xmpp:alice@localhost/${TEA}`;
      const bobs = `xmpp:bob@localhost/${TEA}`;
      await bob.session.join(bobs);
      const said: ChatEvent[] = [];
      await context.step("a first run", async () => {
        await using keeping = await open();
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        await alice.session.join(room);
        said.push(await bob.session.send({ room: there, body: "before" }));
        await bob.session.send({ room: bobs, body: "before, in the room" });
        await heard(alice, "before");
        await heard(alice, "before, in the room");
        await alice.session.send({ room: here, body: "mine" });
        await alice.session.send({ room, body: "mine, in the room" });
        await alice.session.xmpp.flush();
      });
      await bob.session.send({ room: there, body: "between" });
      await bob.session.send({ room: bobs, body: "between, in the room" });
      await bob.session.send({ room: there, ...edit(said[0]?.event_id ?? "", "before, mended") });
      await bob.session.xmpp.flush();
      await heard(elsewhere, "between");
      await context.step("a second run", async () => {
        await using keeping = await open();
        await using alice = new Follower(server, "alice", { keeping });
        await heard(alice, "between");
        await alice.session.join(room);
        await heard(alice, "between, in the room");
        const mended = await changed(alice, "m.room.edit", here);
        const page = await alice.session.history(here, 20);
        const before = page.find(({ content }) => content.body === "before");
        assert.equal(readEdit(mended.content)?.replaces, before?.event_id);
        const bodies = (events: readonly ChatEvent[]) =>
          events.filter(({ type }) => type === "m.room.message").map(({ content }) => content.body);
        assert.deepEqual(bodies(page).toSorted(), ["before", "between", "mine"]);
        assert.deepEqual(bodies(await alice.session.history(room, 20)).toSorted(), [
          ...["before, in the room", "between, in the room", "mine, in the room"],
        ]);
      });
      await context.step("a third one has all of it, and nothing new", async () => {
        await using keeping = await open();
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        const page = await alice.session.history(here, 20);
        const before = page.find(({ content }) => content.body === "before");
        const mended = page.find(({ type }) => type === "m.room.edit");
        assert.equal(readEdit(mended?.content ?? {})?.replaces, before?.event_id);
        assert.equal(page.length, 4);
        assert.equal(alice.told.filter((one) => one.kind === "event").length, 0);
      });
    }));
});
