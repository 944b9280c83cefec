/**
 * What is said is on disk before it is shown, under one id, once; also when the disk is slow or
 * full, and after weeks away.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { Keeping } from "../../../src/commands/xmpp/keeping.ts";
import { editContent, readEdit } from "../../../src/message/content.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { messages } from "../../../src/transports/xmpp/features/messages.ts";
import { xml } from "../../../src/transports/xmpp/xml.ts";
import type { SessionEvent } from "../../../src/ui/terminal/session_event.ts";
import { FaultyFiles, osError } from "../../history/faulty_files.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";
const HERE = `xmpp:${ALICE}/${BOB}`;

function keepingIn(data: string, files?: FaultyFiles, search = false): Promise<Keeping> {
  return Keeping.open({
    account: ALICE,
    settings: {
      ...{ data, search, durability: "synced", chatLogs: "off" },
      chatLogsDir: join(data, "logs"),
    },
    clock: systemClock,
    ...(files === undefined ? {} : { files }),
  });
}

/** Bob, from somewhere else. */
async function bobAt(server: XmppServer): Promise<XmppClient> {
  return await new XmppClient({
    user: "bob",
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  }).online();
}

async function say(bob: XmppClient, ...bodies: readonly string[]): Promise<void> {
  const sent = bodies.map((body) => bob.session.use(messages).send({ to: ALICE, body }).accepted);
  await Promise.all(sent);
}

/** What was shown as said. */
function shown({ told }: { readonly told: readonly SessionEvent[] }): ChatEvent[] {
  return told.flatMap((one) => one.kind === "event" ? [one.event] : []);
}

function bodiesOf(events: readonly ChatEvent[]): (string | undefined)[] {
  return events.filter(({ type }) => type === "m.room.message").map(({ content }) => content.body);
}

function notices({ told }: { readonly told: readonly SessionEvent[] }): string[] {
  return told.flatMap((one) => one.kind === "notice" ? [one.text] : []);
}

async function kept(keeping: Keeping): Promise<readonly ChatEvent[]> {
  return await keeping.page(HERE, 200);
}

