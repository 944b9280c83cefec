import assert from "node:assert/strict";
import { test } from "../harness/test.ts";
import { refusal, stage, text } from "./stage.ts";

test(
  "everybody in the room gets a message but the session that wrote it",
  async () => {
    const { connect, hub } = await stage();
    const [alice, alice2, bob] = [connect("alice"), connect("alice"), connect("bob")];
    for (const one of [alice, alice2, bob]) one.session.join("lobby");
    await alice.session.publish(text("lobby", "hello"));
    assert.deepEqual(alice.peer.bodies, []);
    assert.deepEqual(alice2.peer.bodies, ["hello"]);
    assert.deepEqual(bob.peer.bodies, ["hello"]);
    assert.equal(hub.counters.deliveries, 2);
    assert.equal(hub.counters.messages, 1);
  },
);

test("a dialect that echoes gives the author the message too", async () => {
  const { connect, echoing } = await stage();
  const alice = connect("alice", { dialect: echoing });
  alice.session.join("lobby");
  await alice.session.publish(text("lobby", "hello"));
  assert.deepEqual(alice.peer.bodies, ["hello"]);
});

test("a commit is encoded once per dialect and shared by its peers", async () => {
  const { connect, v1, echoing, clock } = await stage();
  const readers = [1, 2, 3, 4].map((number) => connect(`reader${number}`));
  const others = [5, 6].map((number) => connect(`reader${number}`, { dialect: echoing }));
  const author = connect("alice");
  for (const one of [...readers, ...others, author]) one.session.join("lobby");
  clock.advance(100);
  for (const dialect of [v1, echoing]) dialect.encoded = 0;
  for (const { peer } of readers) peer.batches.length = 0;
  const sent = [1, 2, 3].map((number) => author.session.publish(text("lobby", `m${number}`)));
  await Promise.all(sent);
  assert.equal(v1.encoded, 1);
  assert.equal(echoing.encoded, 1);
  assert.equal(new Set(readers.map(({ peer }) => peer.batches[0])).size, 1);
  assert.deepEqual(readers[0]?.peer.bodies, ["m1", "m2", "m3"]);
});

test("comings and goings are gathered and told to the others only", async () => {
  const { connect, clock } = await stage();
  const alice = connect("alice");
  alice.session.join("lobby");
  clock.advance(100);
  const bob = connect("bob");
  bob.session.join("lobby");
  const bob2 = connect("bob");
  bob2.session.join("lobby");
  assert.deepEqual(alice.peer.live, []);
  clock.advance(100);
  assert.deepEqual(alice.peer.live, ["presence bob", "joined bob"]);
  assert.deepEqual(bob.peer.live, []);
  bob.session.close();
  clock.advance(100);
  assert.deepEqual(alice.peer.live.slice(2), []);
  bob2.session.leave("lobby");
  bob2.session.close();
  clock.advance(100);
  assert.deepEqual(alice.peer.live.slice(2).sort(), ["left bob", "presence bob"]);
});

test("a newcomer is told of a coming before its message", async () => {
  const { connect } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  alice.session.join("lobby");
  bob.session.join("lobby");
  await bob.session.publish(text("lobby", "hello"));
  assert.deepEqual(alice.peer.signals.map((signal) => signal.kind), ["joined", "event"]);
});

test(
  "a direct message reaches all sessions of both accounts and nobody else",
  async () => {
    const { connect } = await stage();
    const [alice, alice2, bob, bob2, eve] = [
      ...[connect("alice"), connect("alice"), connect("bob"), connect("bob"), connect("eve")],
    ] as const;
    if (!alice || !alice2 || !bob || !bob2 || !eve) throw new Error("unreachable");
    const room = alice.session.directRoom("bob@n");
    await alice.session.publish(text(room, "psst"));
    assert.deepEqual([alice, alice2, bob, bob2, eve].map(({ peer }) => peer.bodies), [
      [],
      ["psst"],
      ["psst"],
      ["psst"],
      [],
    ]);
    assert.throws(() => eve.session.join(room), refusal("hub/forbidden"));
    await assert.rejects(eve.session.publish(text(room, "me too")), refusal("hub/forbidden"));
    await assert.rejects(eve.session.page(room, { limit: 1 }), refusal("hub/forbidden"));
  },
);

test("a resume brings what was missed, then goes on live", async () => {
  const { connect, hub } = await stage({ ratePerSecond: Infinity });
  const [alice, bob] = [connect("alice"), connect("bob")];
  for (let number = 0; number < 250; number++) {
    await hub.publish(
      { identity: alice.session.identity, via: "test" },
      text("lobby", `m${number}`),
    );
  }
  const joined = bob.session.join("lobby", { resume: { epoch: hub.epoch, offset: 10 } });
  assert.deepEqual([joined.recovered, joined.next], [true, 250]);
  assert.deepEqual(bob.peer.bodies, []);
  const during = alice.session.publish(text("lobby", "m250"));
  await joined.live;
  await during;
  await alice.session.publish(text("lobby", "m251"));
  assert.deepEqual(bob.peer.bodies, Array.from({ length: 242 }, (_, at) => `m${at + 10}`));
});

for (
  const { why, resume } of [
    { why: "the epoch is another one", resume: { epoch: "other", offset: 0 } },
    { why: "the offset lies in the future", resume: { offset: 4 } },
    { why: "it is too far back", resume: { offset: 0 } },
    { why: "the offset is negative", resume: { offset: -1 } },
  ]
) {
  test(`a resume is refused whole: ${why}`, async () => {
    const { connect, hub } = await stage({ resumeEvents: 2 });
    const [alice, bob] = [connect("alice"), connect("bob")];
    for (const body of ["a", "b", "c"]) await alice.session.publish(text("lobby", body));
    const joined = bob.session.join("lobby", { resume: { epoch: hub.epoch, ...resume } });
    await joined.live;
    assert.equal(joined.recovered, false);
    await alice.session.publish(text("lobby", "d"));
    assert.deepEqual(bob.peer.bodies, ["d"]);
  });
}

test("what newcomers hear is cut from what the others hear, where a dialect can", async () => {
  const { connect, v1, clock } = await stage();
  let cuts = 0;
  v1.tail = (batch, skipped) => {
    cuts += 1;
    return batch.slice(skipped);
  };
  const first = connect("first");
  first.session.join("lobby");
  clock.advance(100);
  const encoded = v1.encoded;
  const crowd = ["a", "b", "c", "d"].map((name) => connect(name));
  for (const { session } of crowd) session.join("lobby");
  clock.advance(100);
  assert.equal(v1.encoded, encoded + 2, "once for everybody, once for the room");
  assert(cuts > 0);
  const joined = ({ peer }: typeof first) => peer.live.filter((line) => line.startsWith("joined"));
  assert.deepEqual(joined(first), ["joined a", "joined b", "joined c", "joined d"]);
  assert.deepEqual(crowd.map(joined), [
    ["joined b", "joined c", "joined d"],
    ["joined c", "joined d"],
    ["joined d"],
    [],
  ]);
});
