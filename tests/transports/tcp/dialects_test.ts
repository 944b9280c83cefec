/** The three dialects in one room, and what each of them says and hears. */
import assert from "node:assert/strict";
import { test } from "../../harness/test.ts";
import { Peer } from "./peer.ts";
import { PASSWORD, withRelay } from "./stage.ts";

test("original clients: alias, joining, talking, leaving, in the original's words", () =>
  withRelay(async ({ port, bodies }) => {
    using bob = await Peer.original(port, "Bob");
    using carol = await Peer.original(port, " Carol ");
    assert.equal(await bob.next(), "[+] Carol has joined the chat!");
    await bob.frame("hello");
    assert.equal(await carol.next(), "Bob: hello");
    await carol.frame("hi: there");
    assert.equal(await bob.next(), "Carol: hi: there", "and never its own");
    carol.close();
    assert.equal(await bob.next(), "[-] Carol has left the chat.");
    assert.deepEqual(await bodies(), ["hello", "hi: there"]);
  }));

test("lines: a name is asked for, then a line is a message", () =>
  withRelay(async ({ port }) => {
    using bob = await Peer.original(port, "Bob");
    using dave = await Peer.lines(port, "Dave");
    assert.equal(await bob.next(), "[+] Dave has joined the chat!");
    await dave.write("hi\n");
    assert.equal(await bob.next(), "Dave: hi");
    await bob.frame("hello Dave");
    assert.equal(await dave.line(), "Bob: hello Dave");
    await dave.write("/who\n");
    assert.equal(await dave.line(), "In lobby: Bob, Dave");
    await dave.write("/quit\n");
    assert.equal(await dave.rest(), "Goodbye.\n");
    assert.equal(await bob.next(), "[-] Dave has left the chat.");
  }));

test("native frames: guests and accounts, acks, rooms, resume", () =>
  withRelay(async ({ port }) => {
    using bob = await Peer.original(port, "Bob");
    using eve = await Peer.native(port, { name: "Eve", rooms: [{ room: "lobby" }] });
    const welcome = await eve.nextJson();
    assert.deepEqual(welcome["you"], { address: "~Eve@node-test", name: "Eve", role: "guest" });
    assert.equal((await eve.nextJson())["type"], "joined");
    assert.equal(await bob.next(), "[+] Eve has joined the chat!");
    await eve.json({ type: "send", room: "lobby", body: "by frames", key: "k", ref: "1" });
    assert.equal((await eve.nextJson())["type"], "ack");
    assert.equal(await bob.next(), "Eve: by frames");
    using alice = await Peer.native(port, {
      name: "alice",
      password: PASSWORD,
      epoch: welcome["epoch"],
      rooms: [{ room: "lobby", offset: 0 }],
    });
    const who = (await alice.nextJson())["you"];
    assert.deepEqual(who, { address: "alice@node-test", name: "alice", role: "user" });
    assert.equal((await alice.nextJson())["recovered"], true);
    assert.equal(
      (await alice.nextJson<{ event: { content: { body: string } } }>())
        .event.content.body,
      "by frames",
    );
  }, { accounts: ["alice"] }));

test("native frames: welcome tells the limits that hold here", () =>
  withRelay(async ({ port }) => {
    using eve = await Peer.native(port, { name: "Eve" });
    const { limits } = await eve.nextJson<{ limits: Record<string, unknown> }>();
    assert.deepEqual([limits["frame_bytes"], limits["body_bytes"]], [5_000, 900]);
  }, { limits: { frameBytes: 5_000 }, hub: { textBytes: 900 } }));

test("native frames: a bare name finds the guest who is there", () =>
  withRelay(async ({ port }) => {
    using bob = await Peer.native(port, { name: "Bob" });
    assert.equal((await bob.nextJson())["type"], "welcome");
    using eve = await Peer.native(port, { name: "Eve" });
    assert.equal((await eve.nextJson())["type"], "welcome");
    await eve.json({ type: "send", to: "bob", body: "psst" });
    const direct = "direct:~Bob@node-test,~Eve@node-test";
    const ack = await eve.nextJson();
    assert.deepEqual([ack["type"], ack["room"]], ["ack", direct]);
    let heard = await bob.nextJson<{ type: string; room?: string }>();
    while (heard.type !== "event") heard = await bob.nextJson();
    assert.equal(heard.room, direct);
  }));
