import assert from "node:assert/strict";
import { guestAddress } from "../../src/message/guest.ts";
import { test } from "../harness/test.ts";
import { refusal, stage, text } from "./stage.ts";

const bob = { address: guestAddress("Bob", "n"), name: "Bob", role: "guest" } as const;

test("a guest talks in rooms and with people, now", async () => {
  const { hub, connect } = await stage();
  const alice = connect("alice");
  const guest = connect("Bob", { identity: bob });
  for (const { session } of [alice, guest]) session.join("lobby");
  await guest.session.publish(text("lobby", "hi all"));
  await guest.session.publish(text(guest.session.directRoom("alice@n"), "hi alice"));
  await alice.session.publish(text(alice.session.directRoom(bob.address), "hi Bob"));
  assert.deepEqual(alice.peer.bodies, ["hi all", "hi alice"]);
  assert.deepEqual(guest.peer.bodies, ["hi Bob"]);
  assert.equal((await guest.session.page("lobby", { limit: 10 })).events.length, 1);
  await hub.close(0);
});

test("the next guest of a name sees and changes nothing of the one before", async () => {
  const { hub, connect } = await stage();
  const alice = connect("alice");
  const first = connect("Bob", { identity: bob });
  const direct = alice.session.directRoom(bob.address);
  await alice.session.publish(text(direct, "for the first Bob"));
  const said = await first.session.publish(text("lobby", "by the first Bob"));
  first.session.markRead("lobby", 0);
  first.session.close();

  const { session, peer } = connect("Bob", { identity: bob });
  const forbidden = refusal("hub/forbidden");
  await assert.rejects(session.page(direct, { limit: 10 }), forbidden);
  await assert.rejects(session.read(direct, 0, 10), forbidden);
  await assert.rejects(session.search({ text: "Bob", room: direct, limit: 10 }), forbidden);
  await assert.rejects(hub.page(bob, direct, { limit: 10 }), forbidden);
  assert.throws(() => session.summary(direct), forbidden);
  assert.deepEqual(session.overview().map(({ room }) => room), ["lobby"]);
  assert.equal(session.overview()[0]?.read, undefined);
  const joined = session.join(direct, { resume: { epoch: hub.epoch, offset: 0 } });
  assert.equal(joined.recovered, false);
  const change = { replaces: said.stored.event.event_id, new_content: { body: "changed" } };
  await assert.rejects(
    session.publish({ room: "lobby", type: "m.room.edit", content: change }),
    forbidden,
  );
  const removal = { redacts: said.stored.event.event_id };
  await assert.rejects(
    session.publish({ room: "lobby", type: "m.room.redaction", content: removal }),
    forbidden,
  );
  assert.deepEqual(peer.bodies, []);
  await hub.close(0);
});

test("where guests may only listen, they listen", async () => {
  const { hub, connect } = await stage({ guests: "listen" });
  const alice = connect("alice");
  const guest = connect("Bob", { identity: bob });
  guest.session.join("lobby");
  await alice.session.publish(text("lobby", "hello"));
  assert.deepEqual(guest.peer.bodies, ["hello"]);
  await assert.rejects(guest.session.publish(text("lobby", "hi")), refusal("hub/forbidden"));
  await hub.close(0);
});
