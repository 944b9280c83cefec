/**
 * Who comes from another program finds what was said there: pages that only the archive has, in
 * order, each message once, as read, and kept from then on.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { Keeping } from "../../../src/commands/xmpp/keeping.ts";
import { readEdit } from "../../../src/message/content.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { corrections } from "../../../src/transports/xmpp/features/corrections.ts";
import { messages } from "../../../src/transports/xmpp/features/messages.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Follower } from "./follower.ts";
import { anotherSecond } from "./seconds.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const HERE = `xmpp:${ALICE}/bob@localhost`;
const TEA = "tea@conference.localhost";
const IN_ROOM = `xmpp:${ALICE}/${TEA}`;

function keepingIn(data: string): Promise<Keeping> {
  return Keeping.open({
    account: ALICE,
    settings: {
      ...{ data, search: true, durability: "synced", chatLogs: "off" },
      chatLogsDir: join(data, "logs"),
    },
    clock: systemClock,
  });
}

async function clientOf(server: XmppServer, user: string): Promise<XmppClient> {
  return await new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  }).online();
}

function bodiesOf(events: readonly ChatEvent[]): (string | undefined)[] {
  return events.filter(({ type }) => type === "m.room.message").map(({ content }) => content.body);
}

/** Everything that there is, page by page, the oldest first; at least so many events a page. */
async function allOf(alice: Follower, room: string, size: number): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for (;;) {
    const oldest = all[0];
    const before = oldest && { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    const page = await alice.session.history(room, size, before);
    all.unshift(...page);
    if (page.length < size) return all;
  }
}

const MESSAGES = 130;
const WANTED = Array.from({ length: MESSAGES }, (_, at) => `said ${at}`);

/** A conversation in another program: both say something, one corrects themselves. */
async function talk(server: XmppServer): Promise<void> {
  await using bob = await clientOf(server, "bob");
  await using elsewhere = await clientOf(server, "alice");
  let corrected = "";
  for (const [at, body] of WANTED.entries()) {
    const [from, to] = at % 3 === 0 ? [elsewhere, "bob@localhost"] : [bob, ALICE];
    const { id, accepted } = from.session.use(messages).send({ to, body });
    await accepted;
    if (at === 10) corrected = id;
    // Between others, as it happens.
    if (at === 20) {
      await bob.session.use(corrections).correct(corrected, { to: ALICE, body: "corrected" })
        .accepted;
    }
  }
  await anotherSecond();
}

for (const kind of KINDS) {
  test(`${kind}: looking back into the archive of a conversation`, async () => {
    await withServer(kind, (server) =>
      withDataFolder(async (data) => {
        await talk(server);
        const ids: string[] = [];
        {
          await using keeping = await keepingIn(data);
          await using alice = new Follower(server, "alice", { keeping });
          await alice.hears("online");
          const latest = await alice.session.history(HERE, 50);
          assert.deepEqual(bodiesOf(latest), WANTED.slice(-50));
          const all = await allOf(alice, HERE, 50);
          assert.deepEqual(bodiesOf(all), WANTED);
          const edit = all.find(({ type }) => type === "m.room.edit");
          assert.equal(readEdit(edit?.content ?? {})?.content.body, "corrected");
          assert.deepEqual(
            all.map(({ timestamp_ms: at }) => at),
            all.map(({ timestamp_ms: at }) => at).toSorted((a, b) => a - b),
          );
          // Nobody is told of it as if it were new.
          assert.deepEqual(alice.told.filter((one) => one.kind === "event"), []);
          const rooms = await alice.session.rooms();
          assert.equal(rooms.find(({ room }) => room === HERE)?.unread, 0);
          await eventually("it is found", async () => {
            const [found] = await alice.session.search("said 3");
            return found?.content.body === "said 3";
          });
          ids.push(...all.map(({ event_id: id }) => id));
        }
        // It is all here now, under the same ids, and what is new comes as such.
        await using keeping = await keepingIn(data);
        const kept = await keeping.page(HERE, 200);
        assert.deepEqual(kept.map(({ event_id: id }) => id).toSorted(), ids.toSorted());
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        await using bob = await clientOf(server, "bob");
        await bob.session.use(messages).send({ to: ALICE, body: "something new" }).accepted;
        await alice.hears("event", ({ event }) => event.content.body === "something new");
        assert.deepEqual(bodiesOf(await allOf(alice, HERE, 50)), [...WANTED, "something new"]);
      }));
  });

  test(`${kind}: looking back into the archive of a room`, async () => {
    await withServer(kind, (server) =>
      withDataFolder(async (data) => {
        await using bob = new Follower(server, "bob");
        await bob.hears("online");
        const there = `xmpp:bob@localhost/${TEA}`;
        await bob.session.join(there, { nick: "bob" });
        for (const body of WANTED) await bob.session.send({ room: there, body });
        await using keeping = await keepingIn(data);
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        await alice.session.join(IN_ROOM, { nick: "alice" });
        await alice.hears("event", ({ event }) => event.content.body === WANTED.at(-1));
        const told = alice.told.filter((one) => one.kind === "event").length;
        assert.deepEqual(bodiesOf(await allOf(alice, IN_ROOM, 40)), WANTED);
        assert.equal(alice.told.filter((one) => one.kind === "event").length, told);
      }));
  });
}

test("looking back without anything that is kept, and where there is no archive", async () => {
  await withServer("prosody", async (server) => {
    await talk(server);
    await using alice = new Follower(server, "alice");
    await alice.hears("online");
    assert.deepEqual(bodiesOf(await allOf(alice, HERE, 50)), WANTED);
    // A person with whom nothing was said, somebody who is not there, a room that there is none of.
    for (const peer of ["carol@localhost", "nobody@elsewhere.test", "no@conference.localhost"]) {
      assert.deepEqual(await alice.session.history(`xmpp:${ALICE}/${peer}`, 50), []);
    }
  });
});