const many = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`);

test("nothing is shown, and nothing goes out, before it is on disk", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      const files = new FaultyFiles();
      await using keeping = await keepingIn(data, files);
      await using alice = new Follower(server, "alice", { keeping });
      await alice.hears("online");
      await using bob = await bobAt(server);
      const gate = Promise.withResolvers<void>();
      files.gate = gate.promise;
      const { commits } = files;
      await say(bob, ...many(500, "flood"));
      const answer = alice.session.send({ room: HERE, body: "an answer" });
      // The disk is asked, and has not answered: something else of the stream is heard meanwhile.
      await alice.session.xmpp.request("get", xml("ping", "urn:xmpp:ping"));
      assert.deepEqual(shown(alice), []);
      gate.resolve();
      const own = await inTime("the answer goes out", answer);
      const events = await eventually("all of it is shown", () => {
        const all = shown(alice);
        return all.length === 500 && all;
      });
      assert.deepEqual(bodiesOf(events), many(500, "flood"));
      assert.ok(
        files.commits - commits < 100,
        `${files.commits - commits} commits of 501 messages`,
      );
      const onDisk = await keeping.page(HERE, 200);
      const ids = new Set([...events, own].map(({ event_id: id }) => id));
      assert.ok(onDisk.every(({ event_id: id }) => ids.has(id)));
      assert.equal(ids.size, 501);
    }));
});

test("one id everywhere: shown, answered, edited, in the history, found, and in the next run", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      await using bob = await bobAt(server);
      let first: ChatEvent | undefined;
      {
        await using keeping = await keepingIn(data, undefined, true);
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        await say(bob, "the blue one");
        first = (await alice.hears("event")).event;
        const own = await alice.session.send({ room: HERE, body: "helo" });
        const edited = await alice.session.send({
          room: HERE,
          event_type: "m.room.edit",
          content: editContent(own.event_id, { body: "hello", msgtype: "m.text" }),
        });
        const answer = await alice.session.send({
          room: HERE,
          body: "indeed",
          parent: first.event_id,
        });
        const stored = await kept(keeping);
        const all = [first, own, edited, answer].map(({ event_id: id }) => id);
        assert.deepEqual(stored.map(({ event_id: id }) => id).toSorted(), all.toSorted());
        assert.equal(readEdit(edited.content)?.replaces, own.event_id);
        const last = stored.find(({ event_id: id }) => id === answer.event_id);
        assert.equal(last?.parent_event_id, first.event_id);
        const [found] = await eventually("it is found", async () => {
          const hits = await alice.session.search("blue");
          return hits.length > 0 && hits;
        });
        assert.equal(found?.event_id, first.event_id);
        assert.deepEqual(await alice.session.history(HERE, 10), stored);
      }
      await using keeping = await keepingIn(data);
      await using alice = new Follower(server, "alice", { keeping });
      await alice.hears("online");
      const again = await alice.session.history(HERE, 10);
      assert.equal(
        again.find(({ content }) => content.body === "the blue one")?.event_id,
        first?.event_id,
      );
      assert.deepEqual(shown(alice), []);
    }));
});

for (const kind of KINDS) {
  test(`${kind}: a full disk is told, the talk goes on, and what was missed comes afterwards`, async () => {
    await withServer(kind, (server) =>
      withDataFolder(async (data) => {
        const files = new FaultyFiles();
        await using bob = await bobAt(server);
        {
          await using keeping = await keepingIn(data, files);
          await using alice = new Follower(server, "alice", { keeping });
          await alice.hears("online");
          await say(bob, "before");
          await alice.hears("event");
          files.commitError = osError("ENOSPC");
          await say(bob, ...many(5, "meanwhile"));
          await eventually("all of it is told", () =>
            notices(alice).filter((text) =>
              /meanwhile \d \(not kept yet\)$/.test(text)
            ).length === 5);
          assert.equal(
            notices(alice).filter((text) =>
              /cannot be kept now.*space/.test(text)
            ).length,
            1,
          );
          assert.deepEqual(bodiesOf(shown(alice)), ["before"]);
          await assert.rejects(
            alice.session.send({ room: HERE, body: "mine" }),
            /no space is left/,
          );
          assert.ok(alice.session.isOnline);
          files.commitError = undefined;
          await eventually("the archive is read again", () => shown(alice).length === 6);
          assert.deepEqual(bodiesOf(shown(alice)), ["before", ...many(5, "meanwhile")]);
          await say(bob, "afterwards");
          await eventually("it goes on", () => shown(alice).length === 7);
          await alice.session.send({ room: HERE, body: "mine, again" });
          assert.ok(notices(alice).includes("What is said is kept again."));
        }
        await using keeping = await keepingIn(data);
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        assert.deepEqual(bodiesOf(await kept(keeping)), [
          ...["before", ...many(5, "meanwhile"), "afterwards", "mine, again"],
        ]);
        assert.deepEqual(shown(alice), []);
      }));
  });

  test(`${kind}: what came on a full disk is there after a crash, once`, async () => {
    await withServer(kind, (server) =>
      withDataFolder(async (data) => {
        const files = new FaultyFiles();
        await using bob = await bobAt(server);
        {
          await using keeping = await keepingIn(data, files);
          await using alice = new Follower(server, "alice", { keeping });
          await alice.hears("online");
          await say(bob, "before");
          await alice.hears("event");
          files.commitError = osError("ENOSPC");
          await say(bob, "meanwhile");
          await eventually(
            "it is told",
            () => notices(alice).some((text) => /meanwhile/.test(text)),
          );
        }
        await using keeping = await keepingIn(data);
        await using alice = new Follower(server, "alice", { keeping });
        await eventually("it is read", () => shown(alice).length > 0);
        await alice.hears("online");
        assert.deepEqual(bodiesOf(shown(alice)), ["meanwhile"]);
        assert.deepEqual(bodiesOf(await kept(keeping)), ["before", "meanwhile"]);
      }));
  });

  test(`${kind}: after weeks away nothing is lost and nothing doubled, wherever one begins to read`, async () => {
    await withServer(kind, (server) =>
      withDataFolder(async (data) => {
        await using bob = await bobAt(server);
        const expected = many(300, "known");
        {
          await using keeping = await keepingIn(data);
          await using alice = new Follower(server, "alice", { keeping });
          await alice.hears("online");
          await say(bob, ...expected);
          await eventually("all of it is shown", () => shown(alice).length === expected.length);
          await alice.session.send({ room: HERE, body: "mine" });
        }
        // As after a crash right at the beginning: how far was read is not known any more.
        await Deno.writeTextFile(
          join(data, "clients", "xmpp", ALICE, "archives.json"),
          "not what was written",
        );
        await say(bob, ...many(250, "missed"));
        const all = [...expected, "mine", ...many(250, "missed")];
        {
          await using keeping = await keepingIn(data);
          await using alice = new Follower(server, "alice", { keeping });
          await eventually("all of it is shown", () => shown(alice).length >= 250);
          await alice.hears("online");
          assert.deepEqual(bodiesOf(shown(alice)), many(250, "missed"));
          assert.deepEqual(bodiesOf(await everything(keeping)), all);
        }
        // An archive that is read from its beginning gives nothing new.
        await using keeping = await keepingIn(data);
        keeping.marks.set(ALICE, { id: "forgotten by the archive", timestamp: 1 });
        await using alice = new Follower(server, "alice", { keeping });
        await alice.hears("online");
        await say(bob, "the last one");
        await eventually("it goes on", () => shown(alice).length > 0);
        assert.deepEqual(bodiesOf(shown(alice)), ["the last one"]);
        assert.deepEqual(bodiesOf(await everything(keeping)), [...all, "the last one"]);
      }));
  });
}

/** The whole conversation. */
async function everything(keeping: Keeping): Promise<readonly ChatEvent[]> {
  const pages: (readonly ChatEvent[])[] = [];
  for (;;) {
    const [oldest] = pages[0] ?? [];
    const before = oldest === undefined
      ? undefined
      : { timestamp: oldest.timestamp_ms, id: oldest.event_id };
    const page = await keeping.page(HERE, 200, before);
    if (page.length === 0) return pages.flat();
    pages.unshift(page);
  }
}
