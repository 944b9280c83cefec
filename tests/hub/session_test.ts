import assert from "node:assert/strict";
import { test } from "../harness/test.ts";
import { identity, RecordingPeer, refusal, stage, text } from "./stage.ts";

test("a direct conversation is resumed, then heard live, nothing twice", async () => {
  const { connect, hub } = await stage();
  const alice = connect("alice");
  const room = alice.session.directRoom("bob@n");
  for (const body of ["1", "2", "3"]) await alice.session.publish(text(room, body));
  const bob = connect("bob");
  const joined = bob.session.join(room, { resume: { epoch: hub.epoch, offset: 1 } });
  assert.equal(joined.recovered, true);
  const during = alice.session.publish(text(room, "4"));
  await joined.live;
  await during;
  await alice.session.publish(text(room, "5"));
  assert.deepEqual(bob.peer.bodies, ["2", "3", "4", "5"]);
  assert.equal(bob.session.rooms.size, 0, "it takes no room's place");
  const again = bob.session.join(room, { resume: { epoch: hub.epoch, offset: 1 } });
  assert.equal(again.recovered, false);
});

test("a direct conversation that was heard already is not resumed", async () => {
  const { connect, hub } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  const room = alice.session.directRoom("bob@n");
  await alice.session.publish(text(room, "1"));
  for (const { session } of [alice, bob]) {
    const joined = session.join(room, { resume: { epoch: hub.epoch, offset: 0 } });
    assert.equal(joined.recovered, false);
  }
  await alice.session.publish(text(room, "2"));
  assert.deepEqual(bob.peer.bodies, ["1", "2"]);
});

test("a slow peer is sent its backlog page by page", async () => {
  const { connect, hub } = await stage({ ratePerSecond: Infinity });
  const [alice, bob] = [connect("alice"), connect("bob")];
  for (let number = 0; number < 350; number++) {
    await alice.session.publish(text("lobby", `m${number}`));
  }
  const gate = Promise.withResolvers<void>();
  bob.peer.full = gate.promise;
  const joined = bob.session.join("lobby", { resume: { epoch: hub.epoch, offset: 0 } });
  await alice.session.publish(text("lobby", "m350"));
  assert.equal(bob.peer.bodies.length, 100);
  bob.peer.full = undefined;
  gate.resolve();
  await joined.live;
  assert.deepEqual(bob.peer.bodies, Array.from({ length: 351 }, (_, at) => `m${at}`));
});

test("leaving stops a backlog", async () => {
  const { connect, hub } = await stage({ ratePerSecond: Infinity });
  const [alice, bob] = [connect("alice"), connect("bob")];
  for (let number = 0; number < 150; number++) await alice.session.publish(text("lobby", "x"));
  const gate = Promise.withResolvers<void>();
  bob.peer.full = gate.promise;
  const joined = bob.session.join("lobby", { resume: { epoch: hub.epoch, offset: 0 } });
  await alice.session.publish(text("lobby", "x"));
  bob.session.leave("lobby");
  gate.resolve();
  await joined.live;
  assert.equal(bob.peer.bodies.length, 100);
});

test("joining twice changes nothing", async () => {
  const { connect, hub } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  await alice.session.publish(text("lobby", "1"));
  bob.session.join("lobby");
  const again = bob.session.join("lobby", { resume: { epoch: hub.epoch, offset: 0 } });
  assert.deepEqual([again.recovered, again.next], [false, 1]);
  await alice.session.publish(text("lobby", "2"));
  assert.deepEqual(bob.peer.bodies, ["2"]);
});

test("bounds: rooms of a session, sessions of an account, members of a room", async () => {
  const { connect } = await stage({ roomsPerSession: 2, sessionsPerAccount: 2, membersPerRoom: 1 });
  const alice = connect("alice");
  alice.session.join("one");
  alice.session.join("two");
  assert.throws(() => alice.session.join("three"), refusal("hub/too-many-rooms"));
  alice.session.leave("two");
  alice.session.join("three");
  connect("alice");
  assert.throws(() => connect("alice"), refusal("hub/too-many-sessions"));
  assert.throws(() => connect("bob").session.join("one"), refusal("hub/too-many-members"));
});

