import assert from "node:assert/strict";
import type { Session } from "../../src/hub/contract.ts";
import { test } from "../harness/test.ts";
import { refusal, stage, text } from "./stage.ts";

/** Who does what to whose event. */
interface Case {
  readonly why: string;
  readonly as: "alice" | "bob" | "admin";
  readonly type: "m.room.edit" | "m.room.redaction" | "m.room.reaction";
  readonly content: (id: string) => Record<string, unknown>;
  readonly code?: string;
}

const edit = (id: string) => ({ replaces: id, new_content: { body: "new", msgtype: "m.text" } });
const CASES: readonly Case[] = [
  { why: "an author edits", as: "alice", type: "m.room.edit", content: edit },
  {
    why: "nobody edits another's",
    as: "bob",
    type: "m.room.edit",
    content: edit,
    code: "forbidden",
  },
  { why: "not even an admin", as: "admin", type: "m.room.edit", content: edit, code: "forbidden" },
  {
    why: "an author redacts",
    as: "alice",
    type: "m.room.redaction",
    content: (redacts) => ({ redacts }),
  },
  {
    why: "nobody redacts another's",
    as: "bob",
    type: "m.room.redaction",
    content: (redacts) => ({ redacts }),
    code: "forbidden",
  },
  {
    why: "but an admin",
    as: "admin",
    type: "m.room.redaction",
    content: (redacts) => ({ redacts, reason: "spam" }),
  },
  {
    why: "anybody reacts",
    as: "bob",
    type: "m.room.reaction",
    content: (id) => ({ relates_to: id, reaction: "+1" }),
  },
  {
    why: "not to what does not exist",
    as: "bob",
    type: "m.room.reaction",
    content: (id) => ({
      relates_to: id.replace(/.$/, (last) => last === "0" ? "1" : "0"),
      reaction: "+1",
    }),
    code: "no-such-event",
  },
  {
    why: "not to an event of another room",
    as: "alice",
    type: "m.room.edit",
    content: (id) => edit(id.replace("lobby", "den")),
    code: "no-such-event",
  },
  {
    why: "not with the node's own key",
    as: "alice",
    type: "m.room.redaction",
    content: (redacts) => ({ redacts, chatnode: {} }),
    code: "invalid",
  },
];

for (const { why, as, type, content, code } of CASES) {
  test("edits, redactions and reactions keep to their rules", async () => {
    const { connect } = await stage();
    const sessions: Record<string, Session> = {
      alice: connect("alice").session,
      bob: connect("bob").session,
      admin: connect("admin", { identity: { role: "admin" } }).session,
    };
    const target = await sessions["alice"]?.publish(text("lobby", "old"));
    const id = target?.stored.event.event_id ?? "";
    const done = sessions[as]?.publish({ room: "lobby", type, content: content(id) as never });
    if (code === undefined) assert.equal((await done)?.stored.event.type, type);
    else await assert.rejects(done ?? Promise.resolve(), refusal(`hub/${code}`));
  }, { why });
}

test("an edit of an edit is refused", async () => {
  const { connect } = await stage();
  const { session } = connect("alice");
  const first = await session.publish(text("lobby", "old"));
  const content = edit(first.stored.event.event_id);
  const second = await session.publish({ room: "lobby", type: "m.room.edit", content });
  const again = edit(second.stored.event.event_id);
  await assert.rejects(
    session.publish({ room: "lobby", type: "m.room.edit", content: again }),
    refusal("hub/invalid"),
  );
});

test("what one session publishes is stored in its order, whatever has to wait", async () => {
  const { connect, history, hub } = await stage();
  const { session } = connect("alice");
  const target = await session.publish(text("lobby", "target"));
  const gate = Promise.withResolvers<void>();
  let first = true;
  const remove = hub.hooks.add("PRE_MESSAGE", async () => {
    if (first) await gate.promise;
    first = false;
  }, { name: "test" });
  const content = edit(target.stored.event.event_id);
  const done = [session.publish({ room: "lobby", type: "m.room.edit", content })];
  done.push(session.publish(text("lobby", "second")));
  remove();
  done.push(session.publish(text("lobby", "third")));
  done.push(session.publish({ room: "lobby", type: "m.room.edit", content }));
  done.push(session.publish(text("lobby", "fifth")));
  gate.resolve();
  await Promise.all(done);
  const stored = await history.read("lobby", 1, 10);
  assert.deepEqual(stored.map(({ event }) => event.content.body ?? event.type), [
    "m.room.edit",
    "second",
    "third",
    "m.room.edit",
    "fifth",
  ]);
});

test("a refusal in the middle does not hold up what follows", async () => {
  const { connect, history } = await stage();
  const { session } = connect("alice");
  const bad = session.publish({
    room: "lobby",
    type: "m.room.redaction",
    content: { redacts: "lobby::2026-01-01T00:00:00.000Z::00000000-0000-4000-8000-000000000000" },
  });
  const good = session.publish(text("lobby", "good"));
  await assert.rejects(bad, refusal("hub/no-such-event"));
  await good;
  assert.equal(history.room("lobby").next, 1);
});

