/** The way of what is heard to who reads it: order, names that are known, marks, and bounds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/clock.ts";
import { XmppChatSession } from "../../../src/commands/xmpp/chat_session.ts";
import { Hearing } from "../../../src/commands/xmpp/hearing.ts";
import { Keeping } from "../../../src/commands/xmpp/keeping.ts";
import { archived, authored } from "../../../src/commands/xmpp/message_names.ts";
import { ReadMarks } from "../../../src/commands/xmpp/read_marks.ts";
import type { Fate } from "../../../src/commands/xmpp/recording.ts";
import { Showing } from "../../../src/commands/xmpp/showing.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { parseTarget } from "../../../src/transports/xmpp/dial/target.ts";
import type { SessionEvent } from "../../../src/ui/terminal/session_event.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { ScriptedServer } from "../../transports/xmpp/scripted_server.ts";

const ALICE = "alice@localhost";
const ROOM = `xmpp:${ALICE}/bob@localhost`;

function told(text: string): SessionEvent {
  return { kind: "notice", text };
}

function event(id: string): SessionEvent & { readonly kind: "event" } {
  return { kind: "event", event: { event_id: id } as ChatEvent };
}

test("whatever becomes of events, and whenever: what is shown is in order, and each once", async () => {
  const item = fc.record({
    kind: fc.constantFrom("notice", "stored", "known", "failed"),
    at: fc.nat({ max: 1_000 }),
  });
  await fc.assert(fc.asyncProperty(fc.array(item, { maxLength: 60 }), async (items) => {
    const shown: string[] = [];
    const name = (one: SessionEvent) => one.kind === "event" ? one.event.event_id : "";
    const showing = new Showing({
      show: (one) => shown.push(one.kind === "notice" ? one.text : name(one)),
      stored: () => {},
      failed: ({ event_id: id }) => [told(`not ${id}`)],
      drained: () => {},
    });
    const ends: { readonly at: number; end(): void }[] = [];
    for (const [index, { kind, at }] of items.entries()) {
      if (kind === "notice") {
        showing.push(told(`${index}`));
        continue;
      }
      const { promise, resolve, reject } = Promise.withResolvers<Fate>();
      const end = () => kind === "failed" ? reject(new Error("full")) : resolve(kind as Fate);
      ends.push({ at, end });
      showing.push(event(`${index}`), promise);
    }
    for (const { end } of ends.toSorted((a, b) => a.at - b.at)) {
      end();
      await Promise.resolve();
    }
    await showing.settled();
    assert.equal(showing.waiting, 0);
    assert.deepEqual(
      shown,
      items.flatMap(({ kind }, index) =>
        kind === "known" ? [] : kind === "failed" ? [`not ${index}`] : [`${index}`]
      ),
    );
  }));
});

test("nothing overtakes what waits for the names of its conversation", async () => {
  const gates = new Map<number, Promise<void>>();
  const release = Promise.withResolvers<void>();
  gates.set(3, release.promise);
  gates.set(5, Promise.resolve());
  const taken: number[] = [];
  const hearing = new Hearing<number>({
    ready: (one) => gates.get(one),
    take(one) {
      gates.delete(one);
      taken.push(one);
    },
  });
  for (let one = 1; one <= 5_000; one++) hearing.hear(one);
  assert.deepEqual(taken, [1, 2]);
  assert.equal(hearing.waiting, 4_998);
  release.resolve();
  await hearing.settled();
  assert.deepEqual(taken, Array.from({ length: 5_000 }, (_, index) => index + 1));
  assert.equal(hearing.waiting, 0);
  hearing.hear(6_000);
  assert.equal(taken.at(-1), 6_000);
});

function open(data: string): Promise<Keeping> {
  return Keeping.open({
    account: ALICE,
    settings: {
      ...{ data, search: false, durability: "relaxed", chatLogs: "off" },
      chatLogsDir: join(data, "logs"),
    },
    clock: systemClock,
  });
}

test("the names of thousands of messages of earlier runs are known, and nobody else's", async () => {
  await withDataFolder(async (data) => {
    {
      await using keeping = await open(data);
      for (let at = 0; at < 4_000; at++) {
        const content = {
          ...{ body: `${at}`, msgtype: "m.text" },
          xmpp: { id: `id-${at}`, archived: `a-${at}` },
        };
        const said = at % 2 === 0 ? "live" : "earlier";
        keeping.recorder.record({
          ...{ room: ROOM, sender: "bob@localhost", timestamp: 1_700_000_000_000 + at, content },
          ...{ type: "m.room.message", parent: null },
        }, said);
      }
      await keeping.settled();
    }
    await using keeping = await open(data);
    const { names } = keeping;
    assert.ok(!names.has(ROOM, [archived(ROOM, "a-0")]), "nothing was read yet");
    await names.ready(ROOM);
    assert.equal(names.ready(ROOM), undefined);
    for (let at = 0; at < 4_000; at++) {
      assert.ok(names.has(ROOM, [authored(ROOM, "bob@localhost", `id-${at}`)]), `id-${at}`);
      assert.ok(names.has(ROOM, [archived(ROOM, `a-${at}`)]), `a-${at}`);
    }
    for (
      const name of [
        authored(ROOM, "carol@localhost", "id-1"),
        authored(ROOM, "bob@localhost", "id-4000"),
        archived(ROOM, "id-1"),
        archived(`xmpp:${ALICE}/carol@localhost`, "a-1"),
      ]
    ) assert.ok(!names.has(ROOM, [name]), name);
    const other = `xmpp:${ALICE}/carol@localhost`;
    assert.equal(names.ready(other), undefined, "an empty conversation takes no reading");
  });
});

test("how far archives were read is kept, and a damaged file is none", async () => {
  await withDataFolder(async (folder) => {
    const marks = await ReadMarks.open(folder);
    assert.deepEqual(marks.archives, []);
    marks.set(ALICE, { id: "one", timestamp: 5 });
    marks.set("tea@rooms.localhost", { id: "two" });
    await marks.save();
    const again = await ReadMarks.open(folder);
    assert.deepEqual(again.get(ALICE), { id: "one", timestamp: 5 });
    assert.deepEqual(again.archives, [ALICE, "tea@rooms.localhost"]);
    const path = join(folder, "archives.json");
    const text = await Deno.readTextFile(path);
    for (const broken of [text.replace("one", "onf"), text.slice(0, -4), "", "[]", "{}"]) {
      await Deno.writeTextFile(path, broken);
      assert.deepEqual((await ReadMarks.open(folder)).archives, [], broken);
    }
  });
});

test("who reads nothing makes the server wait, and gets everything afterwards", async () => {
  const count = 60_000;
  await using server = new ScriptedServer(async (peer) => {
    await peer.letsIn();
    // From its first request on the client listens.
    await peer.hears(/<iq /);
    for (let at = 0; at < count; at += 500) {
      const block = Array.from(
        { length: 500 },
        (_, index) =>
          `<message from='bob@localhost/x' to='alice@localhost' type='chat' id='m${at + index}'>` +
          `<body>${at + index}</body></message>`,
      );
      await peer.say(block.join(""));
    }
    await peer.left();
  });
  await using session = new XmppChatSession({
    domain: "localhost",
    credentials: { kind: "password", username: "alice", password: "alice-pw" },
    target: parseTarget(server.service),
    privacy: "insecure-plaintext",
    software: "chatnode/test",
    resolve: () => Promise.reject(new Error("tests do not look names up")),
    put: () => Promise.reject(new Error("nothing is put anywhere")),
    fetch: () => Promise.reject(new Error("tests do not fetch")),
    clock: systemClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    savesIn: "/nowhere",
    passwordChanged: () => Promise.resolve("It is known."),
  });
  session.start();
  await eventually("the server has to wait", () => session.xmpp.isHeld);
  let next = 0;
  for await (const one of session.events()) {
    if (one.kind !== "event") continue;
    assert.equal(one.event.content.body, `${next}`);
    next += 1;
    if (next === count) break;
  }
  assert.ok(!session.xmpp.isHeld);
});