test("single-session mode refuses the second and leaves the first unharmed", async () => {
  const { connect } = await stage({ singleSession: true });
  const alice = connect("alice");
  alice.session.join("lobby");
  assert.throws(() => connect("alice"), refusal("hub/already-connected"));
  assert.deepEqual(alice.peer.ends, []);
  await connect("bob").session.publish(text("lobby", "hi"));
  assert.deepEqual(alice.peer.bodies, ["hi"]);
  alice.session.close();
  connect("alice");
});

test("kick ends every session of the account, by name or address", async () => {
  const { connect, hub, clock } = await stage();
  const [alice, alice2, bob] = [connect("Alice"), connect("Alice"), connect("bob")];
  for (const { session } of [alice, alice2, bob]) session.join("lobby");
  clock.advance(100);
  assert.equal(hub.kick("alice"), 2);
  assert.deepEqual([alice.peer.ends, alice2.peer.ends, bob.peer.ends], [
    ["kicked"],
    ["kicked"],
    [],
  ]);
  clock.advance(100);
  assert(bob.peer.live.includes("left Alice"));
  await assert.rejects(alice.session.publish(text("lobby", "x")), refusal("hub/closed"));
  assert.equal(hub.kick("bob@n"), 1);
  assert.equal(hub.kick("nobody"), 0);
});

test("a kicked session hears and says nothing more, even while its door says goodbye", async () => {
  const { hub, v1, connect } = await stage();
  const peer = new RecordingPeer(v1);
  const session = hub.connect(identity("alice"), peer);
  session.join("lobby");
  hub.kick("alice");
  await connect("bob").session.publish(text("lobby", "x"));
  assert.deepEqual(peer.bodies, []);
  assert.throws(() => session.join("den"), refusal("hub/closed"));
  session.close();
});

test("a revoked token ends the sessions it opened, and only those", async () => {
  const { connect, hub } = await stage();
  const one = connect("alice", { identity: { token: "t1" } });
  const other = connect("alice", { identity: { token: "t2" } });
  assert.equal(hub.revoke("t1"), 1);
  assert.deepEqual([one.peer.ends, other.peer.ends], [["revoked"], []]);
});

test("a session ends when its authentication does", async () => {
  const { connect, clock } = await stage();
  const now = clock.now();
  const early = connect("alice", { identity: { expires: now + 60_000 } });
  const later = connect("bob", { identity: { expires: now + 60 * 60_000 } });
  const never = connect("carol");
  clock.advance(59_000);
  assert.deepEqual(early.peer.ends, []);
  clock.advance(2_000);
  assert.deepEqual([early.peer.ends, later.peer.ends], [["expired"], []]);
  for (let minute = 0; minute < 60; minute++) clock.advance(60_000);
  assert.deepEqual([later.peer.ends, never.peer.ends], [["expired"], []]);
});

test("a session goes on with a newer authentication of the same account", async () => {
  const { connect, clock, hub } = await stage();
  const now = clock.now();
  const { session, peer } = connect("alice", { identity: { expires: now + 60_000, token: "t1" } });
  session.renew(identity("alice", { expires: now + 120_000, token: "t2" }));
  assert.throws(() => session.renew(identity("bob")), refusal("hub/forbidden"));
  clock.advance(61_000);
  assert.equal(hub.revoke("t1"), 0);
  assert.deepEqual(peer.ends, []);
  clock.advance(61_000);
  assert.deepEqual(peer.ends, ["expired"]);
});

test("typing, reading and presence reach the others, the newest of each", async () => {
  const { connect, clock } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  for (const { session } of [alice, bob]) session.join("lobby");
  await alice.session.publish(text("lobby", "1"));
  clock.advance(100);
  bob.peer.signals.length = 0;
  alice.session.typing("lobby", true);
  alice.session.typing("lobby", false);
  alice.session.markRead("lobby", 7);
  alice.session.setPresence({ show: "away", text: "lunch" });
  clock.advance(100);
  const [typing, read, presence] = bob.peer.signals;
  assert(typing?.kind === "typing" && !typing.active);
  assert(read?.kind === "read" && read.offset === 0, "never past the room's end");
  assert(presence?.kind === "presence");
  assert.deepEqual(presence.presence, { show: "away", text: "lunch" });
  assert.deepEqual(alice.peer.live.filter((line) => line.endsWith("alice")), []);
});