test("the same key is stored once, and the answer is the first event", async () => {
  const { connect } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  bob.session.join("lobby");
  const first = await alice.session.publish({ ...text("lobby", "once"), key: "k1" });
  const again = await alice.session.publish({ ...text("lobby", "once"), key: "k1" });
  assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
  assert.equal(again.stored.event.event_id, first.stored.event.event_id);
  assert.deepEqual(bob.peer.bodies, ["once"]);
});

for (
  const { why, outgoing, code } of [
    { why: "a room that cannot be", outgoing: text("a::b", "x"), code: "no-such-room" },
    { why: "a path", outgoing: text("../etc", "x"), code: "no-such-room" },
    { why: "a kind nobody knows", outgoing: text("secret:x", "x"), code: "no-such-room" },
    { why: "others' conversation", outgoing: text("direct:bob@n,eve@n", "x"), code: "forbidden" },
    { why: "nothing said", outgoing: text("lobby", ""), code: "invalid" },
    {
      why: "a body beyond the limit",
      outgoing: text("lobby", "x".repeat(256 * 1024 + 1)),
      code: "invalid",
    },
    {
      why: "a member event",
      outgoing: { room: "lobby", type: "m.room.member", content: { membership: "join" } },
      code: "invalid",
    },
    {
      why: "a parent in another room",
      outgoing: { ...text("lobby", "x"), parent: "den::2026-01-01T00:00:00.000Z::x" },
      code: "no-such-event",
    },
    { why: "an empty key", outgoing: { ...text("lobby", "x"), key: "" }, code: "invalid" },
    {
      why: "a long key",
      outgoing: { ...text("lobby", "x"), key: "k".repeat(65) },
      code: "invalid",
    },
  ] as const
) {
  test("what cannot be published is refused with its reason", async () => {
    const { connect, hub, history } = await stage();
    const { session } = connect("alice");
    await assert.rejects(session.publish(outgoing), refusal(`hub/${code}`));
    assert.equal(hub.counters.rejected, 1);
    assert.equal(history.rooms().length, 0);
  }, { why });
}

test("a direct room's address is put into its one form", async () => {
  const { connect } = await stage();
  const { session } = connect("bob");
  const { stored } = await session.publish(text("direct:bob@N,alice@n", "x"));
  assert.equal(stored.room, "direct:alice@n,bob@n");
});

test("nobody begins more rooms than the node holds", async () => {
  const { connect } = await stage({ rooms: 2 });
  const { session } = connect("alice");
  await session.publish(text("one", "x"));
  await session.publish(text("two", "x"));
  await assert.rejects(session.publish(text("three", "x")), refusal("hub/too-many-rooms"));
  await session.publish(text("one", "still"));
});

test("nobody begins all the rooms alone", async () => {
  const { connect, clock } = await stage({ newRoomsPerDay: 2 });
  const { session } = connect("alice");
  // Several messages begin a room together: it counts once.
  await Promise.all(["1", "2", "3"].map((body) => session.publish(text("one", body))));
  await session.publish(text("two", "x"));
  await assert.rejects(
    session.publish(text("three", "x")),
    (error: { code: string; retryAfterMs: number }) =>
      error.code === "hub/too-many-rooms" && error.retryAfterMs === 12 * 60 * 60 * 1000,
  );
  await session.publish(text("two", "still"));
  await connect("bob").session.publish(text("three", "x"));
  await session.publish(text("three", "now that it is there"));
  clock.advance(12 * 60 * 60 * 1000);
  await session.publish(text("four", "x"));
});

test("guests begin rooms as if they were one account, whatever they are called", async () => {
  const { connect } = await stage({ newRoomsPerDay: 2 });
  const guest = (name: string) =>
    connect(name, { identity: { address: `~${name}@n`, role: "guest" } }).session;
  await guest("Ann").publish(text("one", "x"));
  await guest("Ben").publish(text("two", "x"));
  await assert.rejects(guest("Cem").publish(text("three", "x")), refusal("hub/too-many-rooms"));
  await connect("alice").session.publish(text("three", "x"));
});

test("requests beyond the rate are refused with the time to wait", async () => {
  const { connect, clock } = await stage({ burst: 2, ratePerSecond: 10 });
  const { session } = connect("alice");
  await session.publish(text("lobby", "1"));
  await session.publish(text("lobby", "2"));
  await assert.rejects(
    session.publish(text("lobby", "3")),
    (error: { code: string; retryAfterMs: number }) =>
      error.code === "hub/rate-limited" && error.retryAfterMs === 100,
  );
  clock.advance(100);
  await session.publish(text("lobby", "4"));
});

test("requests without a session are limited per account", async () => {
  const { connect, hub } = await stage({ burst: 1, ratePerSecond: 1 });
  const [alice, bob] = [connect("alice").session.identity, connect("bob").session.identity];
  await hub.publish({ identity: alice, via: "http" }, text("lobby", "1"));
  await assert.rejects(
    hub.publish({ identity: alice, via: "http" }, text("lobby", "2")),
    refusal("hub/rate-limited"),
  );
  await hub.publish({ identity: bob, via: "http" }, text("lobby", "3"));
});