test("a person's state is that of the most reachable session", async () => {
  const { connect, hub } = await stage();
  const [phone, laptop] = [connect("alice"), connect("alice")];
  phone.session.setPresence({ show: "away" });
  assert.equal(hub.people()[0]?.presence.show, "online");
  laptop.session.setPresence({ show: "busy", text: "in a meeting" });
  assert.deepEqual(hub.people()[0]?.presence, { show: "busy", text: "in a meeting" });
  laptop.session.close();
  assert.equal(hub.people()[0]?.presence.show, "away");
  phone.session.close();
  assert.deepEqual(hub.people(), []);
});

for (
  const { why, presence } of [
    { why: "no such state", presence: { show: "asleep" } },
    { why: "a long text", presence: { show: "away", text: "x".repeat(201) } },
    { why: "a control character", presence: { show: "away", text: "a\u001bb" } },
  ]
) {
  test("a presence that is none is refused", async () => {
    const { connect } = await stage();
    const { session } = connect("alice");
    assert.throws(() => session.setPresence(presence as never), refusal("hub/invalid"));
  }, { why });
}

test("in a crowd nobody is told of every coming and going", async () => {
  const { connect, clock } = await stage({ announce: 2 });
  const alice = connect("alice");
  alice.session.join("lobby");
  for (const name of ["bob", "carol", "dave"]) connect(name).session.join("lobby");
  clock.advance(100);
  assert.deepEqual(alice.peer.live, ["presence bob", "joined bob"]);
  assert.deepEqual(alice.session.members("lobby").map(({ who }) => who.name), [
    ...["alice", "bob", "carol", "dave"],
  ]);
});

test("members and rooms are listed as the account may see them", async () => {
  const { connect } = await stage();
  const [alice, bob, eve] = [connect("alice"), connect("bob"), connect("eve")];
  alice.session.join("lobby");
  await alice.session.publish(text("lobby", "1"));
  const room = alice.session.directRoom("bob@n");
  await alice.session.publish(text(room, "psst"));
  bob.session.markRead(room, 0);
  const of = ({ session }: typeof bob) =>
    session.overview().map(({ room, next, members, read }) => ({ room, next, members, read }));
  assert.deepEqual(of(bob), [
    { room: "lobby", next: 1, members: 1, read: undefined },
    { room, next: 1, members: 2, read: 0 },
  ]);
  assert.deepEqual(of(eve).map(({ room }) => room), ["lobby"]);
  assert.throws(() => eve.session.members(room), refusal("hub/forbidden"));
  await assert.rejects(eve.session.read(room, 0, 10), refusal("hub/forbidden"));
  await assert.rejects(
    eve.session.search({ text: "psst", room, limit: 1 }),
    refusal("hub/forbidden"),
  );
});

test("at the end everything accepted is delivered, everybody told, nothing more taken", async () => {
  const { connect, hub, clock } = await stage();
  const [alice, bob] = [connect("alice"), connect("bob")];
  bob.session.join("lobby");
  const last = alice.session.publish(text("lobby", "last"));
  const closed = hub.close(5_000);
  await last;
  await closed;
  assert.deepEqual(bob.peer.bodies, ["last"]);
  assert.deepEqual([alice.peer.ends, bob.peer.ends], [["shutdown"], ["shutdown"]]);
  assert.throws(() => connect("carol"), refusal("hub/closed"));
  await assert.rejects(
    hub.publish({ identity: identity("carol"), via: "http" }, text("lobby", "x")),
    refusal("hub/closed"),
  );
  assert.equal(clock.pending, 0, "no timer is left");
});

test("the end does not wait for ever for a door that does not close its sessions", async () => {
  const { hub, v1, clock } = await stage();
  const peer = new RecordingPeer(v1);
  hub.connect(identity("alice"), peer);
  const closed = hub.close(5_000);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  assert.deepEqual(peer.ends, ["shutdown"]);
  clock.advance(5_000);
  await closed;
  assert.equal(hub.counters.sessions, 0);
});

test("a peer that throws costs itself", async () => {
  const { connect } = await stage();
  const [alice, bob, carol] = [connect("alice"), connect("bob"), connect("carol")];
  for (const { session } of [alice, bob, carol]) session.join("lobby");
  bob.peer.send = () => {
    throw new TypeError("broken");
  };
  await alice.session.publish(text("lobby", "x"));
  assert.deepEqual(bob.peer.ends, ["failed"]);
  assert.deepEqual(carol.peer.bodies, ["x"]);
});
